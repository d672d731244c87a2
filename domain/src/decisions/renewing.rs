//! Subscriptions over time: one more period, a new one after a suspension. Whoever decides, and how often,
//! a period is charged once, because its charge has the id of its first day.

use super::{Policy, answer, outages::settle_outages, policy::TRIAL_KEEP_DAYS, resuming::rest};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    coupon::charged,
    ids::{ChargeId, InstanceId, ServiceId, SubscriptionId, UserId, WalletId},
    instance::{HoldKind, Instance, InstanceCommand, LifeCommand as InstanceLife},
    resources::Resources,
    service::Service,
    subscription::{EndCause, LifeCommand, RenewalCause, Subscription, SubscriptionError},
    text::Reason,
    vat::VatPolicy,
    wallet::{Purpose, Wallet, WalletCommand, WalletError},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A subscription and the streams beside it that paying for it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paying {
    pub subscription_id: SubscriptionId,
    pub wallet_id: WalletId,
    pub service_id: ServiceId,
}

/// The customer pays for one more period now, or for a new one where it is suspended.
#[derive(Clone, Copy, Debug)]
pub struct Renew {
    pub paying: Paying,
    pub policy: Policy,
    pub asked_by: UserId,
    pub at: DateTime<Utc>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advanced {
    Nothing,
    Renewed,
    PastDue,
    Suspended,
    Resuming,
    Resumed,
    Ended,
}

impl Advanced {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Renewed => "renewed",
            Self::PastDue => "past_due",
            Self::Suspended => "suspended",
            Self::Resuming => "resuming",
            Self::Resumed => "resumed",
            Self::Ended => "ended",
        }
    }
}

