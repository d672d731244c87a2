-- Lists of what is rare among much: documents of one kind, notifications of one outcome, pods that are short of something.
create index on views.documents (kind, position desc, id desc);
create index notifications_by_outcome on work.notifications (outcome, id desc);
create index on views.pods (id) where warnings <> '[]';
