use crate::http::{
    Parts,
    answer::Accepted,
    body::Body,
    caller::Admin,
    error::{ApiError, Command},
    fields::Fields,
    idempotency::Keyed,
    problem::Problem,
    routes::{Tag, renewals::ChangedSubscription},
};
use poem_openapi::{Object, OpenApi, param::Path, types::Example};
use purser_domain::{
    Refused,
    decisions::{Asker, EndNow, Extend},
    ids::{SubscriptionId, WalletId},
    subscription::{Subscription, SubscriptionError},
    text::Reason,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ExtendSubscriptionRequest {
    /// By how many days the paid time is longer, at no price.
    #[oai(validator(minimum(value = "1"), maximum(value = "366")))]
    days: u32,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for ExtendSubscriptionRequest {
    fn example() -> Self {
        Self {
            days: 3,
            reason: "it was slow for days, see ticket 4711".into(),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct EndSubscriptionRequest {
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for EndSubscriptionRequest {
    fn example() -> Self {
        Self {
            reason: "by order of a court, see ticket 4711".into(),
        }
    }
}

pub(in crate::http) struct AdminSubscriptionRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/subscriptions", tag = "Tag::Administration")]
impl AdminSubscriptionRoutes {
    /// Move the end of a subscription's paid time, at no price.
    #[oai(
        path = "/:id/extend",
        method = "post",
        operation_id = "extend_subscription"
    )]
    async fn extend(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
        body: Body<ExtendSubscriptionRequest>,
    ) -> Result<Accepted<ChangedSubscription>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "extend_subscription", &[id.0], &body.0)?;
        let extend = Extend {
            subscription_id: SubscriptionId::new(id.0),
            days: body.0.days,
            reason: parse(&body.0.reason)?,
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(extend)).await?;
        Ok(ChangedSubscription::answer(&committed, id.0))
    }

    /// End a subscription at once. What is left of what was paid comes back; app and data are removed.
    #[oai(path = "/:id/end", method = "post", operation_id = "end_subscription")]
    async fn end(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
        body: Body<EndSubscriptionRequest>,
    ) -> Result<Accepted<ChangedSubscription>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "end_subscription", &[id.0], &body.0)?;
        let subscription_id = SubscriptionId::new(id.0);
        let end = EndNow {
            subscription_id,
            wallet_id: self.wallet_of(subscription_id).await?,
            asked_by: Asker::Staff(parse(&body.0.reason)?),
            policy: self.0.policy,
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(end)).await?;
        Ok(ChangedSubscription::answer(&committed, id.0))
    }
}

impl AdminSubscriptionRoutes {
    async fn wallet_of(&self, id: SubscriptionId) -> Result<WalletId, Problem> {
        let subscription = self.0.states.recall::<Subscription>(&id).await?;
        let missing = || Refused::from(SubscriptionError::NotFound);
        Ok(subscription.terms().ok_or_else(missing)?.wallet_id)
    }
}

fn parse(reason: &str) -> Result<Reason, Problem> {
    let mut fields = Fields::default();
    let reason = fields.parse("/reason", reason);
    fields.done(reason)
}
