//! The letters that were asked for, as the work list knows them.

use super::effect::Effect;
use chrono::{DateTime, Utc};
use purser_domain::ids::{MailId, UserId};
use serde_json::Value;
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

/// A letter to a customer, without its words.
#[derive(Clone, Debug, FromRow)]
pub struct SentMail {
    pub id: Uuid,
    /// Which letter: `welcome`, `payment_received`.
    pub letter: String,
    pub status: String,
    pub asked_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}

const SELECT: &str =
    "select effect_id id, coalesce(body->'letter'->>'letter', 'alert') letter, status,
    created_at asked_at, case status when 'done' then finished_at end sent_at from work.effects
    where body->>'kind' in ('send', 'send_to_owner', 'send_to_payer', 'alert')";

/// The newest letters of a customer, so many at most.
///
/// # Errors
/// The database's error.
pub async fn mails_of(pool: &PgPool, customer: UserId, limit: i64) -> sqlx::Result<Vec<SentMail>> {
    let select = format!("{SELECT} and customer = $1 order by created_at desc, effect_id limit $2");
    sqlx::query_as(&select)
        .bind(customer.uuid())
        .bind(limit)
        .fetch_all(pool)
        .await
}

/// One letter.
///
/// # Errors
/// The database's error.
pub async fn mail(pool: &PgPool, id: MailId) -> sqlx::Result<Option<SentMail>> {
    let select = format!("{SELECT} and effect_id = $1");
    sqlx::query_as(&select)
        .bind(id.uuid())
        .fetch_optional(pool)
        .await
}

/// What was asked for under this id; `None` where it is not known, or cannot be read any more.
pub(super) async fn asked(pool: &PgPool, id: MailId) -> sqlx::Result<Option<Effect>> {
    let body: Option<Value> =
        sqlx::query_scalar("select body from work.effects where effect_id = $1")
            .bind(id.uuid())
            .fetch_optional(pool)
            .await?;
    Ok(body.and_then(|body| serde_json::from_value(body).ok()))
}
