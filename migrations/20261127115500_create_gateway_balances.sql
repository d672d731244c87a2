-- The gateway's balance day by day, against what the history knows: whole rupiah with two decimals. Where there are no amounts,
-- the note says why.
create table work.gateway_balances (
    day date primary key,
    at timestamptz not null default clock_timestamp(),
    opening numeric(20, 2),
    closing numeric(20, 2),
    known numeric(20, 2),
    not_explained numeric(20, 2),
    note text not null
);
