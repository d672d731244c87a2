-- Rows of projector `pods_v1`: what runs for a subscription.
create table views.pods (
    id uuid primary key,
    subscription_id uuid not null,
    user_id uuid not null,
    recipe text not null,
    service text not null,
    subdomain text not null,
    status text not null,
    steps jsonb not null,
    trouble text,
    cpu_millicores bigint not null,
    memory_mib bigint not null,
    storage_mib bigint not null,
    requested_at timestamptz not null,
    ready_at timestamptz,
    removed_at timestamptz,
    credentials_revealed boolean not null,
    version bigint not null,
    position bigint not null
);
create index on views.pods (user_id, position desc, id desc);
