//! Building a read model again beside the live one, and putting it in its place in one transaction.
//! Readers are never stopped and never see a step back. Nothing outside the database is touched.

use super::parked;
use crate::store::{self, Reader, StoreError};
use futures_util::TryStreamExt as _;
use purser_domain::Recorded;
use purser_projections::{Fold, ProjectionError, ReadModel};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use std::{
    collections::{HashMap, HashSet},
    pin::pin,
    time::{Duration, Instant},
};

/// Events between two reports of progress.
const REPORT: i64 = 10_000;
/// The new one follows the live one batch by batch until so few events are left, then is switched.
const NEAR: i64 = 200;
const ATTEMPTS: u32 = 100;

/// A read model was not rebuilt; the live one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    #[error("there is no read model {0:?}; there are: {1}")]
    Unknown(String, String),
    #[error("the database did not take it")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    #[error("{0} is being rebuilt already")]
    Running(&'static str),
    #[error("the live read model was locked at every one of {ATTEMPTS} attempts to switch")]
    Busy,
    #[error("a migration changed columns or indexes of {0} while it was rebuilt: rebuild it again")]
    Migrated(&'static str),
}

/// How far a rebuild has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub position: i64,
    pub head: i64,
    pub elapsed: Duration,
}

impl Progress {
    /// Events a second so far.
    pub fn rate(&self) -> u128 {
        u128::from(self.position.unsigned_abs()) * 1000 / self.elapsed.as_millis().max(1)
    }

    /// Time left at this rate.
    pub fn left(&self) -> Duration {
        let left = u128::from((self.head - self.position).max(0).unsigned_abs());
        let ms = left * 1000 / self.rate().max(1);
        Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
    }
}

/// What was built.
#[derive(Clone, Copy, Debug)]
pub struct Rebuilt {
    pub position: i64,
    pub rows: usize,
    /// Streams whose next event could not be applied: parked, as in the live one.
    pub parked: usize,
    pub elapsed: Duration,
}

