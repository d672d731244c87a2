-- Rows of projector `plans_v1`: what the catalogue says of a plan, and how many of it are sold.
create table views.plans (
    id uuid primary key,
    service_id uuid not null,
    slug text not null,
    title text not null,
    monthly_price bigint not null,
    yearly_price bigint not null,
    cpu_millicores bigint not null,
    memory_mib bigint not null,
    storage_mib bigint not null,
    capacity bigint not null,
    taken bigint not null check (taken >= 0),
    max_per_customer bigint not null,
    withdrawn boolean not null,
    position bigint not null
);
create index on views.plans (service_id, position);
