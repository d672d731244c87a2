//! Effects that wait for an operator, and how far those that are not done are behind.

use crate::store::OperatorCommand;
use sqlx::{Connection as _, FromRow, PgPool};
use std::fmt;
use uuid::Uuid;

/// An effect that is dead, or is not done and was tried more than once, met an error or is past its deadline.
#[derive(Clone, Debug, FromRow)]
pub struct StuckEffect {
    pub effect_id: Uuid,
    pub saga: String,
    pub instance: Uuid,
    pub step: String,
    pub status: String,
    pub attempt: i32,
    pub last_error: Option<String>,
}

impl fmt::Display for StuckEffect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            effect_id,
            saga,
            instance,
            step,
            status,
            attempt,
            last_error,
        } = self;
        let error = last_error.as_deref().unwrap_or("no error noted");
        write!(
            formatter,
            "{effect_id}  {saga}/{instance} {step}: {status} after {attempt} attempts: {error}"
        )
    }
}

/// How far behind the effects are that are neither done nor given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Backlog {
    /// How many are past the moment by which they are done or somebody looks.
    pub overdue: i64,
    /// How many were asked for more than ten minutes ago and failed when they were tried last.
    pub failing: i64,
    /// For how many seconds the one has been due that has been for longest; 0 where none is.
    pub oldest_due_seconds: i64,
}

/// How far behind the effects are. While the cluster does not answer, those on it are not said to fail or to be due: that is
/// told already, and they begin by themselves.
///
/// # Errors
/// The database's error.
pub async fn backlog(pool: &PgPool, cluster_answers: bool) -> sqlx::Result<Backlog> {
    sqlx::query_as(
        "select count(*) filter (where deadline_at < clock_timestamp()) as overdue,
           count(*) filter (where may_begin and last_error is not null
             and created_at < clock_timestamp() - interval '10 minutes') as failing,
           greatest(coalesce(extract(epoch from clock_timestamp()
             - min(coalesce(leased_until, due_at)) filter (where may_begin)), 0), 0)::bigint as oldest_due_seconds
         from (select *, $1 or not on_cluster as may_begin from work.effects
               where status in ('waiting', 'running')) undone",
    )
    .bind(cluster_answers)
    .fetch_one(pool)
    .await
}

/// Every effect that is stuck.
///
/// # Errors
/// The database's error.
pub async fn stuck(pool: &PgPool) -> sqlx::Result<Vec<StuckEffect>> {
    sqlx::query_as(
        "select effect_id, saga, instance, step, status, attempt, last_error from work.effects
         where status = 'dead' or (status in ('waiting', 'running')
           and (attempt > 1 or last_error is not null or deadline_at < clock_timestamp())) order by created_at",
    )
    .fetch_all(pool)
    .await
}

/// Tries a dead effect again, or takes it as done, on an operator's word. `false` where it is not dead.
///
/// # Errors
/// The database's error.
pub async fn revive(
    pool: &PgPool,
    effect: Uuid,
    skip: bool,
    actor: &str,
    reason: &str,
) -> sqlx::Result<bool> {
    let status = if skip { "done" } else { "waiting" };
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    let revived = sqlx::query(
        "update work.effects set status = $2, attempt = 0, unanswered = 0, due_at = clock_timestamp(),
           deadline_at = clock_timestamp() + interval '25 hours'
         where effect_id = $1 and status = 'dead'",
    )
    .bind(effect)
    .bind(status)
    .execute(&mut *transaction)
    .await?;
    if revived.rows_affected() == 0 {
        return Ok(false);
    }
    let command = if skip {
        "effects.skip"
    } else {
        "effects.retry"
    };
    let detail = serde_json::json!({ "effect": effect });
    let given = OperatorCommand {
        id: Uuid::now_v7(),
        actor,
        command,
        detail,
        reason,
    };
    given.record(&mut transaction).await?;
    transaction.commit().await?;
    Ok(true)
}