/// Rebuilds one read model with the owner's rights.
///
/// # Errors
/// See [`RebuildError`].
pub async fn rebuild(
    owner: &PgPool,
    model: &dyn ReadModel,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Rebuilt, RebuildError> {
    let started = Instant::now();
    // Not of the pool any more: its settings, locks and half-done work end with it, however that comes.
    let mut connection = owner.acquire().await?.detach();
    let table = model.table();
    let alone: bool = sqlx::query_scalar("select pg_try_advisory_lock(4947803, hashtext($1))")
        .bind(table)
        .fetch_one(&mut connection)
        .await?;
    if !alone {
        return Err(RebuildError::Running(model.name()));
    }
    connection
        .execute("set search_path = rebuild, views, work, public")
        .await?;
    connection
        .execute(&*format!("drop table if exists rebuild.{table}"))
        .await?;
    connection
        .execute(&*format!(
            "create table rebuild.{table} (like views.{table} including all)"
        ))
        .await?;

    let mut build = Build {
        model,
        reader: Reader::new(owner.clone()),
        position: 0,
        skipped: parked::skipped(&mut connection, model.name()).await?,
        parked: HashMap::new(),
    };
    let fold = build.fold(&mut connection, started, report).await?;
    fold.copy(&mut connection).await?;
    let rows = fold.rows();
    drop(fold);
    connection
        .execute(&*format!("analyze rebuild.{table}"))
        .await?;

    for _ in 0..ATTEMPTS {
        build.follow(&mut connection).await?;
        if build.switch(&mut connection).await? {
            connection.close().await?;
            return Ok(Rebuilt {
                position: build.position,
                rows,
                parked: build.parked.len(),
                elapsed: started.elapsed(),
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(RebuildError::Busy)
}

struct Build<'a> {
    model: &'a dyn ReadModel,
    reader: Reader,
    position: i64,
    /// What operators let the live one leave out.
    skipped: HashSet<i64>,
    /// By stream: the first position that could not be applied, and why.
    parked: HashMap<(String, String), (i64, String)>,
}

impl Build<'_> {
    /// Folds the whole history up to its present head in memory.
    async fn fold(
        &mut self,
        connection: &mut PgConnection,
        started: Instant,
        report: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Box<dyn Fold>, RebuildError> {
        let mut fold = self.model.fold();
        let head = self.reader.head().await?;
        let mut events = pin!(store::range(connection, 0, head));
        while let Some(stored) = events.try_next().await? {
            self.position = stored.position;
            let stream = (stored.aggregate_type.clone(), stored.aggregate_id.clone());
            if !self.leaves_out(&stream, stored.position) {
                let applied = match stored.decode() {
                    Ok(event) => fold.apply(&event).map_err(|error| error.to_string()),
                    Err(error) => Err(crate::chain_of(&error)),
                };
                if let Err(reason) = applied {
                    self.parked.insert(stream, (stored.position, reason));
                }
            }
            if self.position % REPORT == 0 || self.position == head {
                report(Progress {
                    position: self.position,
                    head,
                    elapsed: started.elapsed(),
                });
            }
        }
        Ok(fold)
    }

    fn leaves_out(&self, stream: &(String, String), position: i64) -> bool {
        self.skipped.contains(&position) || self.parked.contains_key(stream)
    }

    /// Applies what was appended meanwhile, until little is left.
    async fn follow(&mut self, connection: &mut PgConnection) -> Result<(), RebuildError> {
        while self.reader.head().await? - self.position > NEAR {
            let mut transaction = connection.begin().await?;
            self.apply_until(&mut transaction, i64::MAX).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Applies one batch of what follows, up to a position.
    async fn apply_until(
        &mut self,
        rows: &mut PgConnection,
        until: i64,
    ) -> Result<(), RebuildError> {
        let mut events: Vec<Recorded> = Vec::new();
        for stored in self.reader.after(self.position, 1_000).await? {
            if stored.position > until {
                break;
            }
            self.position = stored.position;
            let stream = (stored.aggregate_type.clone(), stored.aggregate_id.clone());
            if self.leaves_out(&stream, stored.position) {
                continue;
            }
            match stored.decode() {
                Ok(event) => events.push(event),
                Err(error) => {
                    self.parked
                        .insert(stream, (stored.position, crate::chain_of(&error)));
                }
            }
        }
        loop {
            match self.model.project(rows, &events).await {
                Ok(()) => return Ok(()),
                Err(ProjectionError::Event {
                    position,
                    stream,
                    source,
                }) => {
                    let key = (stream.kind.as_str().to_owned(), stream.id.clone());
                    self.parked.insert(key, (position, source.to_string()));
                    events.retain(|event| event.stream != stream || event.position < position);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// With the live checkpoint locked: brings the new one up to it and puts it in its place. `false`
    /// where the live table was busy.
    async fn switch(&mut self, connection: &mut PgConnection) -> Result<bool, RebuildError> {
        let (name, table) = (self.model.name(), self.model.table());
        let before = (self.position, self.parked.clone());
        let mut transaction = connection.begin().await?;
        transaction
            .execute("set local lock_timeout = '250ms'")
            .await?;
        let switched = self.switch_in(&mut transaction, name, table).await;
        match switched {
            Ok(()) => {
                transaction.commit().await?;
                Ok(true)
            }
            Err(RebuildError::Database(error)) if is_lock_timeout(&error) => {
                transaction.rollback().await?;
                (self.position, self.parked) = before;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn switch_in(
        &mut self,
        transaction: &mut PgConnection,
        name: &str,
        table: &'static str,
    ) -> Result<(), RebuildError> {
        let insert = "insert into checkpoints (name) values ($1) on conflict do nothing";
        sqlx::query(insert)
            .bind(name)
            .execute(&mut *transaction)
            .await?;
        let live: i64 =
            sqlx::query_scalar("select position from checkpoints where name = $1 for update")
                .bind(name)
                .fetch_one(&mut *transaction)
                .await?;
        while self.position < live {
            self.apply_until(transaction, live).await?;
        }
        // From here on no migration changes the live one.
        transaction
            .execute(&*format!(
                "lock table views.{table} in access exclusive mode"
            ))
            .await?;
        if shape(transaction, "views", table).await? != shape(transaction, "rebuild", table).await?
        {
            return Err(RebuildError::Migrated(table));
        }
        transaction
            .execute(&*format!("drop table views.{table}"))
            .await?;
        transaction
            .execute(&*format!("alter table rebuild.{table} set schema views"))
            .await?;
        sqlx::query("update checkpoints set position = $2, epoch = epoch + 1 where name = $1")
            .bind(name)
            .bind(self.position)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("delete from work.parked where reader = $1")
            .bind(name)
            .execute(&mut *transaction)
            .await?;
        for ((kind, id), (position, error)) in &self.parked {
            sqlx::query(
                "insert into work.parked (reader, aggregate_type, aggregate_id, first_position, error)
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(name)
            .bind(kind)
            .bind(id)
            .bind(position)
            .bind(error)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(())
    }
}

/// What a migration may change of a table: its columns, and its indexes but for their names, of which a copy has others.
async fn shape(
    rows: &mut PgConnection,
    schema: &str,
    table: &str,
) -> sqlx::Result<HashSet<String>> {
    let parts: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,
             pg_get_expr(adbin, adrelid))
         from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
         where attrelid = format('%I.%I', $1::text, $2::text)::regclass and attnum > 0 and not attisdropped
         union all
         select regexp_replace(indexdef, ' INDEX .* USING ', ' INDEX USING ')
         from pg_indexes where schemaname = $1 and tablename = $2",
    )
    .bind(schema)
    .bind(table)
    .fetch_all(rows)
    .await?;
    Ok(parts.into_iter().collect())
}

/// 55P03: the lock was not to be had in time; 40P01: a deadlock was broken by ending us.
fn is_lock_timeout(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "55P03" | "40P01"))
}
