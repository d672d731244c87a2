-- How often something was tried within a window, by the keyed hash of who tried it: an address, or where it came from. The
-- window begins with the first time; what is over goes as others come.
create table work.attempts (
    subject bytea primary key,
    times int not null,
    until timestamptz not null
);
create index attempts_over on work.attempts (until);
