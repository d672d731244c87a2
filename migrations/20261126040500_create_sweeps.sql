-- What the last sweeps found: what was wanted, there and recorded, and where they differed.
create table work.sweeps (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    report jsonb not null
);
