-- What came to the address of the payment gateway's notifications, as it came, and what came of it. Of what was recorded the
-- history has the body, sealed under the payer's key; here it is gone then.
create table work.notifications (
    id bigint generated always as identity primary key,
    digest bytea not null unique,
    signed boolean not null,
    outcome text not null,
    order_id text,
    top_up_id uuid,
    bytes bigint not null,
    body bytea,
    times bigint not null default 1,
    received_at timestamptz not null,
    last_at timestamptz not null
);
create index notifications_by_age on work.notifications (signed, received_at);
