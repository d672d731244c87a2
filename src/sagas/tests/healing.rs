use super::{Beat, Told, hearing_twice_changes_nothing, noon, order, stream};
use crate::sagas::{Effect, Execute, Healing};
use chrono::Duration;
use purser_domain::{
    ids::InstanceId,
    instance::{InstanceEvent, Unready},
};

const SAGA: Healing = Healing {
    restarts: 2,
    patience_ms: 1_000,
    alarm_ms: 7_000,
    calm_ms: 9_000,
};

fn ill(unready: Unready, ours: bool) -> InstanceEvent {
    InstanceEvent::BecameUnready {
        unready,
        trouble: None,
        ours,
        at: noon(),
    }
}

fn silent() -> InstanceEvent {
    ill(Unready::Unresponsive, false)
}

fn begun(attempt: u32) -> InstanceEvent {
    InstanceEvent::HealingBegun {
        attempt,
        at: noon(),
    }
}

fn in_vain(operation: u32) -> InstanceEvent {
    InstanceEvent::OperationFailed {
        operation,
        reason: "too late".parse().unwrap(),
        at: noon(),
    }
}

fn degraded() -> InstanceEvent {
    InstanceEvent::Degraded {
        unready: Unready::Unresponsive,
        at: noon(),
    }
}

fn well() -> InstanceEvent {
    InstanceEvent::Recovered { at: noon() }
}

fn heal(heard: i64, attempt: u32) -> (String, Effect) {
    let instance_id = InstanceId::of(order());
    let heal = Effect::Heal {
        instance_id,
        attempt,
    };
    (format!("heal-{heard}-{attempt}"), heal)
}

fn degrade(heard: i64) -> (String, Effect) {
    let degrade = Effect::Execute(Execute::Degrade {
        instance_id: InstanceId::of(order()),
        at: noon(),
    });
    (format!("degrade-{heard}"), degrade)
}

fn count() -> (String, Effect) {
    let count = Effect::Execute(Execute::CountDowntime {
        instance_id: InstanceId::of(order()),
        at: noon(),
    });
    (format!("count-{}", noon().timestamp_micros()), count)
}

fn told(facts: Vec<InstanceEvent>) -> Told<Healing> {
    Told::new(SAGA).after(&stream(facts))
}

/// The timer that was set last: its name and how long it has.
fn timer(saga: &Told<Healing>) -> (&str, Option<i64>) {
    let timer = saga.timers.last().unwrap();
    (&timer.name, timer.cluster_left_ms)
}

#[test]
fn what_does_not_answer_is_restarted_with_longer_and_longer_pauses_and_then_somebody_is_told() {
    let mut saga = told(vec![silent()]);
    assert_eq!(timer(&saga), ("restart", Some(1_000)));
    saga.tell(&Beat::Timer("restart"));
    assert_eq!(saga.effects, [heal(1, 1)]);

    let mut saga = told(vec![silent(), begun(1), in_vain(1)]);
    assert_eq!(timer(&saga), ("restart", Some(2_000)));
    saga.tell(&Beat::Timer("restart"));
    assert_eq!(saga.effects, [heal(3, 2)]);

    let mut saga = told(vec![silent(), begun(1), in_vain(1), begun(2), in_vain(2)]);
    assert_eq!(timer(&saga), ("alarm", Some(1_000)));
    saga.tell(&Beat::Timer("restart"));
    assert!(saga.effects.is_empty(), "two restarts were allowed");
    saga.tell(&Beat::Timer("alarm"));
    assert_eq!(saga.effects, [degrade(5)]);
}

#[test]
fn what_hung_while_it_took_a_new_password_is_looked_at_again() {
    let reset = InstanceEvent::PasswordReset {
        operation: 1,
        at: noon(),
    };
    let mut saga = told(vec![silent()]);
    saga.tell(&Beat::Timer("restart"));
    assert_eq!(saga.effects, [heal(1, 1)], "which finds it busy");
    let mut saga = told(vec![silent(), reset]);
    assert_eq!(timer(&saga), ("restart", Some(1_000)));
    saga.tell(&Beat::Timer("restart"));
    assert_eq!(saga.effects, [heal(2, 1)]);
}

