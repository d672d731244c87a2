use super::Tag;
use crate::{
    http::{
        Parts,
        answer::{Accepted, Created, Listed},
        body::Body,
        caller::Customer,
        error::{self, ApiError, Command, Ordering},
        fields::Fields,
        idempotency::Keyed,
        parameters::Typed,
        problem::Problem,
    },
    store::{Committed, Context},
};
use chrono::NaiveDate;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Refused,
    claim::{ClaimId, ClaimKind},
    decisions::{Cancel, Cancelled, Purchase, Purchased, Redeemer, UsedUp},
    ids::{PlanId, ServiceId, SubscriptionId, UserId, WalletId},
    period,
    plan_slots::{PlanSlots, PlanSlotsError},
    service::{Plan, Service},
    subscription::Subscription,
    text::{Subdomain, TextError},
};
use purser_projections::{
    Projection as _,
    pages::Page,
    subscriptions::{self, SubscriptionRow, Subscriptions},
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

/// How often a subscription is paid.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub(super) enum BillingCycle {
    Monthly,
    Yearly,
}

impl From<BillingCycle> for period::BillingCycle {
    fn from(cycle: BillingCycle) -> Self {
        match cycle {
            BillingCycle::Monthly => Self::Monthly,
            BillingCycle::Yearly => Self::Yearly,
        }
    }
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct SubscribeRequest {
    plan_id: Uuid,
    billing_cycle: BillingCycle,
    /// Your part of the app's host name: 3 to 40 of a to z, 0 to 9 and single hyphens. One is made
    /// where it is not given.
    #[oai(validator(min_length = 3, max_length = 40))]
    subdomain: Option<String>,
    /// What you choose of the parameters that the service's template lets customers choose, by name; where it is not
    /// given, the template's defaults hold. Texts are kept sealed, and secret ones nobody is shown again.
    parameters: Option<Typed>,
    /// A coupon that takes something off or adds days, in either case of letters. It is for whoever has verified his e-mail
    /// address.
    #[oai(validator(max_length = 40))]
    coupon: Option<String>,
}

impl Example for SubscribeRequest {
    fn example() -> Self {
        Self {
            plan_id: Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001),
            billing_cycle: BillingCycle::Monthly,
            subdomain: Some("toko-budi".into()),
            parameters: None,
            coupon: None,
        }
    }
}

/// An order that was paid and is being provisioned.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct OrderedSubscription {
    subscription_id: Uuid,
    /// What will run for it.
    instance_id: Uuid,
    /// What was charged, less what a coupon took off, in whole rupiah.
    price: i64,
    /// What a coupon took off, in whole rupiah.
    discount: i64,
    /// How many days a coupon adds at no price, after the first period.
    free_days: Option<u32>,
    /// The date on which money is charged next, and first where the price is 0, if the app is ready today: as many days later
    /// as it takes. Absent where nothing ever is.
    next_charge_on: Option<NaiveDate>,
    /// Your part of the app's host name.
    subdomain: String,
    /// `provisioning`: it becomes `active` once the app is seen to be ready.
    status: String,
    /// The position of the commit.
    position: i64,
    /// The version of the subscription.
    version: i64,
}

impl OrderedSubscription {
    fn answer(committed: &Committed) -> Result<Created<Self>, Problem> {
        let purchased: Purchased = committed.answer()?;
        let id = purchased.subscription_id;
        let body = Self {
            subscription_id: id.uuid(),
            instance_id: purchased.instance_id.uuid(),
            price: purchased.price.get(),
            discount: purchased.discount.get(),
            free_days: purchased.free_days,
            next_charge_on: purchased.next_charge_on,
            subdomain: purchased.subdomain.into(),
            status: "provisioning".into(),
            position: committed.position,
            version: committed.version,
        };
        let location = format!("{}/subscriptions/{id}", super::PREFIX);
        Ok(Created::new(committed, body).at(location))
    }
}

/// When a cancellation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum When {
    /// With the paid time.
    PeriodEnd,
    /// At once.
    Now,
}

