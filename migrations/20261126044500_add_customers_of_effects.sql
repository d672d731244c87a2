-- Whose an effect is, so that who has many waiting does not hold up who has one. Known of a stream from the event that
-- names its customer; effects of before belong to nobody and come first.
create table work.customers (
    instance uuid primary key,
    customer uuid not null
);
alter table work.effects add column customer uuid;
create index effects_running on work.effects (customer) where status = 'running';
