mod late;

use super::{
    Beat, Told, budi, event, hearing_twice_changes_nothing, in_order, noon, rp, with_late,
};
use crate::sagas::{Arrears, Effect, Reaction, Saga};
use purser_domain::{
    ids::{ChargeId, CreditId, SubscriptionId, TopUpId, WalletId},
    period::Period,
    subscription::{RenewalCause, Subscription, SubscriptionEvent as Did},
    wallet::{Wallet, WalletEvent},
};
use uuid::Uuid;

fn order(number: u128) -> SubscriptionId {
    SubscriptionId::new(Uuid::from_u128(number))
}

fn of(number: u128, fact: Did) -> Beat {
    event::<Subscription>(&order(number), fact)
}

fn past_due(number: u128, due_on: &str) -> Beat {
    let due_on = due_on.parse().unwrap();
    of(
        number,
        Did::BecamePastDue {
            due_on,
            grace_until: due_on,
            needed: rp(40_000),
            wallet_id: WalletId::of(budi()),
            at: noon(),
        },
    )
}

fn suspended(number: u128, on: &str) -> Beat {
    let on = on.parse().unwrap();
    of(
        number,
        Did::Suspended {
            on,
            delete_on: on,
            grace_days: 0,
            grace_value: rp(10_000),
            wallet_id: WalletId::of(budi()),
            at: noon(),
        },
    )
}

fn renewed(number: u128) -> Beat {
    let start = "2027-02-28".parse().unwrap();
    of(
        number,
        Did::Renewed {
            period: Period { start, end: start },
            discount: None,
            price: rp(40_000),
            vat: Default::default(),
            charge_id: None,
            cause: RenewalCause::Automatic,
            wallet_id: WalletId::of(budi()),
            at: noon(),
        },
    )
}

fn credited(number: u128) -> Beat {
    event::<Wallet>(
        &WalletId::of(budi()),
        WalletEvent::Credited {
            credit_id: CreditId::new(Uuid::from_u128(number)),
            amount: rp(50_000),
            top_up_id: TopUpId::new(Uuid::from_u128(number)),
            orders_from: None,
        },
    )
}

/// The resumption of this number.
fn charge(of: u128, number: u32) -> ChargeId {
    ChargeId::of_resumption(order(of), number)
}

fn resume_ordered(number: u128, attempt: u32) -> Beat {
    of(
        number,
        Did::ResumeOrdered {
            price: rp(40_000),
            vat: Default::default(),
            discount: None,
            charge_id: Some(charge(number, attempt)),
            grace: rp(0),
            grace_charge_id: None,
            wallet_id: WalletId::of(budi()),
            at: noon(),
        },
    )
}

fn given_back(number: u128, attempt: u32) -> Beat {
    let charge_id = charge(number, attempt);
    event::<Wallet>(
        &WalletId::of(budi()),
        WalletEvent::Refunded {
            credit_id: CreditId::of_refund(charge_id),
            charge_id,
            amount: rp(40_000),
            subscription_id: order(number),
            promotional: vec![],
        },
    )
}

fn resume_failed(number: u128) -> Beat {
    of(
        number,
        Did::ResumeFailed {
            refunded: rp(40_000),
            delete_on: "2027-03-01".parse().unwrap(),
            wallet_id: WalletId::of(budi()),
            at: noon(),
        },
    )
}

/// It is charged, cannot be started and is given back.
fn fails_to_resume(number: u128, attempt: u32) -> [Beat; 3] {
    [
        resume_ordered(number, attempt),
        given_back(number, attempt),
        resume_failed(number),
    ]
}

fn paid(told: &Told<Arrears>) -> Vec<Vec<SubscriptionId>> {
    let list = told.effects.iter().map(|(_, effect)| match effect {
        Effect::PayArrears { subscriptions, .. } => subscriptions.clone(),
        other => panic!("{other:?}"),
    });
    list.collect()
}

#[test]
fn what_came_in_pays_what_is_past_due_and_then_what_is_suspended_each_by_its_date() {
    let told = Told::new(Arrears).after(&in_order(vec![
        suspended(1, "2027-01-05"),
        past_due(2, "2027-02-20"),
        past_due(3, "2027-02-10"),
        suspended(4, "2027-01-03"),
        credited(1),
    ]));
    assert_eq!(paid(&told), [[3, 2, 4, 1].map(order).to_vec()]);
}

