//! What time and credit ask of subscriptions.

use super::{Effects, from_store, operations::LOOK, outcome_of};
use crate::{
    sagas::{Outcome, Task},
    store::CommandError,
};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{
    Decision, Rejection as _,
    decisions::{Advance, ConfirmPlanChange, CreditLostDay, FailPlanChange, FailResume, Paying},
    ids::{PlanId, SubscriptionId},
    instance::InstanceError,
    subscription::Subscription,
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
        let (paying, from, to) = match self.change_of(id).await {
            Ok(Some(change)) => change,
            Ok(None) => return Outcome::Done,
            Err(outcome) => return outcome,
        };
        let (job, decision) = ("plan-changes", decision(paying, from, to));
        match self
            .execute_as(task.effect_id, task.correlation_id, job, decision)
            .await
        {
            // The figures have to go back, and what takes the place of a new password loses it.
            Err(CommandError::Refused(refused)) if refused.code == InstanceError::Busy.code() => {
                Outcome::Wait(LOOK)
            }
            ended => outcome_of(task.effect_id, job, ended),
        }
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

    async fn paying(&self, subscription_id: SubscriptionId) -> Result<Paying, Outcome> {
        let terms = self.terms(subscription_id).await?;
        Ok(Paying {
            subscription_id,
            wallet_id: terms.wallet_id,
            service_id: terms.service_id,
        })
    }
}
