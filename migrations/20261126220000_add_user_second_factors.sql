-- Whether somebody signs in with a second factor, and of whom that is so already.
alter table views.users
    add column second_factor boolean not null default false;
update views.users set second_factor = true
  from (select distinct on (aggregate_id) aggregate_id, event_type from public.events
         where aggregate_type = 'second_factor' and event_type in ('second_factor.confirmed', 'second_factor.removed')
         order by aggregate_id, sequence desc) newest
 where newest.aggregate_id = users.id::text and newest.event_type = 'second_factor.confirmed';