#[test]
fn what_was_paid_is_not_asked_for_again() {
    let told = Told::new(Arrears).after(&in_order(vec![
        past_due(1, "2027-02-20"),
        past_due(2, "2027-02-21"),
        renewed(1),
        credited(1),
        renewed(2),
        credited(2),
    ]));
    assert_eq!(paid(&told), [vec![order(2)]]);
}

#[test]
fn what_a_failed_resumption_gives_back_does_not_pay_for_the_next_one() {
    let story = vec![
        suspended(1, "2027-01-05"),
        resume_ordered(1, 1),
        given_back(1, 1),
        resume_failed(1),
    ];
    let told = Told::new(Arrears).after(&in_order(story.clone()));
    assert_eq!(paid(&told), [] as [Vec<SubscriptionId>; 0]);
    let told = Told::new(Arrears).after(&in_order([story, vec![credited(2)]].concat()));
    assert_eq!(paid(&told), [vec![order(1)]]);
}

#[test]
fn two_that_cannot_start_do_not_pay_for_one_another_without_end() {
    let mut story = vec![
        suspended(1, "2027-01-05"),
        suspended(2, "2027-01-06"),
        credited(1),
    ];
    story.extend(fails_to_resume(1, 1));
    story.extend(fails_to_resume(2, 1));
    let told = Told::new(Arrears).after(&in_order(story.clone()));
    // What the first gave back is tried on the second, and what that gave back on neither.
    let once = [vec![order(1), order(2)], vec![order(2)]];
    assert_eq!(paid(&told), once);
    hearing_twice_changes_nothing(Arrears, &in_order(story.clone()));
    story.push(credited(2));
    let told = Told::new(Arrears).after(&in_order(story));
    let again = vec![order(1), order(2)];
    assert_eq!(paid(&told)[2..], [again]);
}

#[test]
fn what_could_not_start_again_is_paid_before_what_was_due_later() {
    let mut story = vec![suspended(1, "2027-01-05")];
    story.extend(fails_to_resume(1, 1));
    // Credit for one of them is there: who was due first has it.
    story.extend([suspended(2, "2027-01-06"), credited(1)]);
    let told = Told::new(Arrears).after(&in_order(story.clone()));
    assert_eq!(paid(&told), [[1, 2].map(order).to_vec()]);
    hearing_twice_changes_nothing(Arrears, &in_order(story.clone()));
    // However often it fails.
    story.extend(fails_to_resume(1, 2));
    story.push(credited(2));
    let told = Told::new(Arrears).after(&in_order(story));
    assert_eq!(paid(&told).last(), Some(&[1, 2].map(order).to_vec()));
}

#[test]
fn what_cost_nothing_to_start_again_keeps_its_place_too() {
    let free = of(
        1,
        Did::ResumeOrdered {
            price: rp(0),
            vat: Default::default(),
            discount: None,
            charge_id: None,
            grace: rp(0),
            grace_charge_id: None,
            wallet_id: WalletId::of(budi()),
            at: noon(),
        },
    );
    let told = Told::new(Arrears).after(&in_order(vec![
        suspended(1, "2027-01-05"),
        free,
        resume_failed(1),
        suspended(2, "2027-01-06"),
        credited(1),
    ]));
    assert_eq!(paid(&told), [[1, 2].map(order).to_vec()]);
}

/// It was stored while the due date of what is being started again was not kept.
#[test]
fn a_state_of_before_goes_on() {
    let stored = serde_json::json!({
        "lapsed": { order(2).to_string(): { "suspended": "2027-02-03" } },
        "resuming": { order(1).to_string(): charge(1, 1).to_string() },
        "failed": [],
        "heard": 0,
    });
    let mut told = Told::new(Arrears);
    told.state = serde_json::from_value::<<Arrears as Saga>::State>(stored).unwrap();
    let told = told.after(&in_order(vec![
        given_back(1, 1),
        resume_failed(1),
        credited(1),
    ]));
    // By the day of the failure, as it was then.
    let both = [1, 2].map(order).to_vec();
    assert_eq!(paid(&told), [vec![order(2)], both]);
}

#[test]
fn every_event_may_come_twice_and_every_step_may_fail() {
    let story = in_order(vec![
        past_due(1, "2027-02-20"),
        credited(1),
        suspended(1, "2027-02-27"),
        credited(2),
        renewed(1),
    ]);
    hearing_twice_changes_nothing(Arrears, &story);
    let done = Told::new(Arrears).after(&story);
    assert_eq!(done.steps().len(), 2);
    for (step, _) in &done.effects {
        let reaction = done.clone().tell(&Beat::Failed(step.clone()));
        assert_eq!(reaction, Reaction::default(), "{step}");
    }
}
