-- How far each reader of the history has come, and which process reads for it. The epoch grows
-- whenever the lease changes hands, so that a process that lost it cannot write on.
create table views.checkpoints (
    name text primary key,
    position bigint not null default 0 check (position >= 0),
    epoch bigint not null default 0,
    holder uuid,
    leased_until timestamptz
);
