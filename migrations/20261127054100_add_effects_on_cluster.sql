-- Whether an effect asks the cluster, which is asked of everything that is due whenever something may begin: known once, and
-- not read from its body again and again. A test holds the list against the effects that there are.
alter table work.effects add column on_cluster boolean not null generated always as (coalesce(
    coalesce(body ->> 'command', body ->> 'kind')
    in ('apply', 'remove', 'report_stuck', 'operate', 'heal', 'keep_password', 'cordon', 'drain', 'give_up_drain', 'fail_operation'),
    false)) stored;