/// What became of a subscription that was cancelled.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct CancelledSubscription {
    subscription_id: Uuid,
    /// `failed`: it never became active, and everything is back in the wallet. `active`: it runs until `ends_on`.
    /// `ended`: it is over.
    status: String,
    /// The date on which it ends, in Asia/Jakarta.
    ends_on: Option<NaiveDate>,
    /// What came back of what was paid, in whole rupiah, where it ended at once. Days that were lost on our side come back
    /// beside it.
    refunded: Option<i64>,
    /// The position of the commit.
    position: i64,
    /// The version of the subscription.
    version: i64,
}

impl CancelledSubscription {
    fn answer(committed: &Committed, id: Uuid) -> Result<Accepted<Self>, Problem> {
        let cancelled: Cancelled = committed.answer()?;
        let (status, ends_on, refunded) = match cancelled {
            Cancelled::Failed => ("failed", None, None),
            Cancelled::Active { ends_on } => ("active", Some(ends_on), None),
            Cancelled::Ended { refunded } => ("ended", None, Some(refunded.get())),
        };
        let body = Self {
            subscription_id: id,
            status: status.into(),
            ends_on,
            refunded,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(committed, body))
    }
}

pub(in crate::http) struct SubscriptionRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/subscriptions", tag = "Tag::Subscriptions")]
impl SubscriptionRoutes {
    /// Subscribe to a plan: takes the first period's price from your wallet.
    ///
    /// Charge, slot, name and order are one commit: where any of them is refused, nothing is written.
    #[oai(path = "/", method = "post", operation_id = "create_subscription")]
    async fn create(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<SubscribeRequest>,
    ) -> Result<Created<OrderedSubscription>, ApiError<Ordering>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "create_subscription", &[], &body.0)?;
        let purchase = self.purchase(&customer, &context, body.0);
        let committed = self.0.once(&context, purchase).await?;
        Ok(OrderedSubscription::answer(&committed)?)
    }

    /// List your subscriptions.
    #[oai(path = "/", method = "get", operation_id = "list_subscriptions")]
    async fn list(
        &self,
        customer: Customer,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<SubscriptionRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let models = &[Subscriptions::NAME];
        let mut views = self.0.at(models, min_position.0).await?;
        let found = subscriptions::page_of_user(&mut views, customer.id(), &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a subscription.
    #[oai(path = "/:id", method = "get", operation_id = "get_subscription")]
    async fn get(
        &self,
        customer: Customer,
        /// The subscription's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<SubscriptionRow>, ApiError<error::Query>> {
        let models = &[Subscriptions::NAME];
        let mut views = self.0.at(models, min_position.0).await?;
        let id = SubscriptionId::new(id.0);
        let found = subscriptions::of_user(&mut views, customer.id(), id).await;
        let subscription = found.map_err(ViewsError::from)?;
        let missing =
            || Problem::not_found("subscription.not_found", "there is no such subscription");
        Ok(Json(subscription.ok_or_else(missing)?))
    }

    /// Cancel a subscription.
    ///
    /// Before the app is ready everything that was charged comes back. An active subscription runs until its paid time
    /// is over and ends then; with `when=now` it ends at once, and what is left of what was paid comes back:
    /// everything within some hours of the first readiness, once per person and service; else the days after today.
    #[oai(path = "/:id", method = "delete", operation_id = "cancel_subscription")]
    async fn cancel(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
        /// When an active subscription ends; `period_end` where it is not given.
        when: Query<Option<When>>,
    ) -> Result<Accepted<CancelledSubscription>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "cancel_subscription", &[id.0], &when.0)?;
        let subscription_id = SubscriptionId::new(id.0);
        // What an order used up never changes while it can still come back, so what is remembered is right.
        let states = &self.0.states;
        let subscription = states.recall::<Subscription>(&subscription_id).await?;
        let used = subscription.terms().map(UsedUp::of).unwrap_or_default();
        let now = when.0 == Some(When::Now);
        let service = subscription.terms().map(|terms| terms.service_id);
        let full_refund = match service.filter(|_| now) {
            Some(service) => self.0.full_refund_claim(customer.id(), service).await?,
            None => None,
        };
        let cancel = Cancel {
            subscription_id,
            wallet_id: WalletId::of(customer.id()),
            asked_by: customer.id(),
            now,
            full_refund,
            policy: self.0.policy,
            used,
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(cancel)).await?;
        Ok(CancelledSubscription::answer(&committed, id.0)?)
    }
}

