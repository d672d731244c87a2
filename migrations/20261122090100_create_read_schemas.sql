-- Read models are read in `views`; a new version of one is built in `rebuild` and then moved over.
create schema if not exists views;
create schema if not exists rebuild;
