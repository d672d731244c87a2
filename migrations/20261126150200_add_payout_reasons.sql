-- Why a payout was asked for.
alter table views.payouts add column request_reason text;
