use super::{Beat, Told, hearing_twice_changes_nothing, noon, order, stream};
use crate::sagas::{Effect, Execute, Holds};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    ids::InstanceId,
    instance::{HoldKind, InstanceEvent},
};

/// Timers fire at noon in these stories.
fn before_noon() -> DateTime<Utc> {
    noon() - Duration::minutes(1)
}

fn held(kind: HoldKind, until: Option<DateTime<Utc>>) -> InstanceEvent {
    InstanceEvent::Held {
        kind,
        reason: "sends spam".parse().unwrap(),
        until,
        at: noon() - Duration::days(1),
    }
}

fn released(kind: HoldKind) -> InstanceEvent {
    InstanceEvent::Released {
        kind,
        reason: None,
        at: noon(),
    }
}

fn with_timer(facts: Vec<InstanceEvent>) -> Vec<Beat> {
    [stream(facts), vec![Beat::Timer("staff")]].concat()
}

#[test]
fn a_hold_with_a_deadline_is_lifted_then() {
    let until = before_noon();
    let saga = Told::new(Holds).after(&stream(vec![held(HoldKind::Staff, Some(until))]));
    assert_eq!(saga.timers[0].due_at, Some(until));
    let mut saga = saga;
    saga.tell(&Beat::Timer("staff"));
    let lift = Effect::Execute(Execute::LiftHold {
        instance_id: InstanceId::of(order()),
        hold: HoldKind::Staff,
        at: noon(),
    });
    let step = format!("lift-staff-{}", until.timestamp_micros());
    assert_eq!(saga.effects, [(step, lift)]);
}

#[test]
fn a_hold_without_one_stays() {
    let saga = Told::new(Holds).after(&stream(vec![held(HoldKind::Staff, None)]));
    assert!(saga.timers.is_empty());
}

#[test]
fn a_deadline_that_was_moved_or_taken_back_lifts_nothing() {
    let (early, late) = (before_noon(), noon() + Duration::days(1));
    let staff = |until| held(HoldKind::Staff, until);
    for story in [
        vec![staff(Some(early)), staff(Some(late))],
        vec![staff(Some(early)), staff(None)],
        vec![staff(Some(early)), released(HoldKind::Staff)],
        vec![held(HoldKind::Billing, Some(early))],
    ] {
        let told = Told::new(Holds).after(&with_timer(story));
        assert!(told.effects.is_empty());
    }
}

#[test]
fn every_event_twice_changes_nothing() {
    let staff = held(HoldKind::Staff, Some(before_noon()));
    let billing = held(HoldKind::Billing, None);
    let story = vec![staff.clone(), billing, released(HoldKind::Billing)];
    hearing_twice_changes_nothing(Holds, &with_timer(story));
    hearing_twice_changes_nothing(
        Holds,
        &stream(vec![
            staff.clone(),
            released(HoldKind::Staff),
            staff,
            released(HoldKind::Staff),
        ]),
    );
}

#[test]
fn a_lift_that_fails_is_for_an_operator() {
    let story = with_timer(vec![held(HoldKind::Staff, Some(before_noon()))]);
    let mut saga = Told::new(Holds).after(&story);
    let step = saga.effects[0].0.clone();
    assert_eq!(saga.tell(&Beat::Failed(step)), Default::default());
}
