//! Coupons and trials in the books' histories.

use super::{
    super::world::{World, claim, purchase},
    Books,
};
use crate::{
    Rupiah,
    coupon::{Coupon, CouponCode, CouponCommand, Gives, Limits, Off, Percent},
    decisions::{
        AddPlan, ChangePlan, GrantWelcome, One, Policy, Purchase, RedeemCoupon, Redeemer, UsedUp,
    },
    ids::{PlanId, RedemptionId, SubscriptionId, UserId},
    period::BillingCycle,
    service::{Free, Plan, PriceList},
    story::{at, budi, ghost, plan, rp, sari, starter, text},
    subscription::Subscription,
    user::{User, UserCommand},
};
use uuid::Uuid;

/// Something off two periods, all of one, off all of them, days, and credit.
const CODES: [&str; 5] = ["HALF", "FREE", "BIT-OFF", "DAYS", "CREDIT"];

fn trial() -> PlanId {
    PlanId::new(Uuid::from_u128(0x741a1))
}

fn gives(code: &str) -> Gives {
    let percent = |percent| Off::Percent(Percent::try_from(percent).unwrap());
    let (off, periods) = match code {
        "HALF" => (percent(50), Some(2)),
        "FREE" => (percent(100), Some(1)),
        "BIT-OFF" => (Off::Fixed(rp(1_234)), None),
        "DAYS" => return Gives::FreeDays { days: 5 },
        _ => {
            return Gives::Credit {
                amount: rp(15_000),
                days: 20,
            };
        }
    };
    Gives::Discount { off, periods }
}

/// The starter plan and a trial of it, two customers whose addresses are verified, and coupons that never run out.
pub(super) fn world() -> World {
    let mut world = World::selling(6, 4).with(budi(), 0).with(sari(), 0);
    let now = at("2027-01-31T05:00:00Z");
    world.happens(&AddPlan {
        service_id: ghost(),
        plan: Plan {
            plan_id: trial(),
            slug: text("trial"),
            price: PriceList {
                monthly: Rupiah::ZERO,
                yearly: Rupiah::ZERO,
            },
            free: Some(Free::Trial { days: 14 }),
            ..plan()
        },
        capacity: 6,
        max_per_customer: 4,
    });
    for id in [budi(), sari()] {
        let command = UserCommand::VerifyEmail { at: now };
        world.happens(&One::<User> { id, command });
    }
    for code in CODES {
        let id: CouponCode = code.parse().unwrap();
        let limits = Limits {
            uses: Some(5_000),
            repeatable: true,
            ..Limits::default()
        };
        let create = CouponCommand::Create {
            code: id.clone(),
            gives: gives(code),
            limits: Box::new(limits),
            at: now,
        };
        world.happens(&One::<Coupon> {
            id,
            command: create,
        });
    }
    world
}

impl Books {
    /// One for orders, or none.
    pub(super) fn coupon(&mut self) -> Option<CouponCode> {
        let number = self.random.below(6) as usize;
        CODES[..4].get(number).map(|code| code.parse().unwrap())
    }

    pub(super) fn used(&self, id: SubscriptionId) -> UsedUp {
        let subscription = self.world.state::<Subscription>(&id);
        subscription.terms().map(UsedUp::of).unwrap_or_default()
    }

    pub(super) fn redeems(&mut self, user_id: UserId) {
        let redemption_id = RedemptionId::new(self.random.uuid());
        let (coupon, at) = ("CREDIT".parse().unwrap(), self.now);
        self.tell(&RedeemCoupon {
            coupon,
            redemption_id,
            user_id,
            redeemer: Redeemer::default(),
            at,
        });
        let welcome = GrantWelcome {
            user_id,
            mailbox: claim(&user_id.to_string()[24..]),
            amount: rp(7_500),
            days: 30,
            at,
        };
        self.tell(&welcome);
    }

    pub(super) fn tries(&mut self, person: UserId) {
        let number = u128::from(self.orders);
        let trial = Purchase {
            plan_id: trial(),
            trial: vec![claim(&format!("{number}@ghost"))],
            at: self.now,
            ..purchase(person, number)
        };
        let before = self.events;
        self.tell(&trial);
        self.orders += u64::from(self.events > before);
    }

    pub(super) fn converts(&mut self, subscription_id: SubscriptionId, asked_by: UserId) {
        let change = ChangePlan {
            paying: self.paying(subscription_id),
            from: trial(),
            to: starter(),
            billing_cycle: BillingCycle::Monthly,
            policy: Policy::default(),
            volumes_grow: None,
            asked_by,
            at: self.now,
        };
        self.tell(&change);
    }
}
