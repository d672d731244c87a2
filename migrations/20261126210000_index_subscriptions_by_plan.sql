-- Whoever has a plan is told of its new price, a page after another.
create index on views.subscriptions (plan_id, id);
