-- What kept the last drain of a node from its end.
alter table views.workers add column drain_failed text;
