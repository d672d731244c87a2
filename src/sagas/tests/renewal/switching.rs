//! Telling whoever has his subscription go on by itself again, or comes to another plan, what is ahead of it.

use super::{yearly::changed, *};
use purser_domain::period::BillingCycle;

fn switched(automatic: bool) -> Beat {
    of_order(Did::RenewalSwitched {
        automatic,
        at: moment(),
    })
}

fn resumed() -> Beat {
    of_order(Did::Resumed {
        period: period("2027-03-10", "2027-04-10"),
        wallet_id: wallet_id(),
        at: moment(),
    })
}

/// What a story asks for, however often each of its events is heard.
fn asked(story: Vec<Beat>) -> Vec<(String, Effect)> {
    let story = in_order(story);
    hearing_twice_changes_nothing(RENEWAL, &story);
    Told::new(RENEWAL).after(&story).effects
}

/// What is told because of this event.
fn ahead(sequence: i64, on: &str) -> [(String, Effect); 2] {
    let remind = Effect::Remind {
        subscription_id: order(),
        on: day(on),
        first: true,
    };
    let tell = Effect::TellNewPrice {
        subscription_id: order(),
        next: false,
    };
    [
        (format!("switched-on-{sequence}"), remind),
        (format!("new-price-{sequence}"), tell),
    ]
}

#[test]
fn who_switches_it_on_is_told_what_is_ahead() {
    let told = asked(vec![ordered(), activated(), switched(true)]);
    assert_eq!(told, ahead(3, "2027-02-28"));
}

#[test]
fn who_takes_a_cancellation_back_is_told_what_is_ahead() {
    let cancelled = of_order(Did::CancellationRequested {
        on: day("2027-02-28"),
        at: moment(),
    });
    let undone = of_order(Did::CancellationUndone { at: moment() });
    let told = asked(vec![ordered(), activated(), cancelled, undone]);
    assert_eq!(told, ahead(4, "2027-02-28"));
}

#[test]
fn who_switches_it_on_while_it_rests_is_told_once_it_runs() {
    let resting = || vec![ordered(), activated(), past_due(), suspended()];
    let then = |more: Vec<Beat>| asked([resting(), more].concat());
    assert_eq!(
        then(vec![resume_ordered(), switched(true), resumed()]),
        ahead(7, "2027-04-10")
    );
    let told = then(vec![switched(true), resume_ordered(), resumed()]);
    assert_eq!(told[1..], ahead(7, "2027-04-10"));
    // Who has thought better of it, or has it renewed all along, need not be told.
    let off = vec![resume_ordered(), switched(true), switched(false), resumed()];
    assert_eq!(then(off), []);
    assert_eq!(then(vec![resume_ordered(), resumed()]), []);
}

#[test]
fn who_comes_to_another_plan_is_told_of_a_price_that_was_announced_meanwhile() {
    let told = asked(vec![
        ordered(),
        activated(),
        changed(BillingCycle::Monthly, "2027-03-01"),
    ]);
    let tell = Effect::TellNewPrice {
        subscription_id: order(),
        next: true,
    };
    assert_eq!(told, [("new-price-3".to_owned(), tell)]);
}

#[test]
fn what_was_asked_for_by_an_earlier_release_leaves_the_next_price_to_the_reminder() {
    let stored = serde_json::json!({ "kind": "tell_new_price", "subscription_id": order() });
    let [_, (_, tell)] = ahead(3, "2027-02-28");
    assert_eq!(serde_json::from_value::<Effect>(stored).unwrap(), tell);
}