#[test]
fn what_has_not_started_is_left_alone_and_told() {
    for unready in [Unready::Starting, Unready::Crashing, Unready::NodeLost] {
        let mut saga = told(vec![ill(unready, false)]);
        assert_eq!(timer(&saga), ("alarm", Some(7_000)), "{unready:?}");
        saga.tell(&Beat::Timer("restart"));
        assert!(saga.effects.is_empty(), "{unready:?}");
        saga.tell(&Beat::Timer("alarm"));
        assert_eq!(saga.effects, [degrade(1)], "{unready:?}");
    }
}

#[test]
fn what_recovers_meanwhile_is_not_restarted_and_nobody_is_told() {
    for name in ["restart", "alarm"] {
        let mut saga = told(vec![silent(), well()]);
        saga.tell(&Beat::Timer(name));
        assert!(saga.effects.is_empty(), "{name}");
    }
    let mut saga = told(vec![silent(), degraded()]);
    for name in ["restart", "alarm"] {
        saga.tell(&Beat::Timer(name));
    }
    assert!(saga.effects.is_empty(), "somebody was told already");
}

#[test]
fn restarts_are_forgotten_once_it_has_been_well_for_long() {
    let mut saga = told(vec![silent(), begun(1), well()]);
    assert_eq!(timer(&saga), ("calm", Some(9_000)));
    let again = stream(vec![silent(), begun(1), well(), silent()]);
    saga.tell(&again[3]);
    assert_eq!(timer(&saga), ("restart", Some(2_000)));

    let mut saga = told(vec![silent(), begun(1), well()]);
    saga.tell(&Beat::Timer("calm"));
    saga.tell(&again[3]);
    assert_eq!(timer(&saga), ("restart", Some(1_000)));
}

#[test]
fn what_is_down_because_of_us_is_counted_while_it_is_down_and_when_it_is_up() {
    let mut saga = told(vec![ill(Unready::Starting, true)]);
    let due = noon() + Duration::minutes(61);
    let counting = |saga: &Told<Healing>| {
        let timer = saga.timers.iter().find(|timer| timer.name == "count");
        timer.and_then(|timer| timer.due_at)
    };
    assert_eq!(counting(&saga), Some(due));
    saga.timers.clear();
    saga.tell(&Beat::Timer("count"));
    assert_eq!(saga.effects, [count()]);
    assert_eq!(counting(&saga), Some(due));

    let saga = told(vec![ill(Unready::Starting, true), well()]);
    assert_eq!(saga.effects, [count()]);
    let back = vec![
        ill(Unready::NodeLost, true),
        ill(Unready::Starting, false),
        well(),
    ];
    assert_eq!(told(back).effects, [count()]);
    let mut theirs = told(vec![ill(Unready::Crashing, false), well()]);
    theirs.tell(&Beat::Timer("count"));
    assert!(theirs.effects.is_empty());
}

#[test]
fn what_is_removed_is_nobodys_patient() {
    let gone = InstanceEvent::RemovalRequested { at: noon() };
    let mut saga = told(vec![silent(), gone]);
    assert!(saga.timers.is_empty());
    for name in ["restart", "alarm", "count", "calm"] {
        saga.tell(&Beat::Timer(name));
    }
    assert!(saga.effects.is_empty());
}

#[test]
fn every_event_twice_changes_nothing() {
    let restarted = InstanceEvent::Restarted {
        operation: 1,
        at: noon(),
    };
    for facts in [
        vec![silent(), begun(1), restarted],
        vec![silent(), begun(1), in_vain(1), begun(2), degraded(), well()],
        vec![ill(Unready::NodeLost, true), degraded(), well()],
    ] {
        hearing_twice_changes_nothing(SAGA, &stream(facts));
    }
    for ring in ["restart", "alarm", "count"] {
        let story = [stream(vec![silent()]), vec![Beat::Timer(ring)]].concat();
        hearing_twice_changes_nothing(SAGA, &story);
    }
}

#[test]
fn every_step_that_cannot_succeed_ends_somewhere() {
    let mut saga = told(vec![silent()]);
    saga.tell(&Beat::Timer("restart"));
    saga.tell(&Beat::Failed("heal-1-1".into()));
    assert_eq!(saga.effects, [heal(1, 1), degrade(1)]);
    // These are decisions of ours; one that fails is an operator's.
    for step in ["degrade-1", "count-1"] {
        let mut saga = told(vec![silent()]);
        saga.tell(&Beat::Failed(step.into()));
        assert!(saga.effects.is_empty());
    }
}
