-- What is seen of workers all the time, and would be noise in a history: the last sign of life, and how much is taken.
-- Thresholds count from `quiet_since`: of a host its last heartbeat, of a node the moment it was no longer ready.
create table work.worker_sightings (
    worker_id uuid primary key,
    last_seen_at timestamptz not null,
    quiet_since timestamptz,
    allocated_cpu_millicores bigint not null,
    allocated_memory_mib bigint not null,
    allocated_pods bigint not null
);
create index worker_sightings_quiet on work.worker_sightings (quiet_since) where quiet_since is not null;
