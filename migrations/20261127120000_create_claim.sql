-- Which effects may begin at this moment.
create view work.due_effects as
    select effect_id, saga, customer, on_cluster, due_at
    from work.effects
    where due_at <= now()
      and (status = 'waiting' or (status = 'running' and leased_until < now()))
      -- What is removed must not be made again, nor what is stopped started, by an attempt that was
      -- called off but still runs.
      and (not on_cluster or body ->> 'kind' not in ('remove', 'operate') or not exists (
        select 1 from work.effects other
        where other.saga = effects.saga and other.instance = effects.instance
          and other.status = 'cancelled' and other.leased_until > now()));

-- Claims one of them for so many milliseconds: of these sagas, and one that is on the cluster only where such may begin.
--
-- Fair between customers: who has the fewest running comes first. Of all that is due the oldest are compared, and the
-- oldest of customers who have nothing running, so that nobody waits behind all of somebody else's; both come in order
-- from the index.
--
-- Planned once for a connection, which takes as long as the claim itself, and for an index: before the table's first
-- statistics the planner believes that there is one row, and for the same reason each part is looked up once and in this
-- order.
create function work.claim(lease_ms bigint, may boolean, sagas text[], compared_at_most bigint)
    returns setof work.effects
    language plpgsql
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
begin
    return query
    with busy as materialized (
      select customer, count(*) running from work.effects where status = 'running' group by customer),
    oldest as materialized (
      select effect_id, customer, due_at from work.due_effects
      where saga = any(sagas) and (may or not on_cluster)
      order by due_at limit compared_at_most),
    idle as materialized (
      select effect_id, customer, due_at from work.due_effects
      where saga = any(sagas) and (may or not on_cluster)
        and not exists (select from busy where busy.customer = due_effects.customer)
      order by due_at limit compared_at_most),
    compared as materialized (
      select effect_id from (select * from oldest union select * from idle) either left join busy using (customer)
      order by coalesce(busy.running, 0), due_at)
    update work.effects set status = 'running', attempt = attempt + 1, epoch = epoch + 1,
      leased_until = clock_timestamp() + lease_ms * interval '1 millisecond'
    where effect_id = (
      -- Once more, because another worker may have claimed it meanwhile.
      select free.effect_id from compared cross join lateral (
        select due_effects.effect_id from work.due_effects where due_effects.effect_id = compared.effect_id
        for update skip locked) free
      limit 1)
    returning effects.*;
end
$$;
