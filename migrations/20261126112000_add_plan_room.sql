-- Whether the workers have room for one more of a plan. What was seen of that so far stands in the events.
alter table views.plans add column without_room boolean not null default false;
update views.plans set without_room = true
from (
    select distinct on (aggregate_id) aggregate_id, event_type from public.events
    where aggregate_type = 'plan_slots' and event_type in ('plan_slots.room_lost', 'plan_slots.room_found')
    order by aggregate_id, sequence desc
) last
where last.event_type = 'plan_slots.room_lost' and last.aggregate_id = plans.id::text;
