-- All credit so far was paid for.
alter table views.wallets
    add column paid bigint not null default 0 check (paid >= 0),
    add column promotional bigint not null default 0 check (promotional >= 0),
    add column held bigint not null default 0 check (held >= 0),
    add column owed bigint not null default 0 check (owed >= 0);
update views.wallets set paid = balance;
alter table views.wallet_transactions
    add column promotional bigint not null default 0;
