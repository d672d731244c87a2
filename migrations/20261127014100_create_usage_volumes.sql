-- How full the volumes are that no plan sells, such as that of a database: what was measured last of each. Like all that is
-- measured it is no fact of the history and no part of a rebuild, and it goes with its age.
create table work.usage_volumes (
    instance_id uuid not null,
    claim text not null,
    at timestamptz not null,
    used_mib bigint not null,
    capacity_mib bigint not null,
    primary key (instance_id, claim)
);
create index usage_volumes_at on work.usage_volumes (at);
