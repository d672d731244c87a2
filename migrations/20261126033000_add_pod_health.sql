-- Whether the last operation on a pod failed, and the days on which it was down for a cause on our side. No pod had lost
-- a day before; of the few that are degraded at this moment, all have a failed operation.
alter table views.pods add column operation_failed boolean not null default false;
alter table views.pods add column lost_days jsonb not null default '[]';
update views.pods set operation_failed = true where status = 'degraded';