impl Paying {
    pub(super) fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
            StreamId::of::<Service>(&self.service_id),
            StreamId::of::<Instance>(&self.instance_id()),
        ]
    }

    pub(super) fn instance_id(&self) -> InstanceId {
        InstanceId::of(self.subscription_id)
    }

    pub(super) fn live(&self, work: &mut Work<'_>, command: LifeCommand) -> Result<(), Refused> {
        work.execute::<Subscription>(&self.subscription_id, command.into())?;
        Ok(())
    }

    pub(super) fn instance(
        &self,
        work: &mut Work<'_>,
        command: InstanceLife,
    ) -> Result<usize, Refused> {
        let command = InstanceCommand::Live(command);
        Ok(work.execute::<Instance>(&self.instance_id(), command)?)
    }

    /// What one more period costs now, and what VAT is in it.
    pub(super) fn price(
        &self,
        work: &mut Work<'_>,
        policy: Policy,
        at: DateTime<Utc>,
    ) -> Result<(Rupiah, VatPolicy), Refused> {
        let subscription = work.state::<Subscription>(&self.subscription_id);
        let (Some(terms), Some(agreed)) = (subscription.terms(), subscription.agreed()) else {
            return Err(SubscriptionError::NotFound.into());
        };
        let (plan_id, cycle) = (terms.plan_id, terms.billing_cycle);
        let vat = terms.vat.renewed_under(policy.vat);
        let service = work.state::<Service>(&self.service_id);
        let price = service.renewal_price(plan_id, cycle, agreed, policy.notice_days, at)?;
        Ok((vat.charged(price), vat))
    }

    fn charge(
        &self,
        work: &mut Work<'_>,
        charge_id: ChargeId,
        amount: Rupiah,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<Option<ChargeId>, WalletError> {
        if amount.is_zero() {
            work.state::<Wallet>(&self.wallet_id).owes_nothing()?;
            return Ok(None);
        }
        let charge = WalletCommand::Charge {
            charge_id,
            amount,
            subscription_id: self.subscription_id,
            purpose,
            at,
        };
        work.execute::<Wallet>(&self.wallet_id, charge)?;
        Ok(Some(charge_id))
    }

    /// One more period, or the wallet's refusal.
    pub(super) fn renew(
        &self,
        work: &mut Work<'_>,
        (price, vat): (Rupiah, VatPolicy),
        cause: RenewalCause,
        at: DateTime<Utc>,
    ) -> Result<Result<(), WalletError>, Refused> {
        let subscription = work.state::<Subscription>(&self.subscription_id);
        let start = subscription
            .paid_until()
            .ok_or(SubscriptionError::NotActive)?;
        let discount = subscription.discount(price, vat);
        let charge_id = ChargeId::of_period(self.subscription_id, start, subscription.changes());
        let amount = charged(price, discount.as_ref());
        let charge_id = match self.charge(work, charge_id, amount, Purpose::Running, at) {
            Ok(charge_id) => charge_id,
            Err(error) => return Ok(Err(error)),
        };
        let renew = LifeCommand::Renew {
            price,
            discount,
            charge_id,
            cause,
            vat,
            at,
        };
        self.live(work, renew)?;
        Ok(Ok(()))
    }

    /// Whether the credit reaches for a new period and the days of grace. Who owes resumes nothing, also where it costs
    /// nothing, and comes to his end.
    pub(super) fn can_resume(
        &self,
        work: &mut Work<'_>,
        (price, vat): (Rupiah, VatPolicy),
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<(), WalletError> {
        let subscription = work.state::<Subscription>(&self.subscription_id);
        let discount = subscription.discount(price, vat);
        let amount = charged(price, discount.as_ref());
        let needed = amount.checked_add(subscription.grace());
        let wallet = work.state::<Wallet>(&self.wallet_id);
        wallet.owes_nothing()?;
        wallet.can_spend(needed.unwrap_or(Rupiah::MAX), purpose, at)
    }

    /// A new period and what the days of grace cost, or the wallet's refusal: both or neither. `figures` are what it starts
    /// with, where it gets others.
    pub(super) fn resume(
        &self,
        work: &mut Work<'_>,
        (price, vat): (Rupiah, VatPolicy),
        figures: Option<Resources>,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<Result<Advanced, WalletError>, Refused> {
        if let Err(error) = self.can_resume(work, (price, vat), purpose, at) {
            return Ok(Err(error));
        }
        let subscription = work.state::<Subscription>(&self.subscription_id);
        let (grace, number) = (subscription.grace(), subscription.resumptions());
        let discount = subscription.discount(price, vat);
        let amount = charged(price, discount.as_ref());
        let charges = [
            (ChargeId::of_grace(self.subscription_id, number), grace),
            (
                ChargeId::of_resumption(self.subscription_id, number),
                amount,
            ),
        ];
        let mut made = [None, None];
        for ((charge_id, amount), made) in charges.into_iter().zip(&mut made) {
            *made = self.charge(work, charge_id, amount, purpose, at)?;
        }
        let [grace_charge_id, charge_id] = made;
        let order = LifeCommand::OrderResume {
            price,
            discount,
            charge_id,
            grace_charge_id,
            vat,
            at,
        };
        self.live(work, order)?;
        if let Some(resources) = figures {
            self.instance(work, InstanceLife::Refit { resources, at })?;
        }
        let release = InstanceLife::Release {
            kind: HoldKind::Billing,
            reason: Reason::stated("paid"),
            at,
        };
        let starts = self.instance(work, release)? > 1;
        if starts {
            return Ok(Ok(Advanced::Resuming));
        }
        if work.state::<Instance>(&self.instance_id()).is_on_hold() {
            return Err(SubscriptionError::OnHold.into());
        }
        // There is no readiness to wait for where its customer has stopped it.
        self.live(work, LifeCommand::ConfirmResume { at })?;
        Ok(Ok(Advanced::Resumed))
    }

    pub(super) fn suspend(
        &self,
        work: &mut Work<'_>,
        policy: Policy,
        at: DateTime<Utc>,
    ) -> Result<Advanced, Refused> {
        let subscription = work.state::<Subscription>(&self.subscription_id);
        let keep_days = match subscription.is_trial() {
            true => TRIAL_KEEP_DAYS,
            false => policy.keep_days,
        };
        self.live(work, LifeCommand::Suspend { keep_days, at })?;
        rest(work, self.subscription_id, at)?;
        Ok(Advanced::Suspended)
    }

    pub(super) fn end(
        &self,
        work: &mut Work<'_>,
        cause: EndCause,
        policy: Policy,
        at: DateTime<Utc>,
    ) -> Result<Advanced, Refused> {
        settle_outages(work, self.subscription_id, self.wallet_id, policy, at)?;
        let refunded = Rupiah::ZERO;
        let end = LifeCommand::End {
            cause,
            reason: None,
            refunded,
            at,
        };
        self.live(work, end)?;
        work.execute::<Instance>(&self.instance_id(), InstanceCommand::RequestRemoval { at })?;
        Ok(Advanced::Ended)
    }
}

impl Decision for Renew {
    fn streams(&self) -> Vec<StreamId> {
        self.paying.streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let Self {
            paying,
            policy,
            asked_by,
            at,
        } = *self;
        let subscription = work.state::<Subscription>(&paying.subscription_id);
        let suspended = subscription.is_suspended();
        owned_by(subscription, asked_by)?;
        if subscription.is_trial() {
            return Err(SubscriptionError::Trial.into());
        }
        let price = paying.price(work, policy, at)?;
        if suspended {
            let resumed = paying.resume(work, price, None, Purpose::Running, at)??;
            return Ok(answer(resumed));
        }
        paying.renew(work, price, RenewalCause::Manual, at)??;
        Ok(answer(Advanced::Renewed))
    }
}

/// # Errors
/// Somebody else's subscription is not found.
pub(super) fn owned_by(
    subscription: &Subscription,
    asked_by: UserId,
) -> Result<(), SubscriptionError> {
    match subscription.terms() {
        Some(terms) if terms.user_id == asked_by => Ok(()),
        _ => Err(SubscriptionError::NotFound),
    }
}
