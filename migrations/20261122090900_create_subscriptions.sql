-- Rows of projector `subscriptions_v1`.
create table views.subscriptions (
    id uuid primary key,
    user_id uuid not null,
    service_id uuid not null,
    service text not null,
    plan_id uuid not null,
    plan text not null,
    billing_cycle text not null,
    price bigint not null,
    status text not null,
    instance_id uuid not null,
    subdomain text not null,
    ordered_at timestamptz not null,
    period_start date,
    period_end date,
    failure text,
    refunded bigint,
    ended_at timestamptz,
    version bigint not null,
    position bigint not null
);
create index on views.subscriptions (user_id, position desc, id desc);
