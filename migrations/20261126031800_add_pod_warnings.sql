-- What a pod is short of. Before this no pod was ever warned, so rows of before are right without a rebuild.
alter table views.pods add column warnings jsonb not null default '[]';
