//! Buying: the charge, the slot, the name, the subscription and the wish for an instance commit
//! together, so that nobody pays without an order and nothing is ordered unpaid.

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    claim::{Claim, ClaimCommand, ClaimId, ClaimKind},
    ids::{ChargeId, InstanceId, PlanId, ServiceId, SubscriptionId, UserId, WalletId},
    instance::{Instance, InstanceCommand, Wanted},
    parameters::Parameters,
    period::BillingCycle,
    plan_slots::{PlanSlots, PlanSlotsCommand},
    service::Service,
    subscription::{Subscription, SubscriptionCommand, Terms},
    text::Subdomain,
    user::User,
    vat::VatPolicy,
    wallet::{Purpose, Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};
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
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchased {
    pub subscription_id: SubscriptionId,
    pub instance_id: InstanceId,
    pub price: Rupiah,
    pub subdomain: Subdomain,
}

impl Decision for Purchase {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<Service>(&self.service_id),
            StreamId::of::<PlanSlots>(&self.plan_id),
            StreamId::of::<Wallet>(&WalletId::of(self.user_id)),
            StreamId::of::<Claim>(&self.name),
            StreamId::of::<Instance>(&InstanceId::of(self.subscription_id)),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.state::<User>(&self.user_id).require_active()?;
        let (terms, wanted) = self.terms(work)?;
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
        let (instance_id, price, subdomain) =
            (terms.instance_id, terms.price, terms.subdomain.clone());

        work.state::<Wallet>(&terms.wallet_id).owes_nothing()?;
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
            subdomain,
        }))
    }
}

impl Purchase {
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
            charge_id: (!price.is_zero()).then(|| ChargeId::of_order(self.subscription_id)),
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
