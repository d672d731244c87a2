//! A saga as a follower of the history.

use super::{
    saga::{AnySaga, Heard},
    storage::{self, Cause, ReactError},
};
use crate::relay::{ApplyError, Follower};
use async_trait::async_trait;
use purser_domain::{
    Event, Recorded, ids::UserId, instance::InstanceEvent, subscription::SubscriptionEvent,
    top_up::TopUpEvent, user::UserEvent, wallet::WalletEvent,
};
use sqlx::{PgConnection, PgPool};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

/// Feeds a saga and wakes the workers after each commit that something came of.
pub struct SagaFollower {
    name: String,
    saga: Arc<dyn AnySaga>,
    wake: Arc<Notify>,
    /// Whether something came of an event since the workers were woken last.
    reacted: AtomicBool,
}

impl SagaFollower {
    pub fn new(saga: Arc<dyn AnySaga>, wake: Arc<Notify>) -> Self {
        Self {
            name: checkpoint_of(saga.name()),
            saga,
            wake,
            reacted: AtomicBool::new(false),
        }
    }

    /// Gives the saga its place in the history: the head, the first time it is started. What happened
    /// before its activation never causes an effect.
    ///
    /// # Errors
    /// The database's error.
    pub async fn activate(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query(
            "insert into checkpoints (name, position)
             select $1, coalesce((select max(position) from events), 0) on conflict do nothing",
        )
        .bind(&self.name)
        .execute(pool)
        .await?;
        Ok(())
    }
}

/// The first event of a stream says whose it is.
fn customer_named_by(event: &Event) -> Option<UserId> {
    match event {
        Event::User(UserEvent::Registered { user_id, .. })
        | Event::TopUp(TopUpEvent::Requested { user_id, .. }) => Some(*user_id),
        Event::Wallet(WalletEvent::Opened { owner }) => Some(*owner),
        Event::Subscription(SubscriptionEvent::Ordered { terms, .. }) => Some(terms.user_id),
        Event::Instance(InstanceEvent::Requested { wanted, .. }) => Some(wanted.user_id),
        _ => None,
    }
}

/// Why the event at this position cannot be applied. A state that this build cannot read may be that of a newer one.
fn refused(position: i64, error: ReactError) -> ApplyError {
    let reason = crate::chain_of(&error);
    match error {
        ReactError::Database(error) => error.into(),
        ReactError::State { .. } => ApplyError::Unreadable { position, reason },
        ReactError::Panicked { .. } => ApplyError::Event { position, reason },
    }
}

/// The name of a saga's checkpoint.
pub(super) fn checkpoint_of(saga: &str) -> String {
    format!("saga:{saga}")
}

#[async_trait]
impl Follower for SagaFollower {
    fn name(&self) -> &str {
        &self.name
    }

    fn concerns(&self, event: &Recorded) -> bool {
        self.saga.instance(event).is_some()
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        for event in events {
            let Some(instance) = self.saga.instance(event) else {
                continue;
            };
            let cause = Cause {
                position: event.position,
                correlation_id: event.metadata.correlation_id,
                customer: customer_named_by(&event.event),
            };
            if let Some(customer) = cause.customer {
                storage::belongs_to(rows, instance, customer).await?;
            }
            match storage::react(rows, &*self.saga, instance, Heard::Event(event), cause).await {
                Ok(reacted) => drop(self.reacted.fetch_or(reacted, Ordering::SeqCst)),
                Err(error) => return Err(refused(event.position, error)),
            }
        }
        Ok(())
    }

    fn applied(&self) {
        if self.reacted.swap(false, Ordering::SeqCst) {
            self.wake.notify_one();
        }
    }
}
