-- What keeps a pod from running. Before this no pod was ever held, so rows of before are right without a rebuild.
alter table views.pods add column holds jsonb not null default '[]';