impl SubscriptionRoutes {
    async fn purchase(
        &self,
        customer: &Customer,
        context: &Context,
        request: SubscribeRequest,
    ) -> Result<Purchase, Problem> {
        let mut fields = Fields::default();
        let wished: Option<Subdomain> = fields.parse_if("/subdomain", request.subdomain.as_deref());
        let coupon = fields.parse_if("/coupon", request.coupon.as_deref());
        let mut reserved = self.0.reserved_subdomains.iter();
        if reserved.any(|name| wished.as_ref().is_some_and(|it| it.as_str() == name)) {
            fields.wrong("/subdomain", TextError::Reserved.to_string());
        }
        fields.done(Some(()))?;
        let plan_id = PlanId::new(request.plan_id);
        // Which service a plan belongs to never changes, so what is remembered is right.
        let slots = self.0.states.recall::<PlanSlots>(&plan_id).await?;
        let service_id = slots
            .service_id()
            .ok_or_else(|| Refused::from(PlanSlotsError::NotFound))?;
        let subscription_id = SubscriptionId::new(context.derive("subscription"));
        let subdomain = match wished {
            Some(subdomain) => subdomain,
            None => self.made_up(service_id, subscription_id).await?,
        };
        let service = self.0.states.recall::<Service>(&service_id).await?;
        let trial = self.trial(customer.id(), service_id, plan_id).await?;
        let mut redeemer = match &coupon {
            Some(coupon) => self.0.redeemer(customer.id(), coupon).await?,
            None => Redeemer::default(),
        };
        // Asked for twice at once it may have begun already.
        redeemer.had.retain(|had| *had != subscription_id);
        let recipe = service.recipe().map_or("", |recipe| recipe.as_str());
        let typed = request.parameters.unwrap_or_default();
        let parameters = self.0.chosen(customer.id(), recipe, typed).await?;
        let keys = self.0.vault.keys();
        Ok(Purchase {
            subscription_id,
            user_id: customer.id(),
            service_id,
            plan_id,
            billing_cycle: request.billing_cycle.into(),
            name: keys.claim_id(ClaimKind::Subdomain, subdomain.as_str()),
            subdomain,
            parameters,
            vat: self.0.policy.vat,
            coupon,
            redeemer,
            trial,
            at: self.0.clock.now(),
        })
    }

    /// The claims that keep this customer from another trial, where the plan is one.
    async fn trial(
        &self,
        user_id: UserId,
        service_id: ServiceId,
        plan_id: PlanId,
    ) -> Result<Vec<ClaimId>, Problem> {
        let states = &self.0.states;
        // Whether a plan is a trial never changes, but it may be younger than what is remembered.
        let mut service = states.recall::<Service>(&service_id).await?;
        if service.plan(plan_id).is_none() {
            service = states.load::<Service>(&service_id).await?;
        }
        let days = service.plan(plan_id).and_then(Plan::trial_days);
        match days {
            Some(_) => self.0.trial_claims(user_id, service_id).await,
            None => Ok(vec![]),
        }
    }

    /// A name from the service's and 48 bits of the subscription's id; a retry makes the same one.
    async fn made_up(
        &self,
        service_id: ServiceId,
        subscription_id: SubscriptionId,
    ) -> Result<Subdomain, Problem> {
        let service = self.0.states.recall::<Service>(&service_id).await?;
        let slug = service.slug().map_or("app", |slug| slug.as_str());
        let slug: String = slug.chars().take(27).collect();
        let mut id = subscription_id.uuid().simple().to_string();
        id.truncate(12);
        format!("{}-{id}", slug.trim_end_matches('-'))
            .parse()
            .map_err(|error| Problem::internal(&error))
    }
}
