-- How often an effect was handed over and nobody answered for it: it may have been done then, each time.
alter table work.effects add column unanswered int not null default 0;
