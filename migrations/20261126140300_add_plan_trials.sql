-- How many days a plan lasts that is a trial; none was one before.
alter table views.plans
    add column trial_days bigint;
