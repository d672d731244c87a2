//! Streams that waited for an operator.

use super::*;
use purser_domain::{Recorded, Stream as _, StreamId};

fn is_of(event: &Recorded, number: u128) -> bool {
    event.stream == StreamId::of::<Subscription>(&order(number))
}

fn is_of_wallet(event: &Recorded) -> bool {
    event.stream.kind == Wallet::KIND
}

fn rung(mut told: Told<Arrears>) -> Told<Arrears> {
    let [timer] = &*told.timers else {
        panic!("{:?}", told.timers);
    };
    assert_eq!((&*timer.name, timer.due_at), ("late", Some(noon())));
    told.tell(&Beat::Timer("late"));
    told
}

#[test]
fn what_lapsed_while_its_stream_waited_is_paid_once_it_is_heard() {
    let story = vec![
        past_due(1, "2027-02-20"),
        past_due(2, "2027-02-21"),
        credited(1),
        renewed(2),
    ];
    let mut story = with_late(story, |event| is_of(event, 1));
    let told = Told::new(Arrears).after(&story);
    assert_eq!(paid(&told), [vec![order(2)]]);
    assert_eq!(paid(&rung(told)), [vec![order(2)], vec![order(1)]]);
    story.push(Beat::Timer("late"));
    hearing_twice_changes_nothing(Arrears, &story);
}

#[test]
fn what_lapsed_late_and_later_than_credit_came_in_waits_for_more() {
    let story = vec![
        past_due(2, "2027-02-20"),
        credited(1),
        past_due(1, "2027-02-20"),
        renewed(2),
    ];
    let told = Told::new(Arrears).after(&with_late(story, |event| is_of(event, 1)));
    assert_eq!(paid(&told), [vec![order(2)]]);
    assert_eq!(told.timers, []);
}

#[test]
fn what_failed_before_credit_came_in_is_paid_of_that_though_it_is_heard_late() {
    let mut story = vec![suspended(1, "2027-01-05")];
    story.extend(fails_to_resume(1, 1));
    story.push(credited(2));
    let late = |event: &Recorded| is_of(event, 1) && event.position > 1;
    let mut story = with_late(story, late);
    let told = rung(Told::new(Arrears).after(&story));
    assert_eq!(told.steps().last(), Some(&"pay-late-4"));
    assert_eq!(paid(&told).last(), Some(&vec![order(1)]));
    story.push(Beat::Timer("late"));
    hearing_twice_changes_nothing(Arrears, &story);
}

#[test]
fn credit_that_is_heard_late_does_not_pay_for_what_failed_after_it() {
    let mut story = vec![suspended(1, "2027-01-05"), credited(1)];
    story.extend(fails_to_resume(1, 1));
    let story = with_late(story, is_of_wallet);
    let told = rung(Told::new(Arrears).after(&story));
    assert_eq!(paid(&told), [] as [Vec<SubscriptionId>; 0]);
    hearing_twice_changes_nothing(Arrears, &story);
    let mut more = credited(2);
    if let Beat::Event(event) = &mut more {
        (event.position, event.sequence) = (6, 6);
    }
    assert_eq!(paid(&told.after(&[more])), [vec![order(1)]]);
}

#[test]
fn credit_that_is_heard_late_pays_what_lapsed_meanwhile() {
    let story = vec![
        past_due(1, "2027-02-20"),
        credited(1),
        past_due(2, "2027-02-21"),
    ];
    let told = Told::new(Arrears).after(&with_late(story, is_of_wallet));
    assert_eq!(paid(&told), [] as [Vec<SubscriptionId>; 0]);
    assert_eq!(paid(&rung(told)), [vec![order(1), order(2)]]);
}

/// It knows one position for all its streams, and the release before reads no other.
#[test]
fn a_state_of_before_takes_nothing_older_for_news() {
    let stored = serde_json::json!({ "lapsed": {}, "heard": 2 });
    let mut told = Told::new(Arrears);
    told.state = serde_json::from_value::<<Arrears as Saga>::State>(stored).unwrap();
    let told = told.after(&in_order(vec![
        past_due(1, "2027-02-20"),
        past_due(2, "2027-02-21"),
        past_due(3, "2027-02-22"),
        credited(1),
    ]));
    assert_eq!(paid(&told), [vec![order(3)]]);
    assert_eq!(serde_json::to_value(&told.state).unwrap()["heard"], 4);
}
