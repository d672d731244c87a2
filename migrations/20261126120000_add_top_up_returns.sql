-- What went back of a top-up, and how many transactions paid it.
alter table views.top_ups
    add column payments bigint not null default 0 check (payments >= 0),
    add column returned bigint not null default 0 check (returned >= 0);
update views.top_ups set payments = 1 where status = 'paid';
