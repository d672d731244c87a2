-- What is left of each grant of promotional credit, and when the next part of it is over. None was granted so far.
alter table views.wallets
    add column grants jsonb not null default '[]',
    add column promotional_until date;
