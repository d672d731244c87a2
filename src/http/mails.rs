//! Letters that were sent: what the API asks of the work list.

use crate::store::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use purser_domain::ids::{MailId, UserId};
use uuid::Uuid;

/// A letter, without its words and without who it went to.
#[derive(Clone, Debug, Object)]
#[oai(rename = "Mail", skip_serializing_if_is_none)]
pub struct MailInfo {
    /// Its id, and what its `Message-ID` begins with.
    pub id: Uuid,
    /// Which letter: `welcome`, `payment_received`.
    pub letter: String,
    /// `waiting`, `running`, `done`, `dead` where the mail server refused it for good, or `cancelled`.
    pub status: String,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When the mail server took it.
    pub sent_at: Option<DateTime<Utc>>,
}

impl MailInfo {
    /// Whether it is still to be sent.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.status.as_str(), "waiting" | "running")
    }
}

/// Knows the letters.
#[async_trait]
pub trait Mails: Send + Sync {
    /// The newest of a customer.
    async fn of(&self, customer: UserId, limit: i64) -> Result<Vec<MailInfo>, StoreError>;

    async fn get(&self, id: MailId) -> Result<Option<MailInfo>, StoreError>;
}
