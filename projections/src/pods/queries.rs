//! What is asked of `pods`.

use super::{PodRow, PodStatus};
use crate::{owned, pages::Page};
use purser_domain::ids::{InstanceId, UserId};
use sqlx::PgConnection;

/// A customer's pods, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page_of_user(
    rows: &mut PgConnection,
    user: UserId,
    page: &Page,
) -> sqlx::Result<(Vec<PodRow>, Option<String>)> {
    owned::page(rows, user, page).await
}

/// A customer's pod; somebody else's is not found.
///
/// # Errors
/// The database's error.
pub async fn of_user(
    rows: &mut PgConnection,
    user: UserId,
    instance: InstanceId,
) -> sqlx::Result<Option<PodRow>> {
    owned::one(rows, user, instance.uuid()).await
}

/// A pod, whoever's it is: for staff.
///
/// # Errors
/// The database's error.
pub async fn by_id(rows: &mut PgConnection, instance: InstanceId) -> sqlx::Result<Option<PodRow>> {
    owned::any(rows, instance.uuid()).await
}

/// How many pods there are, by status; those removed are left out.
///
/// # Errors
/// The database's error.
pub async fn by_status(rows: &mut PgConnection) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "select status, count(*) from pods where status <> 'removed' group by status order by status",
    )
    .fetch_all(rows)
    .await
}

/// How it is with the newest pod under a subdomain that is not gone.
///
/// # Errors
/// The database's error.
pub async fn status_under(
    rows: &mut PgConnection,
    subdomain: &str,
) -> sqlx::Result<Option<PodStatus>> {
    sqlx::query_scalar(
        "select status from pods where subdomain = $1 and status <> 'removed' order by position desc limit 1",
    )
    .bind(subdomain)
    .fetch_optional(rows)
    .await
}
