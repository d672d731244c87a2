//! The cast: customers with money, apps on sale, and what they ask for.

use super::{Store, command};
use chrono::Utc;
use purser::store::{Command, Committed};
use purser_domain::{
    Decision, Rupiah,
    claim::ClaimId,
    decisions::{AddPlan, One, Purchase, Register},
    ids::{ChargeId, CreditId, PlanId, ServiceId, SubscriptionId, TopUpId, UserId, WalletId},
    period::BillingCycle,
    resources::Resources,
    sealed::Sealed,
    service::{Licence, Plan, PriceList, Service, ServiceCommand},
    user::{Locale, Role},
    wallet::{Purpose, Wallet, WalletCommand},
};
use uuid::Uuid;

/// A plan on sale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) service_id: ServiceId,
    pub(crate) plan_id: PlanId,
}

pub(crate) fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

/// What stands in an event in place of a person's data.
pub(crate) fn sealed(of: UserId) -> Sealed {
    Sealed::try_from(format!("v1.{of}.{}", "A".repeat(60))).unwrap()
}

/// The claim on a name.
pub(crate) fn claim(name: Uuid) -> ClaimId {
    format!("{0}{0}", name.simple()).parse().unwrap()
}

pub(crate) fn registration(user_id: UserId) -> Register {
    Register {
        user_id,
        address: claim(user_id.uuid()),
        name: sealed(user_id),
        email: sealed(user_id),
        phone: None,
        password: sealed(user_id),
        roles: vec![Role::Customer],
        locale: Locale::Id,
        at: Utc::now(),
    }
}

/// Credit without a gateway; every call is another one.
pub(crate) fn credit(user: UserId, amount: i64) -> One<Wallet> {
    One {
        id: WalletId::of(user),
        command: WalletCommand::Credit {
            credit_id: CreditId::new(Uuid::now_v7()),
            amount: rp(amount),
            top_up_id: TopUpId::new(Uuid::now_v7()),
            orders_from: None,
        },
    }
}

/// What an order takes; every call is another one.
pub(crate) fn charge(user: UserId, amount: i64) -> One<Wallet> {
    One {
        id: WalletId::of(user),
        command: WalletCommand::Charge {
            charge_id: ChargeId::new(Uuid::now_v7()),
            amount: rp(amount),
            subscription_id: SubscriptionId::new(Uuid::now_v7()),
            purpose: Purpose::Order,
            at: Utc::now(),
        },
    }
}

/// A plan for 40,000 a month.
pub(crate) fn plan_of(plan_id: PlanId) -> Plan {
    Plan {
        plan_id,
        slug: "starter".parse().unwrap(),
        title: "Starter".parse().unwrap(),
        price: PriceList {
            monthly: rp(40_000),
            yearly: rp(400_000),
        },
        resources: Resources::new(500, 512, 5_120).unwrap(),
        free: None,
    }
}

/// An order for a month; every call is another one, under a subdomain of its own.
pub(crate) fn purchase(user_id: UserId, offer: Offer) -> Purchase {
    let order = Uuid::now_v7();
    Purchase {
        subscription_id: SubscriptionId::new(order),
        user_id,
        service_id: offer.service_id,
        plan_id: offer.plan_id,
        billing_cycle: BillingCycle::Monthly,
        subdomain: format!("toko-{}", order.simple()).parse().unwrap(),
        name: claim(order),
        parameters: Default::default(),
        vat: Default::default(),
        coupon: None,
        redeemer: Default::default(),
        trial: vec![],
        at: Utc::now(),
    }
}

impl Store {
    /// Decides and commits what nothing speaks against.
    pub(crate) async fn given(&self, decision: impl Decision + 'static) -> Committed {
        self.execute(command(decision)).await.unwrap()
    }

    /// The code of the refusal.
    pub(crate) async fn refused(&self, command: Command) -> &'static str {
        match self.execute(command).await {
            Err(purser::store::CommandError::Refused(refused)) => refused.code,
            other => panic!("should be refused: {other:?}"),
        }
    }

    /// A customer with so much in the wallet.
    pub(crate) async fn customer(&self, balance: i64) -> UserId {
        let user = UserId::new(Uuid::now_v7());
        self.given(registration(user)).await;
        if balance > 0 {
            self.given(credit(user, balance)).await;
        }
        user
    }

    /// An app with one plan on sale.
    pub(crate) async fn on_sale(&self, capacity: u32, max_per_customer: u32) -> Offer {
        let (service_id, plan_id) = (ServiceId::new(Uuid::now_v7()), PlanId::new(Uuid::now_v7()));
        let service = |command| One::<Service> {
            id: service_id,
            command,
        };
        self.given(service(ServiceCommand::Create {
            service_id,
            slug: "ghost".parse().unwrap(),
            title: "Ghost".parse().unwrap(),
            description: "A place to write".parse().unwrap(),
            recipe: "ghost".parse().unwrap(),
        }))
        .await;
        self.given(AddPlan {
            service_id,
            plan: plan_of(plan_id),
            capacity,
            max_per_customer,
        })
        .await;
        self.given(service(ServiceCommand::Publish {
            licence: Licence::Free,
        }))
        .await;
        Offer {
            service_id,
            plan_id,
        }
    }

    /// The balance that decisions go by.
    pub(crate) async fn balance(&self, user: UserId) -> i64 {
        let wallet = self.states.load::<Wallet>(&WalletId::of(user)).await;
        wallet.unwrap().balance().get()
    }
}
