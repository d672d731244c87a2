-- The plan that a subscription is about to have.
alter table views.subscriptions
    add column changing_to uuid;
