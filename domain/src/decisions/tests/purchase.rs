use super::world::{World, claim, of, purchase};
use crate::{
    Event, Rupiah,
    decisions::{Purchase, Purchased},
    ids::{ChargeId, InstanceId, PlanId, ServiceId},
    instance::Instance,
    parameters::{Chosen, Parameters},
    period::BillingCycle,
    service::{Free, Plan, PriceList, ServiceCommand},
    story::{budi, noon, order, plan, rp, sari, sealed, starter, text},
    subscription::{Subscription, SubscriptionEvent},
    wallet::WalletEvent,
};
use uuid::Uuid;

fn free_plan() -> Plan {
    Plan {
        price: PriceList {
            monthly: Rupiah::ZERO,
            yearly: Rupiah::ZERO,
        },
        free: Some(Free::ForEver),
        ..plan()
    }
}

#[test]
fn buying_charges_orders_and_takes_slot_and_name_in_one_commit() {
    let mut world = World::selling(5, 2).with(budi(), 100_000);
    assert_eq!(
        world.story(&purchase(budi(), 1)),
        [
            "wallet.charged",
            "subscription.ordered",
            "plan_slots.taken",
            "claim.taken",
            "instance.requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(60_000));
    assert_eq!(world.holder("toko-1"), Some(order(1).uuid()));
}

#[test]
fn the_answer_names_what_was_bought_and_for_how_much() {
    let mut world = World::selling(5, 2).with(budi(), 100_000);
    let purchased: Purchased = world.answer(&purchase(budi(), 1));
    assert_eq!(
        purchased,
        Purchased {
            subscription_id: order(1),
            instance_id: InstanceId::of(order(1)),
            price: rp(40_000),
            discount: Rupiah::ZERO,
            free_days: None,
            next_charge_on: "2027-02-28".parse().ok(),
            subdomain: text("toko-1"),
        }
    );
}

#[test]
fn the_order_and_the_instance_carry_copies_of_the_catalogue() {
    let mut world = World::selling(5, 2).with(budi(), 100_000).ordered(1);
    world.service(ServiceCommand::RepricePlan {
        plan_id: starter(),
        price: PriceList {
            monthly: rp(90_000),
            yearly: rp(900_000),
        },
        at: noon(),
    });
    let subscription: Subscription = world.state(&order(1));
    let terms = subscription.terms().unwrap();
    assert_eq!(terms.price, rp(40_000));
    assert_eq!(terms.charge_id, Some(ChargeId::of_order(order(1))));
    let instance: Instance = world.state(&InstanceId::of(order(1)));
    let wanted = instance.wanted().unwrap();
    assert_eq!(wanted.recipe, text("ghost"));
    assert_eq!(wanted.resources, plan().resources);
    assert_eq!(wanted.subdomain, terms.subdomain);
}

#[test]
fn the_instance_is_wanted_as_the_customer_chose() {
    let mut world = World::selling(5, 2).with(budi(), 100_000);
    let chosen: Parameters = [
        (text("smtp_port"), Chosen::Number(587)),
        (text("smtp_password"), Chosen::Sealed(sealed("password"))),
    ]
    .into_iter()
    .collect();
    let choosing = Purchase {
        parameters: chosen.clone(),
        ..purchase(budi(), 1)
    };
    world.happens(&choosing);
    let instance: Instance = world.state(&InstanceId::of(order(1)));
    assert_eq!(instance.wanted().unwrap().parameters, chosen);
}

#[test]
fn buying_for_a_year_costs_the_yearly_price() {
    let mut world = World::selling(5, 2).with(budi(), 400_000);
    let for_a_year = Purchase {
        billing_cycle: BillingCycle::Yearly,
        ..purchase(budi(), 1)
    };
    let decided = world.happens(&for_a_year);
    assert_eq!(
        of(&decided, "wallet"),
        [&Event::Wallet(WalletEvent::Charged {
            charge_id: ChargeId::of_order(order(1)),
            amount: rp(400_000),
            subscription_id: order(1),
            promotional: vec![],
        })]
    );
    let subscription: Subscription = world.state(&order(1));
    let terms = subscription.terms().unwrap();
    assert_eq!(terms.billing_cycle, BillingCycle::Yearly);
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
}

#[test]
fn a_free_plan_is_ordered_without_a_charge() {
    let mut world = World::selling_plan(free_plan(), 5, 2).with(budi(), 0);
    let decided = world.happens(&purchase(budi(), 1));
    assert_eq!(of(&decided, "wallet"), Vec::<&Event>::new());
    let [Event::Subscription(SubscriptionEvent::Ordered { terms, .. })] =
        of(&decided, "subscription")[..]
    else {
        panic!("one order: {decided:?}");
    };
    assert_eq!((terms.price, terms.charge_id), (Rupiah::ZERO, None));
    assert_eq!(of(&decided, "instance").len(), 1);
}

#[test]
fn credit_that_does_not_reach_buys_nothing() {
    World::selling(5, 2)
        .with(budi(), 39_999)
        .refuses(&purchase(budi(), 1), "wallet.insufficient_funds");
}

#[test]
fn credit_for_one_order_does_not_buy_two() {
    World::selling(5, 2)
        .with(budi(), 79_999)
        .ordered(1)
        .refuses(&purchase(budi(), 2), "wallet.insufficient_funds");
}

#[test]
fn the_last_slot_is_sold_once() {
    World::selling(1, 1)
        .with(budi(), 100_000)
        .with(sari(), 100_000)
        .ordered(1)
        .refuses(&purchase(sari(), 2), "plan.sold_out");
}

#[test]
fn what_the_workers_have_no_room_for_is_not_sold_and_no_money_moves() {
    let mut world = World::selling(5, 2).with(budi(), 100_000);
    world.room(false);
    world.refuses(&purchase(budi(), 1), "plan.no_room");
    assert_eq!(world.balance(budi()), rp(100_000));
    world.room(true);
    assert_eq!(world.ordered(1).balance(budi()), rp(60_000));
}

#[test]
fn that_there_is_no_room_is_said_before_that_the_credit_does_not_reach() {
    let mut world = World::selling(5, 2).with(budi(), 0);
    world.room(false);
    world.refuses(&purchase(budi(), 1), "plan.no_room");
}

#[test]
fn a_customer_buys_no_more_than_his_share() {
    World::selling(5, 1)
        .with(budi(), 100_000)
        .ordered(1)
        .refuses(&purchase(budi(), 2), "plan.customer_limit");
}

#[test]
fn what_is_not_published_is_not_sold() {
    let mut world = World::selling(5, 2).with(budi(), 100_000);
    world.service(ServiceCommand::Retire);
    world.refuses(&purchase(budi(), 1), "service.not_for_sale");
}

#[test]
fn a_withdrawn_plan_is_not_sold() {
    let mut world = World::selling(5, 2).with(budi(), 100_000);
    world.service(ServiceCommand::WithdrawPlan { plan_id: starter() });
    world.refuses(&purchase(budi(), 1), "service.plan_withdrawn");
}

#[test]
fn what_is_not_in_the_catalogue_is_not_found() {
    let mut world = World::selling(5, 2).with(budi(), 100_000);
    let unknown = Uuid::from_u128(404);
    let no_plan = Purchase {
        plan_id: PlanId::new(unknown),
        ..purchase(budi(), 1)
    };
    world.refuses(&no_plan, "service.plan_not_found");
    let no_service = Purchase {
        service_id: ServiceId::new(unknown),
        ..purchase(budi(), 1)
    };
    world.refuses(&no_service, "service.not_found");
}

#[test]
fn a_name_that_is_taken_buys_nothing() {
    let taken = Purchase {
        name: claim("toko-1"),
        subdomain: text("toko-1"),
        ..purchase(sari(), 2)
    };
    World::selling(5, 2)
        .with(budi(), 100_000)
        .with(sari(), 100_000)
        .ordered(1)
        .refuses(&taken, "claim.subdomain_taken");
}

#[test]
fn a_deactivated_customer_buys_nothing() {
    World::selling(5, 2)
        .with(budi(), 100_000)
        .deactivated(budi())
        .refuses(&purchase(budi(), 1), "user.deactivated");
}

#[test]
fn a_stranger_buys_nothing() {
    World::selling(5, 2).refuses(&purchase(budi(), 1), "user.not_found");
}

#[test]
fn the_same_order_is_not_placed_twice_by_its_customer_or_another() {
    let mut world = World::selling(5, 5)
        .with(budi(), 100_000)
        .with(sari(), 100_000)
        .ordered(1);
    world.refuses(&purchase(budi(), 1), "subscription.already_ordered");
    world.refuses(&purchase(sari(), 1), "subscription.already_ordered");
}
