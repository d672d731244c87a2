-- Who is at something that one process does at a time while it asks the outside; of a process that died the time runs out.
create table work.turns (
    subject uuid primary key,
    holder uuid not null,
    until timestamptz not null
);
