-- The history: postgres-es' table with a global position, a clock, and a hash chain.
create table events (
    aggregate_type text not null,
    aggregate_id text not null,
    sequence bigint not null check (sequence >= 1),
    event_type text not null,
    event_version text not null,
    payload json not null,
    metadata json not null,
    position bigint not null check (position >= 1),
    at timestamptz not null,
    leaf bytea not null check (length(leaf) = 32),
    hash bytea not null check (length(hash) = 32),
    primary key (aggregate_type, aggregate_id, sequence),
    constraint events_position unique (position),
    -- One path, because each ->> would parse the text again.
    constraint events_accountable check (
        metadata::jsonb @? 'strict $ ? (@.event_id.type() == "string" && @.actor.type() == "string"
                                 && @.correlation_id.type() == "string" && @.causation_id.type() == "string"
                                 && @.command_id.type() == "string")'
    )
);

-- What was accepted, by command id: repeating it repeats the answer.
create table commands (
    command_id uuid primary key,
    body_hash bytea not null check (length(body_hash) = 32),
    answer json not null,
    position bigint not null,
    version bigint not null,
    at timestamptz not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused: the history only grows', tg_op, tg_table_name using errcode = 'EV003';
end
$$;

create trigger events_only_grow before update or delete on events
    for each row execute function refuse_change();
create trigger events_never_truncated before truncate on events
    for each statement execute function refuse_change();

-- Appends a batch of decisions whole or not at all. Outcomes:
--   appended  detail is null; the events have the positions first_position and on
--   moved     detail: [[type, id, version], …] of the streams that are not at the version decided on
--   repeated  detail: [[command id, body hash, answer, position, version, at in microseconds], …] of what was accepted before
create function append(
    p_at timestamptz,
    guard_types text[], guard_ids text[], guard_versions bigint[],
    -- asked_ids: every command of the batch; the others: those accepted, with how many events each has
    asked_ids uuid[],
    command_ids uuid[], command_hashes bytea[], command_answers text[], command_versions bigint[], command_events int[],
    event_types text[], event_versions text[], event_streams text[], event_stream_ids text[], event_sequences bigint[],
    event_payloads text[], event_metadata text[], event_leaves bytea[]
) returns table (outcome text, first_position bigint, at timestamptz, detail jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    head_position bigint;
    head_hash bytea;
    head_at timestamptz;
    now_us bigint;
    found jsonb;
    hashes bytea[] := '{}';
    leaf bytea;
begin
    -- One writer at a time, for one statement: positions become visible in order.
    perform pg_advisory_xact_lock(4947802);

    select jsonb_agg(jsonb_build_array(c.command_id, encode(c.body_hash, 'hex'), c.answer, c.position, c.version,
                                       (extract(epoch from c.at) * 1000000)::bigint)) into found
      from commands c where c.command_id = any (asked_ids);
    if found is not null then
        return query select 'repeated', null::bigint, null::timestamptz, found;
        return;
    end if;

    select jsonb_agg(jsonb_build_array(g.kind, g.id, s.version)) into found
      from unnest(guard_types, guard_ids, guard_versions) as g (kind, id, version)
      cross join lateral (
          select coalesce(max(e.sequence), 0) as version from events e
          where e.aggregate_type = g.kind and e.aggregate_id = g.id
      ) s
      where s.version <> g.version;
    if found is not null then
        return query select 'moved', null::bigint, null::timestamptz, found;
        return;
    end if;

    select e.position, e.hash, e.at into head_position, head_hash, head_at from events e order by e.position desc limit 1;
    head_position := coalesce(head_position, 0);
    head_hash := coalesce(head_hash, decode(repeat('00', 32), 'hex'));
    p_at := greatest(p_at, head_at);
    now_us := (extract(epoch from p_at) * 1000000)::bigint;

    foreach leaf in array event_leaves loop
        head_hash := sha256(head_hash || int8send(now_us) || leaf);
        hashes := hashes || head_hash;
    end loop;

    insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, position, at, leaf, hash)
    select e.kind, e.id, e.sequence, e.type, e.version, e.payload::json, e.metadata::json, head_position + e.ordinal, p_at, e.leaf, e.hash
      from unnest(event_streams, event_stream_ids, event_sequences, event_types, event_versions, event_payloads,
                  event_metadata, event_leaves, hashes)
           with ordinality as e (kind, id, sequence, type, version, payload, metadata, leaf, hash, ordinal);

    insert into commands (command_id, body_hash, answer, position, version, at)
    select c.id, c.hash, c.answer::json, head_position + sum(c.events) over (order by c.ordinal), c.version, p_at
      from unnest(command_ids, command_hashes, command_answers, command_versions, command_events)
           with ordinality as c (id, hash, answer, version, events, ordinal);

    return query select 'appended', head_position + 1, p_at, null::jsonb;
end
$$;

revoke all on function append from public;
