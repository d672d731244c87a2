-- Rows of projector `users_v1`. No personal data: names and addresses stay sealed in the events.
create table views.users (
    id uuid primary key,
    roles jsonb not null,
    locale text not null,
    active boolean not null,
    registered_at timestamptz not null,
    version bigint not null,
    position bigint not null
);
create index on views.users (position desc, id desc);
