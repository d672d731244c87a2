-- The coupon that was redeemed with an order, and whether it is a trial.
alter table views.subscriptions
    add column coupon text,
    add column trial boolean not null default false;
