-- Whoever comes to the host of an app that has no route is told how it is with it.
create index on views.pods (subdomain) where status <> 'removed';
