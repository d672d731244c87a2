//! Staff gives back something of what was used (billing rules 21 and 25): to the credit that it came from, against the charge
//! that it was part of, so that a credit note follows and revenue and VAT go down with it.

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    ids::{ChargeId, CreditId, SubscriptionId, WalletId},
    period::jakarta_date,
    subscription::{LifeCommand, Subscription, SubscriptionError},
    text::Reason,
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, NaiveDate, Utc};

/// Takes it off the newest charge of which so much was used. Days to come are not touched: what is left of them comes back
/// when it ends or changes.
#[derive(Clone, Debug)]
pub struct GiveBack {
    pub credit_id: CreditId,
    pub subscription_id: SubscriptionId,
    pub wallet_id: WalletId,
    pub amount: Rupiah,
    pub reason: Reason,
    pub at: DateTime<Utc>,
}

impl Decision for GiveBack {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (id, amount, at) = (self.subscription_id, self.amount, self.at);
        if work
            .state::<Wallet>(&self.wallet_id)
            .has_credit(self.credit_id)
        {
            return Ok(answer(id));
        }
        let used = self.used(work, jakarta_date(at));
        let charge = used.iter().find(|(_, used)| *used >= amount);
        let Some((charge_id, _)) = charge.copied() else {
            let most = used.into_iter().map(|(_, used)| used).max();
            let most = most.unwrap_or(Rupiah::ZERO);
            return Err(SubscriptionError::LessWasUsed { most }.into());
        };
        let refund = WalletCommand::Refund {
            credit_id: self.credit_id,
            charge_id,
            amount: Some(amount),
            at,
        };
        work.execute::<Wallet>(&self.wallet_id, refund)?;
        let returned = LifeCommand::ReturnCharge {
            charge_id,
            amount,
            reason: self.reason.clone(),
            at,
        };
        work.execute::<Subscription>(&id, returned.into())?;
        Ok(answer(id))
    }
}

impl GiveBack {
    /// What is kept of each charge for days that are over, the newest first. What is paid for and did not begin is none.
    fn used(&self, work: &mut Work<'_>, today: NaiveDate) -> Vec<(ChargeId, Rupiah)> {
        let subscription = work.state::<Subscription>(&self.subscription_id).clone();
        let wallet = work.state::<Wallet>(&self.wallet_id);
        let pending = subscription.pending_charge();
        let charges = subscription.charges().into_iter();
        let charges = charges.filter(|charge| Some(*charge) != pending);
        let used = |charge| {
            // What is over was settled when it ended.
            let left = match subscription.is_over() {
                true => Rupiah::ZERO,
                false => subscription.left_of(charge, today),
            };
            let kept = wallet.kept_of(charge);
            (charge, kept.checked_sub(left).unwrap_or(Rupiah::ZERO))
        };
        charges.map(used).collect()
    }
}
