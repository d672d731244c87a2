//! Streams that waited for an operator: a charge and what it pays for are heard apart from one another.

use super::*;
use purser_domain::{AggregateType, Recorded};

fn is_of_wallet(event: &Recorded) -> bool {
    event.stream.kind == AggregateType::Wallet
}

fn is_of_subscription(event: &Recorded) -> bool {
    event.stream.kind == AggregateType::Subscription
}

fn next() -> ChargeId {
    ChargeId::of_period(order(), day("2027-02-28"), 0)
}

/// A second period, bought ahead.
fn ahead() -> Vec<Beat> {
    let mut story = active();
    story.push(charged(next(), 40_000, 0));
    story.push(renewed(next(), "2027-02-28", "2027-03-31"));
    story
}

/// What is put on paper, by the steps, however late it is heard, and what is waited for.
fn told(story: &[Beat]) -> Told<Papers> {
    hearing_twice_changes_nothing(Papers, story);
    Told::new(Papers).after(story)
}

#[test]
fn what_was_charged_is_invoiced_once_the_charge_is_heard() {
    let story = with_late(active(), is_of_wallet);
    let before = Told::new(Papers).after(&story[..2]);
    assert_eq!(before.steps(), [] as [&str; 0]);
    assert_eq!(told(&story).effects, told(&in_order(active())).effects);
}

#[test]
fn a_charge_that_is_heard_late_is_invoiced_when_what_it_pays_for_begins() {
    let in_time = told(&in_order(ahead()));
    let late = told(&with_late(ahead(), is_of_wallet));
    assert_eq!(late.effects, in_time.effects);
    assert_eq!(late.timers, in_time.timers);
    assert_eq!(late.timers.len(), 1);
    let heard = Heard::Timer {
        name: &late.timers[0].name,
        at: day_begins(day("2027-02-28")),
    };
    let rung = Papers.react(&late.state, heard);
    let steps: Vec<_> = rung.effects.iter().map(|(step, _)| step).collect();
    assert_eq!(steps, [&format!("invoice-{}", next())]);
}

#[test]
fn what_comes_back_of_a_charge_that_is_heard_late_has_its_credit_note() {
    let mut story = active();
    story.push(refunded(
        first(),
        CreditId::of_remainder(first()),
        20_000,
        0,
    ));
    let in_time = told(&in_order(story.clone()));
    assert_eq!(in_time.effects.len(), 2);
    assert_eq!(
        told(&with_late(story, is_of_wallet)).effects,
        in_time.effects
    );
}

#[test]
fn an_order_that_is_heard_late_is_invoiced_without_what_came_back_meanwhile() {
    let mut story = active();
    story.push(refunded(
        first(),
        CreditId::of_remainder(first()),
        15_000,
        0,
    ));
    let told = told(&with_late(story, is_of_subscription));
    let [(_, Effect::Issue { paper })] = &*told.effects else {
        panic!("{:?}", told.effects);
    };
    let Paper::Invoice { bill, total, .. } = &**paper else {
        panic!("{paper:?}");
    };
    assert_eq!((bill.returned, *total), (rp(15_000), rp(25_000)));
}

#[test]
fn an_order_that_failed_while_the_wallet_waited_leaves_no_paper() {
    for late in [is_of_wallet, is_of_subscription] {
        assert_eq!(told(&with_late(never_ready(), late)).effects, []);
    }
}
