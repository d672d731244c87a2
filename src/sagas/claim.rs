//! Claims on effects: which one may begin at this moment, for how long it is whose, and letting go of it.

use crate::store::{answer, answered};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, PgPool};
use uuid::Uuid;

#[derive(Debug, FromRow)]
pub(super) struct Claimed {
    pub(super) effect_id: Uuid,
    pub(super) saga: String,
    pub(super) instance: Uuid,
    pub(super) step: String,
    pub(super) body: Value,
    pub(super) correlation_id: Uuid,
    pub(super) cause_position: i64,
    pub(super) attempt: i32,
    pub(super) epoch: i64,
    /// How many attempts may have done it.
    pub(super) unanswered: i32,
    /// How the attempt before ended, if it failed.
    pub(super) last_error: Option<String>,
    /// It asks the cluster, or is a command that does.
    pub(super) on_cluster: bool,
    /// Its deadline is over: by then it should have been done.
    pub(super) overdue: bool,
}

/// Claims what is due for so many milliseconds: of these sagas, and one that is on the cluster only where such `may` begin.
/// Fair between customers, of whose effects so many are compared; how is told where the function `work.claim` is made.
pub(super) async fn claim(
    pool: &PgPool,
    sagas: &[&str],
    lease_ms: u64,
    may: bool,
    compared: usize,
) -> sqlx::Result<Option<Claimed>> {
    let claim = sqlx::query_as(
        "select effect_id, saga, instance, step, body, correlation_id, cause_position, attempt, epoch, unanswered, last_error,
           on_cluster, deadline_at < clock_timestamp() as overdue
         from work.claim($1, $2, $3, $4)",
    )
    .bind(i64::try_from(lease_ms).unwrap_or(i64::MAX))
    .bind(may)
    .bind(sagas)
    .bind(i64::try_from(compared).unwrap_or(i64::MAX));
    let mut connection = pool.acquire().await?;
    let claimed = answer(claim.fetch_optional(&mut *connection)).await;
    answered(&mut connection, claimed)
}

/// Claims it for as long again, and keeps what waits for a called off attempt waiting for as long. Says whether it was
/// called off.
pub(super) async fn renew(pool: &PgPool, claimed: &Claimed, lease_ms: u64) -> sqlx::Result<bool> {
    let renew = sqlx::query_scalar(
        "update work.effects set leased_until = clock_timestamp() + $3 * interval '1 millisecond'
         where effect_id = $1 and leased_until is not null and (epoch = $2 or status = 'cancelled')
         returning status",
    )
    .bind(claimed.effect_id)
    .bind(claimed.epoch)
    .bind(i64::try_from(lease_ms).unwrap_or(i64::MAX));
    let mut connection = pool.acquire().await?;
    let status = answer(renew.fetch_optional(&mut *connection)).await;
    let status: Option<String> = answered(&mut connection, status)?;
    Ok(status.is_some_and(|status| status == "cancelled"))
}

/// An attempt that was called off while it ran has ended: what waits for that may begin.
pub(super) async fn release(rows: &mut PgConnection, claimed: &Claimed) -> sqlx::Result<()> {
    sqlx::query(
        "update work.effects set leased_until = null where effect_id = $1 and status = 'cancelled'",
    )
    .bind(claimed.effect_id)
    .execute(rows)
    .await?;
    Ok(())
}

/// Ends the leases of effects under way, so that they are run again at once: for a process that knows
/// that no other one is left.
///
/// # Errors
/// The database's error.
pub async fn release_all(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query(
        "update work.effects set leased_until = clock_timestamp() where status = 'running'",
    )
    .execute(pool)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::sagas::{Action, Effect, Execute, GivenUp};
    use chrono::DateTime;
    use purser_domain::{
        ids::{InstanceId, SubscriptionId, WorkerId},
        instance::Step,
    };
    use uuid::Uuid;

    /// What tells the database. Where the effects below are others a newer migration has to, and stands here then.
    const MIGRATION: &str =
        include_str!("../../migrations/20261127054100_add_effects_on_cluster.sql");

    #[test]
    fn what_asks_the_cluster_is_known_by_the_name_that_it_is_stored_under() {
        let instance_id = InstanceId::new(Uuid::nil());
        let subscription_id = SubscriptionId::new(Uuid::nil());
        let worker_id = WorkerId::new(Uuid::nil());
        let effects = [
            Effect::Apply {
                subscription_id,
                step: Step::Guards,
            },
            Effect::Remove { subscription_id },
            Effect::ReportStuck { instance_id },
            Effect::Operate {
                instance_id,
                operation: 1,
                action: Action::Stop,
            },
            Effect::Heal {
                instance_id,
                attempt: 1,
            },
            Effect::KeepPassword {
                instance_id,
                operation: 1,
            },
            Effect::Cordon { worker_id },
            Effect::Drain { worker_id },
            Effect::GiveUpDrain {
                worker_id,
                drain: 1,
            },
            Effect::Execute(Execute::FailOperation {
                instance_id,
                operation: 1,
                cause: GivenUp::NotInTime,
                at: DateTime::UNIX_EPOCH,
            }),
        ];
        let stored = effects.map(|effect| {
            let body = serde_json::to_value(effect).unwrap();
            let command = body.get("command").unwrap_or(&body["kind"]);
            format!("'{}'", command.as_str().unwrap())
        });
        let told = format!("in ({})", stored.join(", "));
        assert!(MIGRATION.contains(&told), "{told}");
    }
}
