-- Rows of projector `top_ups_v1`.
create table views.top_ups (
    id uuid primary key,
    user_id uuid not null,
    order_id text not null,
    amount bigint not null,
    status text not null,
    redirect_url text,
    payment_type text,
    transaction_id text,
    late boolean not null,
    requested_at timestamptz not null,
    expires_at timestamptz not null,
    settled_at timestamptz,
    version bigint not null,
    position bigint not null
);
create index on views.top_ups (user_id, position desc, id desc);
create index on views.top_ups (order_id);
create index on views.top_ups (requested_at) where status = 'pending';
