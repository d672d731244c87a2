-- Rows of projector `cases_v1`: what about money waits for a person.
create table views.cases (
    id uuid primary key,
    kind text not null,
    finding text not null,
    status text not null,
    owner_id uuid,
    order_id text,
    transaction_id text,
    top_up_id uuid,
    wallet_id uuid,
    payout_id uuid,
    resolution text,
    closed_by text,
    opened_at timestamptz not null,
    closed_at timestamptz,
    version bigint not null,
    position bigint not null
);
create index on views.cases (position desc, id desc);
create index on views.cases (position desc, id desc) where status = 'open';
