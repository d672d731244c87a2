//! Trials (billing rules 42 and 44): once per verified person and service, and what is bought for them.

use super::world::{World, claim, failure, purchase};
use crate::{
    Rupiah,
    claim::ClaimId,
    decisions::{
        ActivateOrder, AddPlan, Advance, ChangePlan, ConfirmPlanChange, FailOrder, FailResume, One,
        Paying, PlanChangeAnswer, PlanChangeOutcome, Policy, Purchase, Renew, UsedUp,
    },
    ids::{InstanceId, PlanId, UserId, WalletId},
    instance::{Instance, InstanceCommand, LifeCommand as InstanceLife, Seen},
    parameters::Chosen,
    period::BillingCycle,
    plan_slots::PlanSlots,
    resources::Resources,
    service::{Free, Plan, PriceList, ServiceCommand},
    story::{at, budi, ghost, noon, order, plan, rp, sari, starter, text},
    subscription::Subscription,
    user::{User, UserCommand},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

mod converting;

fn trial_plan() -> Plan {
    Plan {
        price: PriceList {
            monthly: Rupiah::ZERO,
            yearly: Rupiah::ZERO,
        },
        free: Some(Free::Trial { days: 14 }),
        ..plan()
    }
}

fn business() -> PlanId {
    PlanId::new(Uuid::from_u128(0xb051))
}

fn verified(world: &mut World, user_id: UserId) {
    world.happens(&One::<User> {
        id: user_id,
        command: UserCommand::VerifyEmail { at: noon() },
    });
}

/// The starter plan as a trial beside business for 75.000 with more of everything; Budi and Sari with so much each, of whom
/// Budi has verified his address.
fn world(balance: i64) -> World {
    let mut world = World::selling_plan(trial_plan(), 2, 2)
        .with(budi(), balance)
        .with(sari(), balance);
    world.happens(&AddPlan {
        service_id: ghost(),
        plan: Plan {
            plan_id: business(),
            slug: text("business"),
            title: text("Business"),
            price: PriceList {
                monthly: rp(75_000),
                yearly: rp(750_000),
            },
            resources: Resources::new(1_000, 1_024, 10_240).unwrap(),
            free: None,
        },
        capacity: 2,
        max_per_customer: 2,
    });
    verified(&mut world, budi());
    world
}

fn claims(of: &str) -> Vec<ClaimId> {
    vec![
        claim(&format!("{of}@ghost")),
        claim(&format!("+62{of}@ghost")),
    ]
}

fn trial(user_id: UserId, of: &str, number: u128) -> Purchase {
    Purchase {
        trial: claims(of),
        ..purchase(user_id, number)
    }
}

fn paying() -> Paying {
    Paying {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        service_id: ghost(),
    }
}

fn activate(world: &mut World) {
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
}

/// Budi's trial runs since 31 January.
fn trying(balance: i64) -> World {
    let mut world = world(balance);
    world.happens(&trial(budi(), "budi", 1));
    activate(&mut world);
    world
}

fn advance(at: DateTime<Utc>) -> Advance {
    Advance {
        paying: paying(),
        policy: Policy::default(),
        at,
    }
}

/// Its days are over since 14 February.
fn resting(balance: i64) -> World {
    let mut world = trying(balance);
    assert_eq!(
        world.story(&advance(at("2027-02-13T17:00:00Z"))),
        [
            "subscription.suspended",
            "instance.held",
            "instance.stop_requested"
        ]
    );
    world
}

fn buy(at: DateTime<Utc>) -> ChangePlan {
    ChangePlan {
        paying: paying(),
        from: starter(),
        to: business(),
        billing_cycle: BillingCycle::Monthly,
        policy: Policy::default(),
        volumes_grow: None,
        asked_by: budi(),
        at,
    }
}

fn sold(world: &World, plan: PlanId) -> bool {
    // Full for whoever has as many as he may: two here.
    format!("{:?}", world.state::<PlanSlots>(&plan)).contains(&order(1).to_string())
}

#[test]
fn a_trial_costs_nothing_and_takes_the_claims_of_its_person() {
    let mut world = world(0);
    assert_eq!(
        world.story(&trial(budi(), "budi", 1)),
        [
            "claim.taken",
            "claim.taken",
            "subscription.ordered",
            "plan_slots.taken",
            "claim.taken",
            "instance.requested"
        ]
    );
    activate(&mut world);
    let subscription: Subscription = world.state(&order(1));
    assert_eq!(subscription.paid_until(), "2027-02-14".parse().ok());
    assert!(subscription.is_trial() && !subscription.renews());
}

#[test]
fn it_is_had_once_by_mailbox_and_by_phone_whoever_asks() {
    let mut world = trying(0);
    verified(&mut world, sari());
    world.refuses(&trial(budi(), "budi", 2), "subscription.trial_had");
    // Another account with the same mailbox, and one with the same phone.
    let [mailbox, phone] = [0, 1].map(|one| vec![claims("budi")[one].clone()]);
    for trial in [mailbox, phone] {
        let again = Purchase {
            trial,
            ..purchase(sari(), 2)
        };
        world.refuses(&again, "subscription.trial_had");
    }
    world.happens(&trial(sari(), "sari", 2));
}

#[test]
fn nobody_tries_without_a_verified_address() {
    let mut world = world(0);
    world.refuses(&trial(sari(), "sari", 1), "user.email_not_verified");
    // Whoever asks for him has to say who he is.
    world.refuses(&purchase(budi(), 1), "user.email_not_verified");
}

#[test]
fn a_trial_sends_no_mail() {
    let smtp = [(text("smtp_port"), Chosen::Number(587))];
    let sending = Purchase {
        parameters: smtp.into_iter().collect(),
        ..trial(budi(), "budi", 1)
    };
    world(0).refuses(&sending, "subscription.no_mail_on_trial");
}

#[test]
fn a_trial_that_never_ran_can_be_had_again() {
    let mut world = world(0);
    world.happens(&trial(budi(), "budi", 1));
    let failing = FailOrder {
        used: UsedUp {
            coupon: None,
            claims: claims("budi"),
        },
        ..failure(order(1))
    };
    assert_eq!(
        world.story(&failing),
        [
            "subscription.failed",
            "claim.released",
            "claim.released",
            "instance.removal_requested"
        ]
    );
    world.happens(&trial(budi(), "budi", 2));
    // The first one has nothing more to give back.
    world.changes_nothing(&failing);
    world.refuses(&trial(budi(), "budi", 3), "subscription.trial_had");
}

#[test]
fn its_end_rests_for_seven_days_and_deletes() {
    let mut world = resting(500_000);
    // Credit does not make it renew.
    let day_6 = at("2027-02-19T17:00:00Z");
    assert_eq!(world.story(&advance(day_6)), Vec::<String>::new());
    assert_eq!(
        world.story(&advance(at("2027-02-20T17:00:00Z"))),
        ["subscription.ended", "instance.removal_requested"]
    );
    assert_eq!(world.balance(budi()), rp(500_000));
}

#[test]
fn it_is_not_renewed() {
    let renew = Renew {
        paying: paying(),
        policy: Policy::default(),
        asked_by: budi(),
        at: noon(),
    };
    trying(500_000).refuses(&renew, "subscription.trial");
    resting(500_000).refuses(&renew, "subscription.trial");
}

#[test]
fn a_plan_is_bought_for_it_while_it_runs() {
    let mut world = trying(100_000);
    let day_4 = at("2027-02-03T05:00:00Z");
    let asked: PlanChangeAnswer = world.answer(&buy(day_4));
    assert_eq!(asked.outcome, PlanChangeOutcome::Changing);
    assert_eq!(asked.quote.charged, rp(75_000));
    assert_eq!(world.balance(budi()), rp(25_000));
    let id = InstanceId::of(order(1));
    let (operation, seen) = (1, Seen::Ready);
    world.happens(&One::<Instance> {
        id,
        command: InstanceCommand::Live(InstanceLife::Observe {
            operation,
            seen,
            at: day_4,
        }),
    });
    world.happens(&ConfirmPlanChange {
        paying: paying(),
        from: starter(),
        to: business(),
        at: day_4,
    });
    let subscription: Subscription = world.state(&order(1));
    assert!(subscription.renews() && !subscription.is_trial());
    assert_eq!(subscription.paid_until(), "2027-03-03".parse().ok());
    assert!(sold(&world, business()) && !sold(&world, starter()));
}

#[test]
fn a_plan_is_bought_for_it_while_it_rests() {
    let mut world = resting(100_000);
    let day_3 = at("2027-02-16T05:00:00Z");
    assert_eq!(
        world.story(&buy(day_3)),
        [
            "subscription.trial_converted",
            "plan_slots.taken",
            "plan_slots.returned",
            "wallet.charged",
            "subscription.resume_ordered",
            "instance.refitted",
            "instance.released",
            "instance.start_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(25_000));
    let instance: Instance = world.state(&InstanceId::of(order(1)));
    assert_eq!(instance.wanted().unwrap().resources.memory_mib(), 1_024);
    assert!(sold(&world, business()) && !sold(&world, starter()));
    // Where it does not start, the price comes back, and it rests on the terms of what was bought.
    world.happens(&FailResume {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        at: day_3,
    });
    assert_eq!(world.balance(budi()), rp(100_000));
    let renew = Renew {
        paying: paying(),
        policy: Policy::default(),
        asked_by: budi(),
        at: day_3,
    };
    world.happens(&renew);
    assert_eq!(world.balance(budi()), rp(25_000));
}

#[test]
fn what_is_not_paid_is_not_bought() {
    resting(74_999).refuses(
        &buy(at("2027-02-16T05:00:00Z")),
        "wallet.insufficient_funds",
    );
    trying(74_999).refuses(&buy(noon()), "wallet.insufficient_funds");
    let by_sari = ChangePlan {
        asked_by: sari(),
        ..buy(noon())
    };
    trying(100_000).refuses(&by_sari, "subscription.not_found");
}

#[test]
fn nobody_changes_to_a_trial() {
    let mut world = world(100_000);
    let paid = Purchase {
        plan_id: business(),
        ..purchase(budi(), 1)
    };
    world.happens(&paid);
    activate(&mut world);
    let back = ChangePlan {
        from: business(),
        to: starter(),
        ..buy(noon())
    };
    world.refuses(&back, "subscription.trial_not_by_change");
}

#[test]
fn what_is_for_sale_costs_something_or_says_why_not() {
    let free = |slug: &str, free| AddPlan {
        service_id: ghost(),
        plan: Plan {
            plan_id: PlanId::new(Uuid::from_u128(0xf4ee)),
            slug: text(slug),
            free,
            ..trial_plan()
        },
        capacity: 1,
        max_per_customer: 1,
    };
    let mut world = world(0);
    world.refuses(&free("free", None), "service.free_without_trial");
    let days = |days| Some(Free::Trial { days });
    world.refuses(&free("free", days(0)), "service.not_a_trial");
    let reprice = ServiceCommand::RepricePlan {
        plan_id: starter(),
        price: PriceList {
            monthly: rp(1_000),
            yearly: rp(10_000),
        },
        at: noon(),
    };
    let reprice = One::<crate::service::Service> {
        id: ghost(),
        command: reprice,
    };
    world.refuses(&reprice, "service.not_a_trial");
    world.happens(&free("free", Some(Free::ForEver)));
}
