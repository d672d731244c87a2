-- Rows of projector `workers_v1`: nodes of the cluster, hosts outside, and invitations that are open.
create table views.workers (
    id uuid primary key,
    name text,
    origin text not null,
    pool text not null,
    status text not null,
    since timestamptz not null,
    cordoned boolean not null,
    cordon_wanted boolean,
    drain text,
    cpu_millicores bigint not null,
    memory_mib bigint not null,
    pods bigint not null,
    allocatable_cpu_millicores bigint not null,
    allocatable_memory_mib bigint not null,
    allocatable_pods bigint not null,
    invited_until timestamptz,
    registered_at timestamptz,
    version bigint not null,
    position bigint not null
);
create index on views.workers (position desc, id desc);
