-- The days of which the gateway, the top-ups and the wallets were compared.
create table work.reconciliations (
    day date primary key,
    at timestamptz not null default clock_timestamp(),
    lines bigint not null,
    differences bigint not null
);
