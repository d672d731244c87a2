-- What instances use, as it is measured all the time. These are observations and no facts of the history: nobody decided
-- them, no event tells of them, and so they cannot be built again from events. They stand beside the read models, are never
-- part of a rebuild, and go with their age.

-- One measurement of one instance: CPU in millicores and memory in MiB of the app's own containers, what runs beside it,
-- and what the plan gave it then. How full the volume is stands there only where somebody tells it.
create table work.usage_samples (
    instance_id uuid not null,
    at timestamptz not null,
    cpu bigint not null,
    memory bigint not null,
    overhead_cpu bigint not null,
    overhead_memory bigint not null,
    storage_used bigint,
    storage_capacity bigint,
    cpu_limit bigint not null,
    memory_limit bigint not null,
    storage_limit bigint not null,
    primary key (instance_id, at)
);
create index usage_samples_at on work.usage_samples (at);

-- Hours, which begin with the hour, and days, which begin at midnight in Asia/Jakarta. Sums instead of averages, so that a
-- day is the exact sum of its hours. Of limits and volumes the last word counts.
create table work.usage_rollups (
    instance_id uuid not null,
    resolution text not null check (resolution in ('hour', 'day')),
    start timestamptz not null,
    samples bigint not null check (samples > 0),
    cpu_min bigint not null,
    cpu_sum bigint not null,
    cpu_max bigint not null,
    memory_min bigint not null,
    memory_sum bigint not null,
    memory_max bigint not null,
    overhead_cpu_sum bigint not null,
    overhead_memory_sum bigint not null,
    storage_used bigint,
    storage_capacity bigint,
    cpu_limit bigint not null,
    memory_limit bigint not null,
    storage_limit bigint not null,
    primary key (instance_id, resolution, start)
);
create index usage_rollups_start on work.usage_rollups (resolution, start);

-- How the last round of measuring went; whoever answers for usage looks here first.
create table work.usage_sampler (
    singleton boolean primary key default true check (singleton),
    attempted_at timestamptz,
    -- The moment that the samples of the last good round bear.
    succeeded_at timestamptz,
    -- By then there should have been another round.
    due_by timestamptz,
    -- Why the last round measured nothing.
    trouble text,
    failures bigint not null default 0
);
insert into work.usage_sampler default values;
