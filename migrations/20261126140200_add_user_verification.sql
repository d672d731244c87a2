-- Nobody was asked to prove an address before.
alter table views.users
    add column email_verified boolean not null default false;
