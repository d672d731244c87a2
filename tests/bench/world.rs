//! Customers with money and plans with slots, and the commands they give.

use chrono::{DateTime, Days, Utc};
use purser::store::{Appender, Command};
use purser_domain::{
    Actor, Decision, Rupiah,
    claim::ClaimId,
    decisions::{AddPlan, One, Purchase, Register},
    ids::{CreditId, PlanId, ServiceId, SessionId, SubscriptionId, TopUpId, UserId, WalletId},
    period::BillingCycle,
    resources::Resources,
    sealed::Sealed,
    service::{Licence, Plan, PriceList, Service, ServiceCommand},
    session::{Session, SessionCommand},
    user::{Locale, Role},
    wallet::{Wallet, WalletCommand},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::task::JoinSet;
use uuid::Uuid;

const PLANS: usize = 4;

/// Who buys and what is for sale.
#[derive(Clone)]
pub(crate) struct World {
    users: Arc<Vec<UserId>>,
    service_id: ServiceId,
    plans: Arc<Vec<PlanId>>,
    turn: Arc<AtomicUsize>,
    at: DateTime<Utc>,
}

impl World {
    /// Signs up so many customers with money in their wallets, and puts some plans on sale.
    pub(crate) async fn prepare(appender: &Appender, users: usize) -> anyhow::Result<Self> {
        let at = Utc::now();
        let mut world = Self {
            users: Arc::new((0..users).map(|_| UserId::new(Uuid::now_v7())).collect()),
            service_id: ServiceId::new(Uuid::now_v7()),
            plans: Arc::default(),
            turn: Arc::default(),
            at,
        };
        world.open_shop(appender).await?;
        let mut tasks = JoinSet::new();
        for callers in world.users.chunks(users.div_ceil(64)) {
            let (callers, appender) = (callers.to_vec(), appender.clone());
            tasks.spawn(async move {
                for user_id in callers {
                    appender.execute(command(register(user_id, at)?)).await?;
                    let credit = credit(WalletId::of(user_id), Rupiah::try_from(1 << 40)?);
                    appender.execute(command(credit)).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(task) = tasks.join_next().await {
            task??;
        }
        Ok(world)
    }

    /// New plans, none of whose slots is taken.
    pub(crate) async fn open_shop(&mut self, appender: &Appender) -> anyhow::Result<()> {
        let service_id = ServiceId::new(Uuid::now_v7());
        let plans: Vec<PlanId> = (0..PLANS).map(|_| PlanId::new(Uuid::now_v7())).collect();
        let service = |command| One::<Service> {
            id: service_id,
            command,
        };
        let create = ServiceCommand::Create {
            service_id,
            slug: "ghost".parse()?,
            title: "Ghost".parse()?,
            description: "A place to write".parse()?,
            recipe: "ghost".parse()?,
        };
        appender.execute(command(service(create))).await?;
        for (number, plan_id) in plans.iter().enumerate() {
            let plan = Plan {
                plan_id: *plan_id,
                slug: format!("plan-{number}").parse()?,
                title: "Starter".parse()?,
                price: PriceList {
                    monthly: Rupiah::try_from(40_000)?,
                    yearly: Rupiah::try_from(400_000)?,
                },
                resources: Resources::new(500, 512, 5_120)?,
                free: None,
            };
            let add = AddPlan {
                service_id,
                plan,
                capacity: u32::MAX,
                max_per_customer: u32::MAX,
            };
            appender.execute(command(add)).await?;
        }
        appender
            .execute(command(service(ServiceCommand::Publish {
                licence: Licence::Free,
            })))
            .await?;
        (self.service_id, self.plans) = (service_id, Arc::new(plans));
        Ok(())
    }

    /// The next customer buys one of the plans.
    pub(crate) fn purchase(&self) -> anyhow::Result<Purchase> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let id = Uuid::now_v7();
        Ok(Purchase {
            subscription_id: SubscriptionId::new(id),
            user_id: self.users[turn % self.users.len()],
            service_id: self.service_id,
            plan_id: self.plans[turn % self.plans.len()],
            billing_cycle: BillingCycle::Monthly,
            subdomain: format!("toko-{turn}").parse()?,
            name: claim(id)?,
            parameters: Default::default(),
            vat: Default::default(),
            coupon: None,
            redeemer: Default::default(),
            trial: vec![],
            at: self.at,
        })
    }
}

/// The claim on a name, by a stand-in for its hash.
fn claim(id: Uuid) -> anyhow::Result<ClaimId> {
    let digits = id.simple();
    Ok(format!("{digits}{digits}").parse()?)
}

fn register(user_id: UserId, at: DateTime<Utc>) -> anyhow::Result<Register> {
    let sealed = || Sealed::try_from(format!("v1.{user_id}.{}", "A".repeat(72)));
    Ok(Register {
        user_id,
        address: claim(user_id.uuid())?,
        name: sealed()?,
        email: sealed()?,
        phone: None,
        password: sealed()?,
        roles: vec![Role::Customer],
        locale: Locale::Id,
        at,
    })
}

/// Money comes in.
pub(crate) fn credit(wallet_id: WalletId, amount: Rupiah) -> One<Wallet> {
    One {
        id: wallet_id,
        command: WalletCommand::Credit {
            credit_id: CreditId::new(Uuid::now_v7()),
            amount,
            top_up_id: TopUpId::new(Uuid::now_v7()),
            orders_from: None,
        },
    }
}

/// Somebody signs in: one event on a stream of its own.
pub(crate) fn start_session(user_id: UserId) -> One<Session> {
    One {
        id: SessionId::new(Uuid::now_v7()),
        command: SessionCommand::Start {
            user_id,
            expires_at: Utc::now() + Days::new(30),
            times_shut: 0,
        },
    }
}

/// As a request would bring it, under a key of its own.
pub(crate) fn command(decision: impl Decision + 'static) -> Command {
    let id = Uuid::now_v7();
    Command {
        command_id: id,
        body_hash: [7; 32],
        actor: Actor::System("bench"),
        correlation_id: id,
        causation_id: id,
        decision: Box::new(decision),
    }
}
