-- Nobody was erased by an event before.
alter table views.users
    add column erased boolean not null default false;
