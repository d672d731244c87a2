//! A plan that is bought for a trial is a new order: of what was under way, and of credit that may still be taken back.

use super::{super::world::World, advance, business, buy, paying, resting, sold, trying};
use crate::{
    decisions::{FailPlanChange, One, PlanChangeAnswer, PlanChangeOutcome},
    ids::{CreditId, TopUpId, WalletId},
    story::{at, budi, rp, starter},
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

#[test]
fn a_change_that_its_end_cut_short_gives_back_what_it_took_before_a_plan_is_bought() {
    let mut world = trying(200_000);
    let asked: PlanChangeAnswer = world.answer(&buy(at("2027-02-12T05:00:00Z")));
    assert_eq!(asked.outcome, PlanChangeOutcome::Changing);
    world.happens(&advance(at("2027-02-13T17:00:00Z")));
    let day_3 = at("2027-02-16T05:00:00Z");
    world.refuses(&buy(day_3), "subscription.changing");
    world.happens(&FailPlanChange {
        paying: paying(),
        from: starter(),
        to: business(),
        at: day_3,
    });
    assert_eq!(world.balance(budi()), rp(200_000));
    assert!(!sold(&world, business()) && sold(&world, starter()));
    world.happens(&buy(day_3));
    assert_eq!(world.balance(budi()), rp(125_000));
    assert!(sold(&world, business()) && !sold(&world, starter()));
}

/// So much more, which settled only just now and can be spent on new orders in ten minutes.
fn young(world: &mut World, amount: i64, now: DateTime<Utc>) {
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::Credit {
            credit_id: CreditId::new(Uuid::from_u128(0x10a6)),
            amount: rp(amount),
            top_up_id: TopUpId::new(Uuid::from_u128(0x10a6)),
            orders_from: Some(now + Duration::minutes(10)),
        },
    });
}

#[test]
fn what_is_bought_for_a_trial_waits_for_young_credit_as_an_order_does() {
    let later = |then: DateTime<Utc>| then + Duration::minutes(10);
    let day_4 = at("2027-02-03T05:00:00Z");
    let mut running = trying(0);
    young(&mut running, 100_000, day_4);
    running.refuses(&buy(day_4), "wallet.credit_too_young");
    running.happens(&buy(later(day_4)));
    let day_17 = at("2027-02-16T05:00:00Z");
    let mut rests = resting(0);
    young(&mut rests, 100_000, day_17);
    rests.refuses(&buy(day_17), "wallet.credit_too_young");
    rests.happens(&buy(later(day_17)));
    assert_eq!(rests.balance(budi()), rp(25_000));
}
