alter table views.subscriptions
    add column auto_renew boolean not null default true,
    add column cancel_on date,
    add column grace_until date,
    add column delete_on date,
    add column end_cause text;
