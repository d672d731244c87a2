-- Rows of projector `wallet_transactions_v1`: one a movement, its id is the event's.
create table views.wallet_transactions (
    id uuid primary key,
    wallet_id uuid not null,
    kind text not null,
    amount bigint not null,
    top_up_id uuid,
    subscription_id uuid,
    charge_id uuid,
    position bigint not null,
    at timestamptz not null
);
create index on views.wallet_transactions (wallet_id, position desc, id desc);
