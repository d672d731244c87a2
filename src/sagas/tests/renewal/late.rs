//! Streams that waited for an operator: what was asked for and what was seen of the app are heard apart from one another.

use super::{
    changes::{resized, wanted},
    *,
};
use purser_domain::{AggregateType, Recorded};

/// Where the stream of this kind waits from the event at this position on.
fn waiting(story: Vec<Beat>, kind: AggregateType, from: i64) -> Told<Renewal> {
    let waits = |event: &Recorded| event.stream.kind == kind && event.position >= from;
    let story = with_late(story, waits);
    hearing_twice_changes_nothing(RENEWAL, &story);
    Told::new(RENEWAL).after(&story)
}

#[test]
fn a_resumption_that_is_heard_late_ends_with_what_was_seen_since() {
    let (subscription_id, at) = (order(), noon());
    let confirm = Execute::ConfirmResume {
        subscription_id,
        at,
    };
    let fail = Execute::FailResume {
        subscription_id,
        at,
    };
    for (seen, step, ask) in [
        (started(2), "resumed-late-5", confirm),
        (failed(2), "resume-failed-late-5", fail),
    ] {
        let story = [resuming(), vec![seen]].concat();
        let told = waiting(story, AggregateType::Subscription, 5);
        assert_eq!(told.effects, [(step.to_owned(), Effect::Execute(ask))]);
        // There is nothing left to wait for.
        assert_eq!(due(&told, "cap"), None);
    }
}

#[test]
fn a_change_of_plan_that_is_heard_late_ends_with_what_was_seen_since() {
    let story = vec![ordered(), activated(), wanted(), resized()];
    let told = waiting(story, AggregateType::Subscription, 3);
    let confirm = Execute::ConfirmPlanChange {
        subscription_id: order(),
        at: moment(),
    };
    let asked = ("change-late-3".to_owned(), Effect::Execute(confirm));
    assert_eq!(told.effects, [asked]);
    assert_eq!(due(&told, "change-cap"), None);
}

#[test]
fn what_was_asked_for_late_and_has_not_ended_is_waited_for() {
    let story = vec![ordered(), activated(), wanted()];
    let told = waiting(story, AggregateType::Subscription, 1);
    assert_eq!(told.effects, []);
    assert!(due(&told, "change-cap").is_some());
}

#[test]
fn what_was_seen_before_something_was_asked_for_is_not_how_it_ends() {
    let resumed = [resting(), vec![failed(1), resume_ordered()]].concat();
    assert_eq!(waiting(resumed, AggregateType::Instance, 1).effects, []);
    let changed = vec![ordered(), activated(), failed(1), wanted()];
    let told = waiting(changed, AggregateType::Instance, 1);
    assert_eq!(told.effects, []);
    assert!(due(&told, "change-cap").is_some());
}

#[test]
fn what_was_seen_after_it_was_asked_for_is_how_it_ends_though_it_is_heard_late() {
    let off = of_order(Did::RenewalSwitched {
        automatic: false,
        at: moment(),
    });
    let story = [resuming(), vec![started(2), off]].concat();
    let told = waiting(story, AggregateType::Instance, 1);
    assert_eq!(told.steps(), ["resumed-6"]);
}

#[test]
fn a_day_lost_in_grace_is_given_back_where_it_was_heard_before_the_grace() {
    let lost = of_instance(InstanceEvent::DayLost {
        day: day("2027-03-02"),
        at: moment(),
    });
    let story = vec![ordered(), activated(), past_due(), lost, renewed()];
    let told = waiting(story.clone(), AggregateType::Subscription, 3);
    assert_eq!(told.steps(), ["credit-2027-03-02", "credit-2027-03-02-5"]);
    // Nor is it forgotten where nothing at all was heard before.
    let told = waiting(story, AggregateType::Subscription, 1);
    assert_eq!(told.steps(), ["credit-2027-03-02-5"]);
}
