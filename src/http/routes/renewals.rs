use super::Tag;
use crate::{
    http::{
        Parts,
        answer::Accepted,
        body::Body,
        caller::Customer,
        error::{ApiError, Buying, Command},
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
    },
    store::Committed,
};
use chrono::NaiveDate;
use poem_openapi::{Object, OpenApi, param::Path, types::Example};
use purser_domain::{
    Refused,
    decisions::{Advanced, Paying, Renew, RenewalSwitched, SwitchRenewal, Wish, WishAbout},
    ids::SubscriptionId,
    subscription::{Subscription, SubscriptionError},
};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// A change of a subscription that was recorded.
#[derive(Object)]
pub(super) struct ChangedSubscription {
    subscription_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the subscription.
    version: i64,
}

impl ChangedSubscription {
    pub(super) fn answer(committed: &Committed, id: Uuid) -> Accepted<Self> {
        let body = Self {
            subscription_id: id,
            position: committed.position,
            version: committed.version,
        };
        Accepted::new(committed, body)
    }
}

/// A period that was paid.
#[derive(Object)]
struct RenewedSubscription {
    subscription_id: Uuid,
    /// `renewed`: the paid time is one period longer. `resuming`: it was suspended, and the new period begins when the app
    /// is seen to be ready. `resumed`: it was suspended and its customer has stopped it, so that the new period began
    /// at once.
    outcome: String,
    /// The position of the commit.
    position: i64,
    /// The version of the subscription.
    version: i64,
}

/// A subscription that renews by itself from now on, or does not.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct SwitchedRenewal {
    subscription_id: Uuid,
    /// Whether it renews by itself.
    automatic: bool,
    /// The first day of the next period, in Jakarta; absent where none follows by itself or nobody knows when.
    next_period: Option<NaiveDate>,
    /// What the next period costs, less what a coupon takes off, in whole rupiah.
    next_price: Option<i64>,
    /// The first day of the first period that costs another price, because that was announced; absent where none was.
    new_price_from: Option<NaiveDate>,
    /// What it costs, before what a coupon takes off, in whole rupiah.
    new_price: Option<i64>,
    /// The position of the commit.
    position: i64,
    /// The version of the subscription.
    version: i64,
}

impl SwitchedRenewal {
    fn answer(committed: &Committed, id: Uuid, automatic: bool) -> Result<Accepted<Self>, Problem> {
        // An answer of before anything was told of what follows is the subscription's id alone.
        let told: Option<RenewalSwitched> = committed.answer_since(Value::is_object)?;
        let RenewalSwitched { next, repriced } = told.unwrap_or_default();
        let body = Self {
            subscription_id: id,
            automatic,
            next_period: next.map(|next| next.from),
            next_price: next.map(|next| next.price.get()),
            new_price_from: repriced.map(|repriced| repriced.from),
            new_price: repriced.map(|repriced| repriced.price.get()),
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(committed, body))
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct SwitchRenewalRequest {
    /// Whether the subscription renews by itself when its paid time is over. Where it does not, it stops then, without days
    /// of grace.
    automatic: bool,
}

impl Example for SwitchRenewalRequest {
    fn example() -> Self {
        Self { automatic: false }
    }
}

pub(in crate::http) struct RenewalRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/subscriptions", tag = "Tag::Subscriptions")]
impl RenewalRoutes {
    /// Pay for one more period.
    ///
    /// It begins where the paid time ends, which may be 12 months ahead at most. What is suspended is resumed: that costs
    /// one period and the days of grace before the suspension.
    #[oai(
        path = "/:id/renew",
        method = "put",
        operation_id = "renew_subscription"
    )]
    async fn renew(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<RenewedSubscription>, ApiError<Buying>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "renew_subscription", &[id.0], &NO_BODY)?;
        let renew = Renew {
            paying: self.paying(SubscriptionId::new(id.0)).await?,
            policy: self.0.policy,
            asked_by: customer.id(),
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(renew)).await?;
        let outcome: Advanced = committed.answer()?;
        let body = RenewedSubscription {
            subscription_id: id.0,
            outcome: outcome.as_str().into(),
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }

    /// Say whether a subscription renews by itself.
    ///
    /// Where it does, the answer names the price of the next period, and one that was announced for a later one.
    #[oai(
        path = "/:id/auto-renew",
        method = "put",
        operation_id = "switch_renewal"
    )]
    async fn switch(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
        body: Body<SwitchRenewalRequest>,
    ) -> Result<Accepted<SwitchedRenewal>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "switch_renewal", &[id.0], &body.0)?;
        let automatic = body.0.automatic;
        let switch = SwitchRenewal {
            paying: self.paying(SubscriptionId::new(id.0)).await?,
            policy: self.0.policy,
            asked_by: customer.id(),
            automatic,
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(switch)).await?;
        Ok(SwitchedRenewal::answer(&committed, id.0, automatic)?)
    }

    /// Take back a cancellation that has not come to its end yet.
    #[oai(
        path = "/:id/cancellation",
        method = "delete",
        operation_id = "undo_cancellation"
    )]
    async fn undo_cancellation(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedSubscription>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "undo_cancellation", &[id.0], &NO_BODY)?;
        let wish = self.wish(&customer, id.0, Wish::UndoCancellation);
        let committed = self.0.appender.execute(context.command(wish)).await?;
        Ok(ChangedSubscription::answer(&committed, id.0))
    }
}

impl RenewalRoutes {
    fn wish(&self, customer: &Customer, id: Uuid, wish: Wish) -> WishAbout {
        WishAbout {
            subscription_id: SubscriptionId::new(id),
            asked_by: customer.id(),
            wish,
            at: self.0.clock.now(),
        }
    }

    /// Which wallet and service a subscription belongs to never changes, so what is remembered is right.
    async fn paying(&self, subscription_id: SubscriptionId) -> Result<Paying, Problem> {
        let subscription = self
            .0
            .states
            .recall::<Subscription>(&subscription_id)
            .await?;
        let terms = subscription
            .terms()
            .ok_or_else(|| Refused::from(SubscriptionError::NotFound))?;
        Ok(Paying {
            subscription_id,
            wallet_id: terms.wallet_id,
            service_id: terms.service_id,
        })
    }
}
