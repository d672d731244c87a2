//! What the gateway sends on its own: checked, sealed and recorded, nothing more. What it means is
//! asked of the gateway afterwards.

use super::{Midtrans, Notification, UnreadableNotification, top_ups::top_up_of};
use crate::{
    auth::{Vault, VaultError, field},
    store::{Appender, Asking, CommandError, States, StoreError},
};
use purser_domain::{
    Actor,
    decisions::One,
    ids::TopUpId,
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
        let Some(top_up_id) = top_up_of(&notification.order_id) else {
            return Ok(unknown());
        };
        let top_up = self.states.recall::<TopUp>(&top_up_id).await?;
        let Some(payer) = top_up.user_id() else {
            return Ok(unknown());
        };
        let digest: [u8; 32] = Sha256::digest(raw).into();
        let body = String::from_utf8_lossy(raw);
        let sealed = self.vault.seal(payer.uuid(), field::NOTIFICATION, &body);
        let record = One::<TopUp> {
            id: top_up_id,
            command: TopUpCommand::RecordNotification {
                digest: hex::encode(digest),
                body: sealed.await?,
            },
        };
        let asking = Asking {
            key: Some(hex::encode(digest)),
            body_hash: digest,
            request_id,
            correlation_id,
        };
        let context = asking.by(Actor::Gateway, "record_notification");
        self.appender.execute(context.command(record)).await?;
        Ok(Received::Recorded(top_up_id))
    }
}

/// Answered like any other, or the gateway would repeat it; the log is where somebody may wonder.
fn unknown() -> Received {
    tracing::warn!("the payment gateway sent genuine word of an order that is not ours");
    Received::UnknownOrder
}
