//! Which subscriptions renew by themselves, and which are not over.

use purser_domain::ids::{PlanId, SubscriptionId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// The subscriptions to a plan that are not over and renew by themselves, so many at most in the order of their ids, behind
/// `after`.
///
/// # Errors
/// The database's error.
pub async fn renewing_of_plan(
    rows: &mut PgConnection,
    plan: PlanId,
    after: Option<SubscriptionId>,
    limit: i64,
) -> sqlx::Result<Vec<SubscriptionId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from subscriptions where plan_id = $1 and ($2::uuid is null or id > $2)
           and auto_renew and cancel_on is null and status not in ('ended', 'terminated', 'failed')
         order by id limit $3",
    )
    .bind(plan.uuid())
    .bind(after.map(SubscriptionId::uuid))
    .bind(limit)
    .fetch_all(rows)
    .await?;
    Ok(ids.into_iter().map(SubscriptionId::new).collect())
}

/// A customer's subscriptions that are not over and renew by themselves.
///
/// # Errors
/// The database's error.
pub async fn renewing_of_user(
    rows: &mut PgConnection,
    user: UserId,
) -> sqlx::Result<Vec<SubscriptionId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from subscriptions where user_id = $1
           and auto_renew and cancel_on is null and status not in ('ended', 'terminated', 'failed')",
    )
    .bind(user.uuid())
    .fetch_all(rows)
    .await?;
    Ok(ids.into_iter().map(SubscriptionId::new).collect())
}

/// Some of a customer's subscriptions that are not over, twenty at most.
///
/// # Errors
/// The database's error.
pub async fn open_of_user(
    rows: &mut PgConnection,
    user: UserId,
) -> sqlx::Result<Vec<SubscriptionId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from subscriptions where user_id = $1
           and status not in ('ended', 'terminated', 'failed') limit 20",
    )
    .bind(user.uuid())
    .fetch_all(rows)
    .await?;
    Ok(ids.into_iter().map(SubscriptionId::new).collect())
}
