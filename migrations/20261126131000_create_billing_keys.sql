-- Which of the persons' keys are those of their paper of a year: they are emptied when the law's time for it is over.
create table work.billing_keys (
    person uuid primary key,
    year integer not null
);
create index on work.billing_keys (year);
