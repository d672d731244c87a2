//! What the gateway sends on its own: checked, sealed and recorded, nothing more. What it means is
//! asked of the gateway afterwards.

use super::{Midtrans, Notification, UnreadableNotification, client::is_id, top_ups::top_up_of};
use crate::{
    auth::{Vault, VaultError, field},
    store::{Appender, Asking, CommandError, States, StoreError},
};
use purser_domain::{
    Actor,
    case::{Case, CaseCommand, CaseKind, Matter},
    decisions::One,
    ids::{CaseId, TopUpId, UserId},
    top_up::{TopUp, TopUpCommand},
};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// A notification was not recorded. The gateway repeats it where it was our fault.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    #[error(transparent)]
    Unreadable(#[from] UnreadableNotification),
    #[error("the notification is not signed with a key of ours")]
    BadSignature,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl From<StoreError> for NotificationError {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It stands in the history, since now or before.
    Recorded(TopUpId),
    /// Genuine, but about an order that is not ours.
    UnknownOrder,
}

/// Takes notifications in.
#[derive(Clone)]
pub struct Notifications {
    appender: Appender,
    states: Arc<States>,
    vault: Vault,
    gateway: Arc<Midtrans>,
}

impl Notifications {
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        vault: Vault,
        gateway: Arc<Midtrans>,
    ) -> Self {
        Self {
            appender,
            states,
            vault,
            gateway,
        }
    }

    /// Records the bytes as they came, once.
    ///
    /// # Errors
    /// Not a notification, not signed by the gateway, or not recorded for the store's trouble.
    pub async fn receive(
        &self,
        raw: &[u8],
        request_id: Uuid,
        correlation_id: Uuid,
    ) -> Result<Received, NotificationError> {
        let notification = Notification::parse(raw)?;
        if !self.gateway.verify_signature(&notification) {
            return Err(NotificationError::BadSignature);
        }
        let digest: [u8; 32] = Sha256::digest(raw).into();
        let asking = Asking {
            key: Some(hex::encode(digest)),
            body_hash: digest,
            request_id,
            correlation_id,
        };
        let Some((top_up_id, payer)) = self.order(&notification.order_id).await? else {
            return self.unknown(&asking, notification).await;
        };
        let body = String::from_utf8_lossy(raw);
        let sealed = self.vault.seal(payer.uuid(), field::NOTIFICATION, &body);
        let record = One::<TopUp> {
            id: top_up_id,
            command: TopUpCommand::RecordNotification {
                digest: hex::encode(digest),
                body: sealed.await?,
                transaction_id: notification.transaction_id.filter(|id| is_id(id)),
            },
        };
        let context = asking.by(Actor::Gateway, "record_notification");
        self.appender.execute(context.command(record)).await?;
        Ok(Received::Recorded(top_up_id))
    }

    async fn order(&self, order_id: &str) -> Result<Option<(TopUpId, UserId)>, StoreError> {
        let Some(top_up_id) = top_up_of(order_id) else {
            return Ok(None);
        };
        let top_up = self.states.recall::<TopUp>(&top_up_id).await?;
        Ok(top_up.user_id().map(|payer| (top_up_id, payer)))
    }

    /// Answered like any other, or the gateway would repeat it; somebody should wonder, once an order. The order's name
    /// is signed, so nobody but the gateway makes such cases.
    async fn unknown(
        &self,
        asking: &Asking,
        notification: Notification,
    ) -> Result<Received, NotificationError> {
        tracing::warn!("the payment gateway sent genuine word of an order that is not ours");
        let id = CaseId::of(&["unknown-order", &notification.order_id]);
        let matter = Box::new(Matter {
            kind: CaseKind::UnknownOrder,
            finding: "the gateway sent genuine word of an order that is not ours".into(),
            order_id: Some(notification.order_id.chars().take(64).collect()),
            transaction_id: notification.transaction_id.filter(|id| is_id(id)),
            top_up_id: None,
            wallet_id: None,
            payout_id: None,
        });
        let open = One::<Case> {
            id,
            command: CaseCommand::Open { matter },
        };
        let context = asking.by(Actor::Gateway, "open_case");
        self.appender.execute(context.command(open)).await?;
        Ok(Received::UnknownOrder)
    }
}
