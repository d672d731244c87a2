//! A migrated history in a database of its own.

use super::servers::{Database, database};
use purser::{
    clock::Clock,
    store::{Appender, AppenderOptions, Command, CommandError, Committed, Leaf, Reader, States},
    verify::{Report, verify},
};
use purser_domain::{Actor, Decision};
use serde_json::{Value, json};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

pub(crate) struct Store {
    pub(crate) database: Database,
    /// The application's rights.
    pub(crate) pool: PgPool,
    pub(crate) owner: PgPool,
    pub(crate) clock: Clock,
    pub(crate) appender: Appender,
    pub(crate) reader: Reader,
    pub(crate) states: Arc<States>,
}

pub(crate) async fn store() -> Store {
    Store::open(database().await)
}

/// Sees the read models, the work tables and the history, as the product's pools do.
pub(super) fn pool(url: &str) -> PgPool {
    let options: PgConnectOptions = url.parse().unwrap();
    PgPoolOptions::new()
        .max_connections(6)
        .acquire_timeout(Duration::from_secs(30))
        .connect_lazy_with(options.options([("search_path", "views,work,public")]))
}

/// A command that nobody gave before.
pub(crate) fn command(decision: impl Decision + 'static) -> Command {
    let id = Uuid::now_v7();
    Command::of_effect(id, id, Actor::System("test"), decision)
}

impl Store {
    fn open(database: Database) -> Self {
        let pool = pool(&database.urls.app);
        let clock = Clock::default();
        Self {
            owner: self::pool(&database.urls.owner),
            appender: Appender::start(pool.clone(), clock.clone(), AppenderOptions::default()),
            reader: Reader::new(pool.clone()),
            states: Arc::new(States::new(pool.clone(), 1_000)),
            database,
            pool,
            clock,
        }
    }

    /// The same history in another process.
    pub(crate) fn opened_again(self) -> Self {
        Self::open(self.database)
    }

    pub(crate) async fn execute(&self, command: Command) -> Result<Committed, CommandError> {
        self.appender.execute(command).await
    }

    /// Another pool with the application's rights, as another process has.
    pub(crate) fn another_pool(&self) -> PgPool {
        pool(&self.database.urls.app)
    }

    /// An appender as another process has, on a clock of its own.
    pub(crate) fn another_appender(&self, clock: Clock) -> Appender {
        Appender::start(self.another_pool(), clock, AppenderOptions::default())
    }

    /// Runs SQL as the superuser: what no part of the product can do.
    pub(crate) async fn tamper(&self, sql: &str) {
        let superuser = pool(&self.database.superuser);
        let mut connection = superuser.acquire().await.unwrap();
        let guarded = format!(
            "set session_replication_role = replica; {sql}; set session_replication_role = origin"
        );
        sqlx::raw_sql(&guarded)
            .execute(&mut *connection)
            .await
            .unwrap();
    }

    pub(crate) async fn head(&self) -> i64 {
        self.reader.head().await.unwrap()
    }

    pub(crate) async fn count(&self, what: &str) -> i64 {
        sqlx::query_scalar(&format!("select count(*) from {what}"))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Everything but JetStream.
    pub(crate) async fn verified(&self) -> Report {
        let models = purser_projections::all();
        verify(&self.pool, None, &models).await.unwrap()
    }

    pub(crate) async fn write_raw(&self, kind: &str, id: &str, event: &str, payload: &Value) {
        write_raw(&self.pool, &self.clock, (kind, id), event, payload).await;
    }
}

/// Appends one event of a stream as it stands, through the same door as the product: what another release, or a bug, would
/// have written.
pub(crate) async fn write_raw(
    pool: &PgPool,
    clock: &Clock,
    (kind, id): (&str, &str),
    event: &str,
    payload: &Value,
) {
    let (event_id, version) = (Uuid::now_v7().to_string(), "1");
    let metadata = json!({
        "actor": "system:test", "causation_id": event_id, "command_id": event_id,
        "correlation_id": event_id, "event_id": event_id,
    });
    let [payload, metadata] =
        [payload, &metadata].map(|json| purser::store::canonical::to_string(json).unwrap());
    let written = "select count(*) from events where aggregate_type = $1 and aggregate_id = $2";
    let written = sqlx::query_scalar::<_, i64>(written).bind(kind).bind(id);
    let sequence = 1 + written.fetch_one(pool).await.unwrap();
    let leaf = Leaf {
        event_id: &event_id,
        aggregate_type: kind,
        aggregate_id: id,
        sequence,
        event_type: event,
        event_version: version,
        payload: &payload,
        metadata: &metadata,
    };
    let outcome: String = sqlx::query_scalar(
        "select outcome from append($1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
           array[$2], array[$3], array[$4], array[$5], array[$6], array[$7], array[$8], array[$9])",
    )
    .bind(clock.now())
    .bind(event)
    .bind(version)
    .bind(kind)
    .bind(id)
    .bind(sequence)
    .bind(&payload)
    .bind(&metadata)
    .bind(leaf.hash().to_vec())
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(outcome, "appended");
}
