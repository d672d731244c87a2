//! Buying: the charge, the slot, the name, the subscription and the wish for an instance commit
//! together, so that nobody pays without an order and nothing is ordered unpaid.

use super::{Redeemer, answer};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    claim::{Claim, ClaimCommand, ClaimId, ClaimKind},
    coupon::{Coupon, CouponCode, Promise, Redeeming, Use},
    ids::{
        ChargeId, InstanceId, PlanId, RedemptionId, ServiceId, SubscriptionId, UserId, WalletId,
    },
    instance::{Instance, InstanceCommand, Wanted},
    parameters::Parameters,
    period::{BillingCycle, jakarta_date},
    plan_slots::{PlanSlots, PlanSlotsCommand},
    service::Service,
    subscription::{Subscription, SubscriptionCommand, SubscriptionError, Terms, Trial},
    text::Subdomain,
    user::{User, UserError},
    vat::VatPolicy,
    wallet::{Purpose, Wallet, WalletCommand},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub struct Purchase {
    pub subscription_id: SubscriptionId,
    pub user_id: UserId,
    pub service_id: ServiceId,
    pub plan_id: PlanId,
    pub billing_cycle: BillingCycle,
    pub subdomain: Subdomain,
    /// The claim on the subdomain.
    pub name: ClaimId,
    /// What the customer chose of the recipe's parameters; held to the recipe before it was sealed.
    pub parameters: Parameters,
    /// What VAT is charged.
    pub vat: VatPolicy,
    /// What takes something off or adds days, where the customer knows one.
    pub coupon: Option<CouponCode>,
    /// Who he is for that coupon; without one it is not looked at.
    pub redeemer: Redeemer,
    /// The claims that keep the customer from another trial of this service; of any other plan they are not looked at.
    pub trial: Vec<ClaimId>,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchased {
    pub subscription_id: SubscriptionId,
    pub instance_id: InstanceId,
    /// What was charged.
    pub price: Rupiah,
    /// What a coupon took off.
    #[serde(default)]
    pub discount: Rupiah,
    /// How many days it gives after the first period.
    #[serde(default)]
    pub free_days: Option<u32>,
    /// The first date after today on which something is charged, if the app is ready today.
    #[serde(default)]
    pub next_charge_on: Option<NaiveDate>,
    pub subdomain: Subdomain,
}

impl Decision for Purchase {
    fn streams(&self) -> Vec<StreamId> {
        let coupon = self.coupon.as_ref().map(StreamId::of::<Coupon>);
        let mut streams = vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<Service>(&self.service_id),
            StreamId::of::<PlanSlots>(&self.plan_id),
            StreamId::of::<Wallet>(&WalletId::of(self.user_id)),
            StreamId::of::<Claim>(&self.name),
            StreamId::of::<Instance>(&InstanceId::of(self.subscription_id)),
        ];
        streams.extend(coupon);
        streams.extend(self.redeemer.streams());
        streams.extend(self.trial.iter().map(StreamId::of::<Claim>));
        streams
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.state::<User>(&self.user_id).require_active()?;
        let (mut terms, wanted) = self.terms(work)?;
        if let Some(trial) = &terms.trial {
            self.try_out(work, trial)?;
        }
        // Before anything about money: nobody should top up for what cannot run.
        work.state::<PlanSlots>(&self.plan_id).require_room()?;
        work.state::<Claim>(&self.name)
            .require_not_kept(self.user_id, self.at)?;
        let Self {
            subscription_id,
            user_id,
            at,
            ..
        } = *self;
        work.state::<Wallet>(&terms.wallet_id).owes_nothing()?;
        if let Some(coupon) = &self.coupon {
            self.redeem(work, coupon, &mut terms)?;
            if terms.charged().is_zero() && self.parameters.send_mail() {
                return Err(SubscriptionError::NoMailUnpaid.into());
            }
        }
        let (instance_id, price, subdomain) =
            (terms.instance_id, terms.charged(), terms.subdomain.clone());
        let discount = terms.price.checked_sub(price).unwrap_or(Rupiah::ZERO);
        let free_days = terms.promise.as_ref().and_then(Promise::free_days);
        let next_charge_on = terms.next_charge_on(jakarta_date(at));
        terms.charge_id = (!price.is_zero()).then(|| ChargeId::of_order(subscription_id));
        if let Some(charge_id) = terms.charge_id {
            let charge = WalletCommand::Charge {
                charge_id,
                amount: price,
                subscription_id,
                purpose: Purpose::Order,
                at,
            };
            work.execute::<Wallet>(&terms.wallet_id, charge)?;
        }
        work.execute::<Subscription>(
            &subscription_id,
            SubscriptionCommand::Order {
                terms: Box::new(terms),
                at,
            },
        )?;
        work.execute::<PlanSlots>(
            &self.plan_id,
            PlanSlotsCommand::Take {
                subscription_id,
                user_id,
            },
        )?;
        let take = ClaimCommand::Take {
            kind: ClaimKind::Subdomain,
            holder: subscription_id.uuid(),
        };
        work.execute::<Claim>(&self.name, take)?;
        work.execute::<Instance>(
            &instance_id,
            InstanceCommand::Request {
                wanted: Box::new(wanted),
                at,
            },
        )?;
        Ok(answer(Purchased {
            subscription_id,
            instance_id,
            price,
            discount,
            free_days,
            next_charge_on,
            subdomain,
        }))
    }
}

