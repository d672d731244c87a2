//! What the gateway sends on its own: kept as it came, checked, sealed and recorded, nothing more. What it means is
//! asked of the gateway afterwards.

use super::{Midtrans, Notification, UnreadableNotification, client::is_id, top_ups::top_up_of};
use crate::{
    auth::{Vault, VaultError, field},
    inbox::{Arrival, Inbox, NotificationRow, Outcome},
    store::{Appender, Asking, CommandError, Reader, States, StoreError},
};
use purser_domain::{
    Actor, Event, StreamId,
    case::{Case, CaseCommand, CaseKind, Matter},
    decisions::One,
    ids::{CaseId, TopUpId, UserId},
    sealed::Sealed,
    top_up::{TopUp, TopUpCommand, TopUpEvent},
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
    inbox: Inbox,
    reader: Reader,
}

impl Notifications {
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        vault: Vault,
        gateway: Arc<Midtrans>,
        inbox: Inbox,
        reader: Reader,
    ) -> Self {
        Self {
            appender,
            states,
            vault,
            gateway,
            inbox,
            reader,
        }
    }

    /// Keeps the bytes as they came, and records those that are signed, once.
    ///
    /// # Errors
    /// Not a notification, not signed by the gateway, or not kept or recorded for the store's trouble.
    pub async fn receive(
        &self,
        raw: &[u8],
        request_id: Uuid,
        correlation_id: Uuid,
    ) -> Result<Received, NotificationError> {
        let digest: [u8; 32] = Sha256::digest(raw).into();
        let read = self.read(raw);
        let order_id = read.as_ref().ok().map(|genuine| &*genuine.order_id);
        let arrival = Arrival {
            digest,
            body: raw,
            order_id: order_id.filter(|id| is_id(id)),
            outcome: outcome_of(&read),
        };
        self.inbox.keep(&arrival).await?;
        let notification = read?;
        let asking = Asking {
            key: Some(hex::encode(digest)),
            body_hash: digest,
            request_id,
            correlation_id,
        };
        let Some((top_up_id, payer)) = self.order(&notification.order_id).await? else {
            self.unknown(&asking, notification).await?;
            self.inbox.unknown(digest).await?;
            return Ok(Received::UnknownOrder);
        };
        let record = One::<TopUp> {
            id: top_up_id,
            command: TopUpCommand::RecordNotification {
                digest: hex::encode(digest),
                body: self.sealed(payer, raw).await?,
                transaction_id: notification.transaction_id.filter(|id| is_id(id)),
            },
        };
        let context = asking.by(Actor::Gateway, "record_notification");
        self.appender.execute(context.command(record)).await?;
        self.inbox.recorded(digest, top_up_id).await?;
        Ok(Received::Recorded(top_up_id))
    }

    /// Of who was erased nothing is kept; what became of the order is asked all the same.
    async fn sealed(&self, payer: UserId, raw: &[u8]) -> Result<Sealed, VaultError> {
        let body = String::from_utf8_lossy(raw);
        let sealed = self.vault.seal(payer.uuid(), field::NOTIFICATION, &body);
        match sealed.await {
            Err(VaultError::Erased) => Vault::seal_nothing(payer.uuid(), field::NOTIFICATION),
            sealed => sealed,
        }
    }

    /// Pure: what the bytes are, before anybody is asked.
    fn read(&self, raw: &[u8]) -> Result<Notification, NotificationError> {
        let notification = Notification::parse(raw)?;
        match self.gateway.verify_signature(&notification) {
            true => Ok(notification),
            false => Err(NotificationError::BadSignature),
        }
    }

    /// What came in.
    pub const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The body of what came in, from the inbox or the history; `None` where its payer was erased.
    ///
    /// # Errors
    /// The store's trouble.
    pub async fn body(&self, row: &NotificationRow) -> Result<Option<String>, NotificationError> {
        if let Some(top_up_id) = row.top_up_id {
            return self.recorded(TopUpId::new(top_up_id), &row.digest).await;
        }
        let body = self.inbox.body(row.id).await?;
        Ok(body.map(|body| String::from_utf8_lossy(&body).into_owned()))
    }

    async fn recorded(
        &self,
        top_up_id: TopUpId,
        wanted: &str,
    ) -> Result<Option<String>, NotificationError> {
        let stream = StreamId::of::<TopUp>(&top_up_id);
        for stored in self.reader.stream(&stream, 0).await? {
            let Event::TopUp(TopUpEvent::Notified { digest, body, .. }) = stored.decode()?.event
            else {
                continue;
            };
            if digest == wanted {
                return match self.vault.open(&body, field::NOTIFICATION).await {
                    Err(VaultError::Erased) => Ok(None),
                    opened => Ok(Some(opened?)),
                };
            }
        }
        Ok(None)
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
    ) -> Result<(), NotificationError> {
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
        Ok(())
    }
}

const fn outcome_of(read: &Result<Notification, NotificationError>) -> Outcome {
    match read {
        Ok(_) => Outcome::Received,
        Err(NotificationError::BadSignature) => Outcome::BadSignature,
        Err(_) => Outcome::Unreadable,
    }
}
