-- Rows of projector `wallets_v1`.
create table views.wallets (
    id uuid primary key,
    user_id uuid not null,
    balance bigint not null check (balance >= 0),
    currency text not null,
    version bigint not null,
    updated_at timestamptz not null
);