impl Purchase {
    /// Once per person and service (billing rules 42 and 44): claims on the mailbox that was proven, and on the phone where
    /// the account has one. Nobody proves a phone to us, so a made-up one gets past its claim; the address does not.
    /// Whoever sends mail from a trial is whom nobody knows yet: its outgoing mail stays closed.
    fn try_out(&self, work: &mut Work<'_>, trial: &Trial) -> Result<(), Refused> {
        work.state::<User>(&self.user_id).require_verified()?;
        if trial.claims.is_empty() {
            return Err(UserError::EmailNotVerified.into());
        }
        if self.parameters.send_mail() {
            return Err(SubscriptionError::NoMailOnTrial.into());
        }
        for claim in &trial.claims {
            if work.state::<Claim>(claim).holder().is_some() {
                return Err(SubscriptionError::TrialHad.into());
            }
            let take = ClaimCommand::Take {
                kind: ClaimKind::Trial,
                holder: self.subscription_id.uuid(),
            };
            work.execute::<Claim>(claim, take)?;
        }
        Ok(())
    }

    /// A use of the coupon in the same commit: neither is one burnt on an order that fails to be placed, nor is anything
    /// taken off that was not used.
    fn redeem(
        &self,
        work: &mut Work<'_>,
        code: &CouponCode,
        terms: &mut Terms,
    ) -> Result<(), Refused> {
        let redeeming = Redeeming {
            redemption_id: RedemptionId::of_order(self.subscription_id),
            user_id: self.user_id,
            new_customer: self.redeemer.is_new(work, terms.wallet_id),
            wanted: Use::Order {
                service_id: self.service_id,
                plan_id: self.plan_id,
                price: terms.price,
                trial: terms.trial.is_some(),
            },
            at: self.at,
        };
        let coupon = work.state::<Coupon>(code);
        terms.discount = coupon.discount(terms.price, terms.vat);
        terms.promise = coupon.promise();
        let holder = self.subscription_id.uuid();
        terms.coupon_claim = self.redeemer.redeem(work, code, redeeming, holder)?;
        Ok(())
    }

    fn terms(&self, work: &mut Work<'_>) -> Result<(Terms, Wanted), Refused> {
        let sale = work
            .state::<Service>(&self.service_id)
            .for_sale(self.plan_id)?;
        let price = self.vat.charged(sale.plan.price.of(self.billing_cycle));
        let terms = Terms {
            user_id: self.user_id,
            wallet_id: WalletId::of(self.user_id),
            service_id: self.service_id,
            service: sale.service.clone(),
            plan_id: self.plan_id,
            plan: sale.plan.title.clone(),
            billing_cycle: self.billing_cycle,
            price,
            vat: self.vat,
            discount: None,
            promise: None,
            coupon_claim: None,
            trial: sale.plan.trial_days().map(|days| Trial {
                days,
                claims: self.trial.clone(),
            }),
            charge_id: None,
            instance_id: InstanceId::of(self.subscription_id),
            subdomain: self.subdomain.clone(),
        };
        let wanted = Wanted {
            subscription_id: self.subscription_id,
            user_id: self.user_id,
            recipe: sale.recipe.clone(),
            service: sale.service.clone(),
            resources: sale.plan.resources,
            subdomain: self.subdomain.clone(),
            parameters: self.parameters.clone(),
        };
        Ok((terms, wanted))
    }
}
