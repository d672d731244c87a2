-- What was accepted stands as what came of it does: a command that is forgotten would be carried out once more when it is
-- repeated, and one whose answer is changed would tell something else than happened. Nothing takes them away.
create trigger commands_only_grow before update or delete on commands
    for each row execute function refuse_change();
create trigger commands_never_truncated before truncate on commands
    for each statement execute function refuse_change();
