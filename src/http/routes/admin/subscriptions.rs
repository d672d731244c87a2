use crate::http::{
    Parts,
    acting::Asked,
    body::Body,
    caller::Admin,
    error::{ApiError, Command},
    fields::{Fields, amount_and_reason},
    idempotency::Keyed,
    problem::Problem,
    routes::{Tag, renewals::ChangedSubscription},
};
use poem_openapi::{Object, OpenApi, param::Path, types::Example};
use purser_domain::{
    Refused, Rupiah,
    approval::Deed,
    ids::{CreditId, SubscriptionId, UserId},
    service::Service,
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

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct GiveBackRequest {
    /// In rupiah; at most what was used of one charge and not given back.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000000")))]
    amount: i64,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for GiveBackRequest {
    fn example() -> Self {
        Self {
            amount: 10_000,
            reason: "it was slow for days, see ticket 4711".into(),
        }
    }
}

pub(in crate::http) struct AdminSubscriptionRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/subscriptions", tag = "Tag::Administration")]
impl AdminSubscriptionRoutes {
    /// Move the end of a subscription's paid time, at no price.
    ///
    /// Where the days are worth more than you may give by yourself it is held for another one's approval.
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
    ) -> Result<Asked<ChangedSubscription, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "extend_subscription", &[id.0], &body.0)?;
        let subscription_id = SubscriptionId::new(id.0);
        let extend = Deed::Extend {
            subscription_id,
            days: body.0.days,
            next: self.next_price(subscription_id).await?,
            reason: parse(&body.0.reason)?,
        };
        let user = self.customer_of(subscription_id).await?;
        let outcome = self.0.act(&admin, &context, Some(user), extend).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedSubscription::answer(done, id.0)
        }))
    }

    /// Give back something of what was used, to the credit that it came from.
    ///
    /// It is taken off the newest charge of which so much was used, so that revenue and VAT go down with it and a credit
    /// note follows. Days to come are not touched. Where it is more than you may move by yourself it is held for another
    /// one's approval.
    #[oai(
        path = "/:id/give-back",
        method = "post",
        operation_id = "give_back_of_subscription"
    )]
    async fn give_back(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
        body: Body<GiveBackRequest>,
    ) -> Result<Asked<ChangedSubscription, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let operation = "give_back_of_subscription";
        let context = ask.context(keys, admin.actor(), operation, &[id.0], &body.0)?;
        let subscription_id = SubscriptionId::new(id.0);
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let give_back = Deed::GiveBack {
            credit_id: CreditId::new(context.derive("credit")),
            subscription_id,
            amount,
            reason,
        };
        let user = self.customer_of(subscription_id).await?;
        let outcome = self.0.act(&admin, &context, Some(user), give_back).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedSubscription::answer(done, id.0)
        }))
    }

    /// End a subscription at once. What is left of what was paid comes back; app and data are removed.
    ///
    /// Where that is more than you may move by yourself it is held for another one's approval.
    #[oai(path = "/:id/end", method = "post", operation_id = "end_subscription")]
    async fn end(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
        body: Body<EndSubscriptionRequest>,
    ) -> Result<Asked<ChangedSubscription, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "end_subscription", &[id.0], &body.0)?;
        let subscription_id = SubscriptionId::new(id.0);
        let end = Deed::End {
            subscription_id,
            reason: parse(&body.0.reason)?,
        };
        let user = self.customer_of(subscription_id).await?;
        let outcome = self.0.act(&admin, &context, Some(user), end).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedSubscription::answer(done, id.0)
        }))
    }
}

impl AdminSubscriptionRoutes {
    /// What the next period costs, as far as the catalogue tells.
    async fn next_price(&self, id: SubscriptionId) -> Result<Option<Rupiah>, Problem> {
        let subscription = self.0.states.load::<Subscription>(&id).await?;
        let missing = || Refused::from(SubscriptionError::NotFound);
        let terms = subscription.terms().ok_or_else(missing)?;
        let agreed = subscription.agreed().ok_or_else(missing)?;
        let service = self.0.states.load::<Service>(&terms.service_id).await?;
        let (plan, cycle, policy) = (terms.plan_id, terms.billing_cycle, self.0.policy);
        let (notice, now) = (policy.notice_days, self.0.clock.now());
        let price = service.renewal_price(plan, cycle, agreed, notice, now);
        let vat = terms.vat.renewed_under(policy.vat);
        Ok(price.ok().map(|price| vat.charged(price)))
    }

    async fn customer_of(&self, id: SubscriptionId) -> Result<UserId, Problem> {
        let subscription = self.0.states.recall::<Subscription>(&id).await?;
        let missing = || Refused::from(SubscriptionError::NotFound);
        Ok(subscription.terms().ok_or_else(missing)?.user_id)
    }
}

fn parse(reason: &str) -> Result<Reason, Problem> {
    let mut fields = Fields::default();
    let reason = fields.parse("/reason", reason);
    fields.done(reason)
}
