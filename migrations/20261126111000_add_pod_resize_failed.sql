-- Why a change of a pod's figures failed that was taken back. Before this none was, so rows of before are right without
-- a rebuild.
alter table views.pods add column resize_failed text;
