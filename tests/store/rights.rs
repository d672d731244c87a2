use crate::support::{Store, store};
use sqlx::PgPool;

/// The code of the error that the statement meets.
async fn error_of(pool: &PgPool, sql: &str) -> String {
    let error = sqlx::raw_sql(sql).execute(pool).await.unwrap_err();
    error
        .as_database_error()
        .unwrap()
        .code()
        .unwrap()
        .into_owned()
}

async fn told() -> Store {
    let store = store().await;
    store.customer(10_000).await;
    store
}

const DENIED: &str = "42501";
const REFUSED: &str = "EV003";

const INSERT: &str = "insert into events select aggregate_type, aggregate_id, sequence + 1000, event_type, \
    event_version, payload, metadata, position + 1000, at, leaf, hash from events";

#[tokio::test]
async fn the_application_can_only_append() {
    let store = told().await;
    for sql in [
        INSERT,
        "update events set payload = '{}'",
        "delete from events",
        "truncate events",
        "insert into commands select gen_random_uuid(), body_hash, answer, position, version, at from commands",
        "update commands set version = 9",
        "delete from commands",
        "truncate commands",
        "alter table events disable trigger all",
        "drop table events",
        "create table public.mine ()",
        "create or replace function public.refuse_change() returns trigger language plpgsql as 'begin end'",
        "set session_replication_role = replica",
    ] {
        assert_eq!(error_of(&store.pool, sql).await, DENIED, "{sql}");
    }
    assert_eq!(store.count("events").await, 4);
}

#[tokio::test]
async fn not_even_the_owner_changes_what_was_written() {
    let store = told().await;
    for sql in [
        "update events set payload = '{}'",
        "update events set position = position where position = 1",
        "delete from events",
        "truncate events",
        "truncate events, commands cascade",
        "update commands set version = 9",
        "delete from commands",
        "truncate commands",
    ] {
        assert_eq!(error_of(&store.owner, sql).await, REFUSED, "{sql}");
    }
    assert_eq!(store.count("events").await, 4);
}

#[tokio::test]
async fn nobody_else_may_call_append() {
    let store = told().await;
    let granted: bool = sqlx::query_scalar(
        "select coalesce(bool_or(grantee = 0), false) from pg_proc,
           aclexplode(coalesce(proacl, acldefault('f', proowner))) where proname = 'append'",
    )
    .fetch_one(&store.pool)
    .await
    .unwrap();
    assert!(!granted, "the public may call append()");
}

#[tokio::test]
async fn an_event_without_an_account_of_itself_is_refused() {
    let store = told().await;
    for missing in [
        "event_id",
        "actor",
        "correlation_id",
        "causation_id",
        "command_id",
    ] {
        let sql = INSERT.replace(
            "metadata, position",
            &format!("metadata::jsonb - '{missing}', position"),
        );
        assert_eq!(error_of(&store.owner, &sql).await, "23514", "{missing}");
    }
}
