//! How a resumption that was paid ends, and how what is not paid comes to rest.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::{CreditId, InstanceId, SubscriptionId, WalletId},
    instance::{HoldKind, Instance, InstanceCommand, LifeCommand as InstanceLife},
    subscription::{LifeCommand, Subscription},
    text::Reason,
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};

/// Readiness was observed after a resumption was paid: the new period begins.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmResume {
    pub subscription_id: SubscriptionId,
    pub at: DateTime<Utc>,
}

/// It did not become ready again: the price of the new period goes back, and it rests as before.
#[derive(Clone, Copy, Debug)]
pub struct FailResume {
    pub subscription_id: SubscriptionId,
    pub wallet_id: WalletId,
    pub at: DateTime<Utc>,
}

impl Decision for ConfirmResume {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Subscription>(&self.subscription_id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let confirm = LifeCommand::ConfirmResume { at: self.at };
        work.execute::<Subscription>(&self.subscription_id, confirm.into())?;
        Ok(answer(self.subscription_id))
    }
}

impl Decision for FailResume {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
            StreamId::of::<Instance>(&InstanceId::of(self.subscription_id)),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (id, at) = (self.subscription_id, self.at);
        let subscription = work.state::<Subscription>(&id);
        let (resuming, pending) = (
            subscription.resumes_since(at),
            subscription.pending_charge(),
        );
        if !resuming {
            return Ok(answer(id));
        }
        if let Some(charge_id) = pending {
            let refund = WalletCommand::Refund {
                credit_id: CreditId::of_refund(charge_id),
                charge_id,
                amount: None,
                at,
            };
            work.execute::<Wallet>(&self.wallet_id, refund)?;
        }
        work.execute::<Subscription>(&id, LifeCommand::FailResume { at }.into())?;
        rest(work, id, at)?;
        Ok(answer(id))
    }
}

/// Whoever did not pay has his app at rest.
pub(super) fn rest(
    work: &mut Work<'_>,
    subscription_id: SubscriptionId,
    at: DateTime<Utc>,
) -> Result<(), Refused> {
    let hold = InstanceLife::Hold {
        kind: HoldKind::Billing,
        reason: Reason::stated("not paid"),
        until: None,
        at,
    };
    work.execute::<Instance>(
        &InstanceId::of(subscription_id),
        InstanceCommand::Live(hold),
    )?;
    Ok(())
}
