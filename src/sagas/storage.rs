//! What the runner writes in one transaction: a saga's state, its effects, its timers.

use super::{
    effect::Effect,
    saga::{AnySaga, Heard, Reaction, effect_id},
};
use crate::panics::said;
use purser_domain::ids::UserId;
use serde_json::Value;
use sqlx::PgConnection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// A reaction could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReactError {
    #[error("the stored state of saga {saga} {instance} cannot be read")]
    State {
        saga: &'static str,
        instance: Uuid,
        source: serde_json::Error,
    },
    #[error("saga {saga} {instance} panicked: {said}")]
    Panicked {
        saga: &'static str,
        instance: Uuid,
        said: String,
    },
    #[error("the database did not take the reaction")]
    Database(#[from] sqlx::Error),
}

/// Where a reaction comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause {
    pub(super) position: i64,
    pub(super) correlation_id: Uuid,
    /// Whose the instance is, where the event names its customer.
    pub(super) customer: Option<UserId>,
}

/// Notes whose a saga's instance is: its effects take turns with those of other customers.
///
/// Every saga that hears of an instance does so at the same event, and the row is no different whichever of them writes it:
/// where another is at it, this one goes on instead of waiting for the other's commit.
pub(super) async fn belongs_to(
    rows: &mut PgConnection,
    instance: Uuid,
    customer: UserId,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into work.customers (instance, customer) select $1, $2
         where not exists (select from work.customers where instance = $1)
           and pg_try_advisory_xact_lock(4947804, hashtext($1::text))
         on conflict do nothing",
    )
    .bind(instance)
    .bind(customer.uuid())
    .execute(rows)
    .await?;
    Ok(())
}

/// Takes a saga's row ahead of what belongs to it, as the reaction to an event does: who took a timer or an effect first would
/// wait for a reaction that waits for him.
pub(super) async fn lock(rows: &mut PgConnection, saga: &str, instance: Uuid) -> sqlx::Result<()> {
    sqlx::query("select from work.sagas where saga = $1 and instance = $2 for update")
        .bind(saga)
        .bind(instance)
        .execute(rows)
        .await?;
    Ok(())
}

/// Loads the state, lets the saga react, and writes what comes of it. `false` where nothing does.
pub(super) async fn react(
    rows: &mut PgConnection,
    saga: &dyn AnySaga,
    instance: Uuid,
    heard: Heard<'_>,
    cause: Cause,
) -> Result<bool, ReactError> {
    let state: Option<Value> = sqlx::query_scalar(
        "select state from work.sagas where saga = $1 and instance = $2 for update",
    )
    .bind(saga.name())
    .bind(instance)
    .fetch_optional(&mut *rows)
    .await?;
    // One that ended whoever tells it would be told the same again at each start.
    let reaction = catch_unwind(AssertUnwindSafe(|| saga.react(state, heard)))
        .map_err(|panic| ReactError::Panicked {
            saga: saga.name(),
            instance,
            said: said(&*panic),
        })?
        .map_err(|source| ReactError::State {
            saga: saga.name(),
            instance,
            source,
        })?;
    let something = reaction != Reaction::default();
    keep(rows, saga.name(), instance, reaction, cause).await?;
    Ok(something)
}

async fn keep(
    rows: &mut PgConnection,
    saga: &str,
    instance: Uuid,
    reaction: Reaction<Value>,
    cause: Cause,
) -> sqlx::Result<()> {
    if reaction.stop {
        stop(rows, saga, instance).await?;
    }
    if let Some(state) = reaction.state {
        sqlx::query(
            "insert into work.sagas (saga, instance, state, position) values ($1, $2, $3, $4)
             on conflict (saga, instance) do update set state = excluded.state, position = greatest(sagas.position, excluded.position)",
        )
        .bind(saga)
        .bind(instance)
        .bind(state)
        .bind(cause.position)
        .execute(&mut *rows)
        .await?;
    }
    for (step, effect) in reaction.effects {
        ask(rows, saga, instance, &step, &effect, cause).await?;
    }
    for timer in reaction.timers {
        sqlx::query(
            "insert into work.timers (saga, instance, name, due_at, cluster_left_ms, correlation_id)
             values ($1, $2, $3, $4, $5, $6) on conflict (saga, instance, name)
             do update set due_at = excluded.due_at, cluster_left_ms = excluded.cluster_left_ms",
        )
        .bind(saga)
        .bind(instance)
        .bind(timer.name)
        .bind(timer.due_at)
        .bind(timer.cluster_left_ms)
        .bind(cause.correlation_id)
        .execute(&mut *rows)
        .await?;
    }
    Ok(())
}

/// Asks for an effect: for the same step of an instance once.
pub(super) async fn ask(
    rows: &mut PgConnection,
    saga: &str,
    instance: Uuid,
    step: &str,
    effect: &Effect,
    cause: Cause,
) -> sqlx::Result<()> {
    let body = serde_json::to_value(effect).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "insert into work.effects (effect_id, saga, instance, step, body, correlation_id, cause_position, customer)
         values ($1, $2, $3, $4, $5, $6, $7,
           coalesce($8, (select customer from work.customers where instance = $3)))
         on conflict do nothing",
    )
    .bind(effect_id(saga, instance, step))
    .bind(saga)
    .bind(instance)
    .bind(step)
    .bind(body)
    .bind(cause.correlation_id)
    .bind(cause.position)
    .bind(cause.customer.map(UserId::uuid))
    .execute(rows)
    .await?;
    Ok(())
}

/// Takes back the timers and every effect that is not done: a worker that runs one now finds its
/// epoch gone when it wants to note the result.
async fn stop(rows: &mut PgConnection, saga: &str, instance: Uuid) -> sqlx::Result<()> {
    sqlx::query("delete from work.timers where saga = $1 and instance = $2")
        .bind(saga)
        .bind(instance)
        .execute(&mut *rows)
        .await?;
    sqlx::query(
        "update work.effects set status = 'cancelled', epoch = epoch + 1, finished_at = clock_timestamp()
         where saga = $1 and instance = $2 and status in ('waiting', 'running')",
    )
    .bind(saga)
    .bind(instance)
    .execute(rows)
    .await?;
    Ok(())
}
