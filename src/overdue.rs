//! A second pair of eyes on the calendar. What time asks of a subscription is asked by the saga `renewal`, which hears of
//! events and keeps timers; what it missed, because it was activated later than the history began, because its effect was
//! given up or a timer lost with a restored database, is asked here: every five minutes of every subscription whose date
//! is an hour past. The decision knows what is due, so that both may ask and it is done once.

use crate::{
    clock::Clock,
    rounds::Rounds,
    store::{Appender, Command, CommandError},
};
use chrono::{Duration as Span, NaiveDate};
use purser_domain::{
    Actor,
    decisions::{Advance, Advanced, Paying, Policy},
    ids::{ServiceId, SubscriptionId, UserId, WalletId, derived},
    period::jakarta_date,
};
use purser_projections::subscriptions;
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEASE: &str = "overdue";
/// A clock that is moved is looked at at once.
const LOOK: Duration = Duration::from_secs(300);
/// The saga's turn comes first.
const GRACE_MINUTES: i64 = 60;

/// Looks for what is overdue until told to stop.
pub struct Overdue {
    pub pool: PgPool,
    pub appender: Appender,
    pub clock: Clock,
    pub policy: Policy,
}

impl Overdue {
    pub async fn run(self, holder: Uuid, stop: CancellationToken) {
        let rounds = Rounds {
            pool: &self.pool,
            lease: LEASE,
            clock: &self.clock,
            every: LOOK,
        };
        rounds
            .run(holder, stop, || Box::pin(self.look()), warn)
            .await;
    }

    async fn look(&self) -> sqlx::Result<()> {
        let now = self.clock.now();
        let today = jakarta_date(now - Span::minutes(GRACE_MINUTES));
        let mut connection = self.pool.acquire().await?;
        let overdue = subscriptions::overdue(&mut connection, today).await?;
        drop(connection);
        for found in overdue {
            self.ask(&found, today).await;
        }
        Ok(())
    }

    /// Once a day: what the decision leaves as it is today it may move tomorrow.
    async fn ask(&self, found: &subscriptions::OverdueRow, today: NaiveDate) {
        let subscription_id = SubscriptionId::new(found.id);
        let advance = Advance {
            paying: Paying {
                subscription_id,
                wallet_id: WalletId::of(UserId::new(found.user_id)),
                service_id: ServiceId::new(found.service_id),
            },
            policy: self.policy,
            at: self.clock.now(),
        };
        let version = found.version.to_string();
        let id = derived(&[
            "overdue",
            &found.id.to_string(),
            &version,
            &today.to_string(),
        ]);
        let command = Command::of_effect(id, id, Actor::System("overdue"), advance);
        match self.appender.execute(command).await {
            Ok(committed) => match committed.answer() {
                Ok(Advanced::Nothing) => {}
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    subscription.id = %subscription_id,
                    "nobody knows what was decided about an overdue subscription"
                ),
                Ok(done) => tracing::warn!(
                    subscription.id = %subscription_id,
                    "a subscription was overdue since {}: {}", found.due_on, done.as_str()
                ),
            },
            Err(CommandError::Refused(refused)) => tracing::error!(
                subscription.id = %subscription_id,
                "an overdue subscription stays as it is: {}", refused.code
            ),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                subscription.id = %subscription_id,
                "an overdue subscription could not be decided about; it is tried again"
            ),
        }
    }
}

fn warn(error: &sqlx::Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "overdue subscriptions could not be looked for; it is tried again"
    );
}
