//! Followers for tests: the product's read models, and one that writes down what it hears.

use async_trait::async_trait;
use purser::relay::{ApplyError, Follower};
use purser_domain::Recorded;
use purser_projections::{ProjectionError, ReadModel};
use sqlx::{PgConnection, PgPool};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use uuid::Uuid;

/// A read model as a follower.
pub(crate) struct ViewFollower(pub(crate) Arc<dyn ReadModel>);

#[async_trait]
impl Follower for ViewFollower {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn concerns(&self, event: &Recorded) -> bool {
        self.0.concerns(event)
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        let events: Vec<Recorded> = events.iter().map(|event| (*event).clone()).collect();
        let projected = self.0.project(rows, &events).await;
        projected.map_err(|error| match error {
            ProjectionError::Event {
                position, source, ..
            } => ApplyError::Event {
                position,
                reason: source.to_string(),
            },
            ProjectionError::Database(error) => error.into(),
            ProjectionError::Shape => unreachable!("every row is flat"),
        })
    }
}

/// Writes every position that it hears into a table, in the transaction of its checkpoint. The table
/// takes a position twice, so that hearing twice is seen.
pub(crate) struct Recording {
    name: String,
    poison: AtomicI64,
}

impl Recording {
    pub(crate) async fn new(owner: &PgPool, name: &str) -> Arc<Self> {
        let create = "create table if not exists views.heard (
            id bigint generated always as identity primary key, reader text not null,
            position bigint not null, event_id uuid not null);
            grant select, insert on views.heard to purser_app";
        sqlx::raw_sql(create).execute(owner).await.unwrap();
        Arc::new(Self {
            name: name.to_owned(),
            poison: AtomicI64::new(0),
        })
    }

    /// From now on it cannot apply this position; 0 for none.
    pub(crate) fn choke_on(&self, position: i64) {
        self.poison.store(position, Ordering::SeqCst);
    }

    /// What it has heard, in order.
    pub(crate) async fn heard(&self, pool: &PgPool) -> Vec<(i64, Uuid)> {
        sqlx::query_as("select position, event_id from heard where reader = $1 order by id")
            .bind(&self.name)
            .fetch_all(pool)
            .await
            .unwrap()
    }
}

#[async_trait]
impl Follower for Recording {
    fn name(&self) -> &str {
        &self.name
    }

    fn concerns(&self, _event: &Recorded) -> bool {
        true
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        let poison = self.poison.load(Ordering::SeqCst);
        if events.iter().any(|event| event.position == poison) {
            return Err(ApplyError::Event {
                position: poison,
                reason: "told to choke".into(),
            });
        }
        let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
        let ids: Vec<Uuid> = events.iter().map(|event| event.metadata.event_id).collect();
        sqlx::query("insert into heard (reader, position, event_id) select $1, * from unnest($2::bigint[], $3::uuid[])")
            .bind(&self.name)
            .bind(positions)
            .bind(ids)
            .execute(rows)
            .await?;
        Ok(())
    }
}
