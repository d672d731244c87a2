-- Figures of the effects are taken every few seconds; by far the most are done, and of those nobody asks.
create index effects_not_done on work.effects (status) where status <> 'done';
create index effects_report_stuck on work.effects (saga, instance) where step = 'report-stuck';
