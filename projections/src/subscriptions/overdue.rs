//! What time should have moved on.

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A subscription whose date has come, and which is as it was before.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OverdueRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub service_id: Uuid,
    /// The version of the subscription's stream.
    pub version: i64,
    /// The date that has come, in Asia/Jakarta.
    pub due_on: NaiveDate,
}

/// Every subscription that is paid, in grace or suspended until a date not later than `today`.
///
/// # Errors
/// The database's error.
pub async fn overdue(rows: &mut PgConnection, today: NaiveDate) -> sqlx::Result<Vec<OverdueRow>> {
    sqlx::query_as(
        "select id, user_id, service_id, version, due_on from (
           select id, user_id, service_id, version, case status
             when 'active' then period_end
             when 'past_due' then grace_until
             when 'suspended' then delete_on
           end as due_on from subscriptions) live
         where due_on <= $1 order by due_on, id",
    )
    .bind(today)
    .fetch_all(rows)
    .await
}
