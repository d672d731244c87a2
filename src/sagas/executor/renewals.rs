//! What time and credit ask of subscriptions.

use super::{Effects, from_store, operations::LOOK};
use crate::{
    mail::News,
    sagas::{Letter, Outcome, Task},
};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{
    Decision, Rupiah,
    coupon::charged,
    decisions::{Advance, ConfirmPlanChange, CreditLostDay, FailPlanChange, FailResume, Paying},
    ids::{InstanceId, PlanId, SubscriptionId},
    instance::Instance,
    period::{day_begins, jakarta_date},
    service::Service,
    subscription::{Due, Subscription},
    wallet::{Purpose, Wallet},
};

impl Effects {
    pub(super) async fn advance(
        &self,
        task: &Task,
        id: SubscriptionId,
        at: DateTime<Utc>,
    ) -> Outcome {
        match self.paying(id).await {
            Ok(paying) => {
                let policy = self.policy;
                let advance = Advance { paying, policy, at };
                self.decide(task, "renewals", advance).await
            }
            Err(outcome) => outcome,
        }
    }

    /// One that cannot be paid is left out and does not keep the next from being paid.
    pub(super) async fn pay_arrears(
        &self,
        task: &Task,
        subscriptions: &[SubscriptionId],
        at: DateTime<Utc>,
    ) -> Outcome {
        for id in subscriptions {
            let paying = match self.paying(*id).await {
                Ok(paying) => paying,
                Err(outcome) => return outcome,
            };
            let policy = self.policy;
            let advance = Advance { paying, policy, at };
            let part = id.to_string();
            match self.decide_part(task, "renewals", &part, advance).await {
                Outcome::Done => {}
                outcome => return outcome,
            }
        }
        Outcome::Done
    }

    pub(super) async fn fail_resume(
        &self,
        task: &Task,
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    ) -> Outcome {
        let decision = |wallet_id| FailResume {
            subscription_id,
            wallet_id,
            at,
        };
        self.with_wallet(task, "renewals", subscription_id, decision)
            .await
    }

    pub(super) async fn credit_lost_day(
        &self,
        task: &Task,
        subscription_id: SubscriptionId,
        day: NaiveDate,
        at: DateTime<Utc>,
    ) -> Outcome {
        let decision = |wallet_id| CreditLostDay {
            subscription_id,
            wallet_id,
            day,
            at,
        };
        self.with_wallet(task, "outages", subscription_id, decision)
            .await
    }

    pub(super) async fn confirm_plan_change(
        &self,
        task: &Task,
        id: SubscriptionId,
        at: DateTime<Utc>,
    ) -> Outcome {
        let decision = |paying, from, to| ConfirmPlanChange {
            paying,
            from,
            to,
            at,
        };
        self.end_plan_change(task, id, decision).await
    }

    pub(super) async fn fail_plan_change(
        &self,
        task: &Task,
        id: SubscriptionId,
        at: DateTime<Utc>,
    ) -> Outcome {
        let decision = |paying, from, to| FailPlanChange {
            paying,
            from,
            to,
            at,
        };
        self.end_plan_change(task, id, decision).await
    }

