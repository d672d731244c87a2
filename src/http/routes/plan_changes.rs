use super::{Tag, subscriptions::BillingCycle};
use crate::{
    http::{
        Parts,
        answer::Accepted,
        body::Body,
        caller::Customer,
        error::{self, ApiError, Buying},
        idempotency::Keyed,
        problem::Problem,
    },
    store::Committed,
};
use chrono::NaiveDate;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Refused,
    decisions::{ChangePlan, Paying, PlanChangeAnswer, PlanChangeOutcome, figures},
    ids::{InstanceId, PlanId, SubscriptionId},
    instance::Instance,
    service::Service,
    subscription::{Quote, Subscription, SubscriptionError},
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ChangePlanRequest {
    /// Another plan of the same app, or the same one for another cycle.
    plan_id: Uuid,
    billing_cycle: BillingCycle,
}

impl Example for ChangePlanRequest {
    fn example() -> Self {
        Self {
            plan_id: Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0002),
            billing_cycle: BillingCycle::Monthly,
        }
    }
}

/// What a change of plan comes to today, exact to the rupiah. The day of the change still belongs to the old plan.
#[derive(Object)]
struct PlanChangeQuote {
    /// What is left of what was paid, in whole rupiah.
    given_back: i64,
    /// What the rest of the paid time costs with the new plan, or its first period with another cycle, in whole rupiah.
    charged: i64,
    /// What that is less by, for days at no price: what they would have cost on the plan for which they were given. It is
    /// never given back.
    given: i64,
    /// What has to be there in credit beyond what comes back, in whole rupiah.
    needed: i64,
    /// The first date that is paid anew, in Asia/Jakarta.
    period_start: NaiveDate,
    /// The first date that is not paid any more, in Asia/Jakarta.
    period_end: NaiveDate,
}

impl From<Quote> for PlanChangeQuote {
    fn from(quote: Quote) -> Self {
        Self {
            given_back: quote.given_back.get(),
            charged: quote.charged.get(),
            given: quote.given.get(),
            needed: quote.missing().get(),
            period_start: quote.period.start,
            period_end: quote.period.end,
        }
    }
}

/// A change of plan that was taken.
#[derive(Object)]
struct ChangedPlan {
    subscription_id: Uuid,
    /// `changed`: it is done. `changing`: what it needs is set aside, and nothing is charged before the app is seen to have
    /// its new figures.
    outcome: String,
    quote: PlanChangeQuote,
    /// The position of the commit.
    position: i64,
    /// The version of the subscription.
    version: i64,
}

impl ChangedPlan {
    fn answer(committed: &Committed, id: Uuid) -> Result<Accepted<Self>, Problem> {
        let answer: PlanChangeAnswer = committed.answer()?;
        let outcome = match answer.outcome {
            PlanChangeOutcome::Changing => "changing",
            PlanChangeOutcome::Changed => "changed",
        };
        let body = Self {
            subscription_id: id,
            outcome: outcome.into(),
            quote: answer.quote.into(),
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(committed, body))
    }
}

pub(in crate::http) struct PlanChangeRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/subscriptions", tag = "Tag::Subscriptions")]
impl PlanChangeRoutes {
    /// Ask what another plan or cycle would come to today; refused as the change itself would be.
    #[oai(
        path = "/:id/plan-change",
        method = "get",
        operation_id = "quote_plan_change"
    )]
    async fn quote(
        &self,
        customer: Customer,
        /// The subscription's id.
        id: Path<Uuid>,
        /// The plan to change to.
        plan_id: Query<Uuid>,
        /// How often it would be paid.
        billing_cycle: Query<BillingCycle>,
    ) -> Result<Json<PlanChangeQuote>, ApiError<error::Quoting>> {
        let (subscription, paying, _) = self.of(&customer, id.0).await?;
        let states = &self.0.states;
        let service = states.load::<Service>(&paying.service_id).await?;
        let plan_id = PlanId::new(plan_id.0);
        let sale = service.for_sale(plan_id).map_err(Refused::from)?;
        let (cycle, now) = (billing_cycle.0.into(), self.0.clock.now());
        let price = self.0.policy.vat.charged(sale.plan.price.of(cycle));
        let may = subscription.may_change_to(plan_id, cycle, price, now);
        may.map_err(Refused::from)?;
        let instance = InstanceId::of(paying.subscription_id);
        let instance = states.load::<Instance>(&instance).await?;
        let (gives, keep_volume) = (sale.plan.resources, self.0.policy.keep_volume);
        figures(
            &instance,
            gives,
            keep_volume,
            self.0.readiness.volumes_grow(),
        )?;
        let quote = subscription.quote(cycle, price, now);
        Ok(Json(quote.map_err(Refused::from)?.into()))
    }

    /// Change to another plan or cycle of the same app.
    ///
    /// What it needs beyond what is left of what was paid is set aside; the app gets its new figures on the same volume; and
    /// when it is seen to have them, what is left comes back and the rest of the paid time is charged anew, in one
    /// commit. Where it does not get them everything stays as it was. Storage never shrinks,
    /// and where the cluster's volumes cannot grow a plan with more of it is refused. On the date on which a dearer plan began
    /// no cheaper one can be had.
    #[oai(path = "/:id/plan", method = "put", operation_id = "change_plan")]
    async fn change(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The subscription's id.
        id: Path<Uuid>,
        body: Body<ChangePlanRequest>,
    ) -> Result<Accepted<ChangedPlan>, ApiError<Buying>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "change_plan", &[id.0], &body.0)?;
        let (_, paying, from) = self.of(&customer, id.0).await?;
        let change = ChangePlan {
            paying,
            from,
            to: PlanId::new(body.0.plan_id),
            billing_cycle: body.0.billing_cycle.into(),
            policy: self.0.policy,
            volumes_grow: self.0.readiness.volumes_grow(),
            asked_by: customer.id(),
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(change)).await?;
        Ok(ChangedPlan::answer(&committed, id.0)?)
    }
}

impl PlanChangeRoutes {
    /// The customer's subscription as it stands, and the plan that it has.
    async fn of(
        &self,
        customer: &Customer,
        id: Uuid,
    ) -> Result<(Subscription, Paying, PlanId), Problem> {
        let subscription_id = SubscriptionId::new(id);
        let states = &self.0.states;
        let subscription = states.load::<Subscription>(&subscription_id).await?;
        let terms = subscription.terms();
        let terms = terms.filter(|terms| terms.user_id == customer.id());
        let terms = terms.ok_or_else(|| Refused::from(SubscriptionError::NotFound))?;
        let paying = Paying {
            subscription_id,
            wallet_id: terms.wallet_id,
            service_id: terms.service_id,
        };
        let plan_id = terms.plan_id;
        Ok(((*subscription).clone(), paying, plan_id))
    }
}
