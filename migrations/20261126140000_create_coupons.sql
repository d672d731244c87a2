-- Rows of projector `coupons_v1`: what takes something off a price, or gives credit or days.
create table views.coupons (
    id uuid primary key,
    code text not null,
    kind text not null,
    amount bigint,
    percent bigint,
    periods bigint,
    days bigint,
    valid_from date,
    valid_until date,
    max_uses bigint,
    once_per_customer boolean not null,
    new_customers boolean not null,
    services jsonb not null,
    plans jsonb not null,
    uses bigint not null check (uses >= 0),
    status text not null,
    withdrawal text,
    created_by text not null,
    created_at timestamptz not null,
    version bigint not null,
    position bigint not null
);
create index on views.coupons (position desc, id desc);