    async fn end_plan_change<D: Decision + 'static>(
        &self,
        task: &Task,
        id: SubscriptionId,
        decision: impl FnOnce(Paying, PlanId, PlanId) -> D,
    ) -> Outcome {
        match self.change_of(id).await {
            // The figures may have to go back, and what takes the place of a new password loses it.
            Ok(Some(_)) if self.is_resetting_password(id).await => Outcome::Wait(LOOK),
            Ok(Some((paying, from, to))) => {
                let decision = decision(paying, from, to);
                match self.decide(task, "plan-changes", decision).await {
                    // It began meanwhile, and refused it.
                    Outcome::Done if self.is_resetting_password(id).await => Outcome::Wait(LOOK),
                    outcome => outcome,
                }
            }
            Ok(None) => Outcome::Done,
            Err(outcome) => outcome,
        }
    }

    async fn is_resetting_password(&self, id: SubscriptionId) -> bool {
        let instance = self.states.load::<Instance>(&InstanceId::of(id)).await;
        instance.is_ok_and(|instance| instance.is_resetting_password())
    }

    /// The change of plan that is under way: from which plan to which.
    async fn change_of(
        &self,
        id: SubscriptionId,
    ) -> Result<Option<(Paying, PlanId, PlanId)>, Outcome> {
        let subscription = self
            .states
            .load::<Subscription>(&id)
            .await
            .map_err(from_store)?;
        let paying = self.paying(id).await?;
        let from = subscription.terms().map(|terms| terms.plan_id);
        let to = subscription
            .changing()
            .map(|changing| changing.change.plan_id);
        Ok(from.zip(to).map(|(from, to)| (paying, from, to)))
    }

    /// A reminder whose day has passed is dropped, and so is one of what was renewed or cancelled meanwhile.
    pub(super) async fn remind(
        &self,
        task: &Task,
        id: SubscriptionId,
        on: NaiveDate,
        first: bool,
    ) -> Outcome {
        let now = self.clock.now();
        let subscription = match self.states.load::<Subscription>(&id).await {
            Ok(subscription) => subscription,
            Err(error) => return from_store(error),
        };
        let at_its_end = subscription.due(day_begins(on));
        let is_wanted = subscription.paid_until() == Some(on) && at_its_end != Due::End;
        let Some(terms) = subscription.terms() else {
            return Outcome::Done;
        };
        if jakarta_date(now) >= on || !is_wanted {
            return Outcome::Done;
        }
        let news = match self.expiring(&subscription, on).await {
            Ok(Some(news)) => news,
            Ok(None) => return Outcome::Done,
            Err(outcome) => return outcome,
        };
        let needs_nothing = matches!(
            news,
            News::Expiring {
                missing,
                automatic: true,
                ..
            } if missing.is_zero()
        );
        if needs_nothing && !first {
            return Outcome::Done;
        }
        let letter = Letter::About {
            subscription_id: id,
            news,
        };
        self.send(task, terms.user_id, &letter).await
    }

    async fn expiring(
        &self,
        subscription: &Subscription,
        on: NaiveDate,
    ) -> Result<Option<News>, Outcome> {
        let (Some(terms), Some(agreed_at)) = (subscription.terms(), subscription.agreed_at())
        else {
            return Ok(None);
        };
        if subscription.is_trial() {
            return Ok(Some(News::TrialEnding { end: on }));
        }
        let (wallet, service) = self
            .states
            .load_both::<Wallet, Service>(&terms.wallet_id, &terms.service_id)
            .await
            .map_err(from_store)?;
        let price = service.renewal_price(
            terms.plan_id,
            terms.billing_cycle,
            agreed_at,
            self.policy.notice_days,
            day_begins(on),
        );
        let Ok(price) = price else { return Ok(None) };
        let vat = terms.vat.renewed_under(self.policy.vat);
        let price = vat.charged(price);
        let price = charged(price, subscription.discount(price, vat).as_ref());
        // What is there on that day: promotional credit may be over by then.
        let then = day_begins(on);
        let missing = match wallet.can_spend(price, Purpose::Running, then) {
            Ok(()) => Rupiah::ZERO,
            Err(_) => {
                let needed = price.checked_add(wallet.owed()).unwrap_or(price);
                let there = wallet.spendable(then);
                needed.checked_sub(there).unwrap_or(Rupiah::ZERO)
            }
        };
        Ok(Some(News::Expiring {
            on,
            price,
            missing,
            automatic: subscription.renews(),
        }))
    }

    async fn paying(&self, subscription_id: SubscriptionId) -> Result<Paying, Outcome> {
        let terms = self.terms(subscription_id).await?;
        Ok(Paying {
            subscription_id,
            wallet_id: terms.wallet_id,
            service_id: terms.service_id,
        })
    }
}
