-- Rows of projector `services_v1`.
create table views.services (
    id uuid primary key,
    slug text not null,
    title text not null,
    description text not null,
    recipe text not null,
    status text not null,
    version bigint not null,
    position bigint not null
);
create index on views.services (position desc, id desc);
create index on views.services (slug);
