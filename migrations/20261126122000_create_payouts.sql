-- Rows of projector `payouts_v1`: credit on its way back to where it was paid from.
create table views.payouts (
    id uuid primary key,
    wallet_id uuid not null,
    amount bigint not null check (amount > 0),
    status text not null,
    top_up_id uuid,
    proof text,
    reason text,
    requested_by text not null,
    ended_by text,
    requested_at timestamptz not null,
    ended_at timestamptz,
    position bigint not null
);
create index on views.payouts (position desc, id desc);
create index on views.payouts (position desc, id desc) where status = 'requested';

