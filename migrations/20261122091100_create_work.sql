-- What Purser works through: sagas with their effects and timers, what is parked, and the keys of people.
create schema work;

-- Who this history belongs to: part of every stream's and subject's name in JetStream.
create table work.installation (
    singleton boolean primary key default true check (singleton),
    id uuid not null default gen_random_uuid()
);
insert into work.installation default values;

-- One key a person, wrapped by the installation's master key. An empty one is left of a person who was
-- erased, so that no new key takes its place.
create table work.person_keys (
    person uuid primary key,
    wrapped bytea not null,
    created_at timestamptz not null default clock_timestamp()
);

create table work.sagas (
    saga text not null,
    instance uuid not null,
    state json not null,
    position bigint not null,
    primary key (saga, instance)
);

-- Effects run outside of any transaction, at least once, each under its stable id.
create table work.effects (
    effect_id uuid primary key,
    saga text not null,
    instance uuid not null,
    step text not null,
    body json not null,
    correlation_id uuid not null,
    cause_position bigint not null,
    -- dead: it cannot succeed and somebody has to look; undone: it cannot, and its saga took it back;
    -- cancelled: its saga called it off
    status text not null default 'waiting'
        check (status in ('waiting', 'running', 'done', 'dead', 'undone', 'cancelled')),
    attempt int not null default 0,
    epoch bigint not null default 0,
    due_at timestamptz not null default clock_timestamp(),
    leased_until timestamptz,
    -- By then it is done, or somebody has to look: a day is the cap of an order, and an hour on top.
    deadline_at timestamptz not null default clock_timestamp() + interval '25 hours',
    last_error text,
    created_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
create index effects_due on work.effects (due_at) where status in ('waiting', 'running');
create index effects_of_instance on work.effects (saga, instance);
create index effects_dead on work.effects (created_at) where status = 'dead';

-- A timer has a moment of business time, or a rest of time that passes only while the cluster answers, or both.
create table work.timers (
    saga text not null,
    instance uuid not null,
    name text not null,
    due_at timestamptz,
    cluster_left_ms bigint,
    correlation_id uuid not null,
    primary key (saga, instance, name),
    check (due_at is not null or cluster_left_ms is not null)
);
create index timers_due on work.timers (due_at) where due_at is not null;
create index timers_cluster on work.timers (cluster_left_ms) where cluster_left_ms is not null;

-- Streams whose next event a reader could not apply: later events of the stream queue behind it.
create table work.parked (
    reader text not null,
    aggregate_type text not null,
    aggregate_id text not null,
    first_position bigint not null,
    error text not null,
    parked_at timestamptz not null default clock_timestamp(),
    primary key (reader, aggregate_type, aggregate_id)
);

-- Every command by which an operator changed the course of things outside of the history.
create table work.operator_commands (
    id uuid primary key default gen_random_uuid(),
    actor text not null,
    command text not null,
    detail json not null,
    reason text not null,
    at timestamptz not null default clock_timestamp()
);
