use super::{ForeignManager, Instance, InstanceCommand as Do, InstanceError, InstanceEvent as Did};
use crate::story::{noon, wanted};
use chrono::TimeDelta;
use cqrs_es::{Aggregate as _, test::TestFramework};

fn managers() -> Vec<ForeignManager> {
    vec![ForeignManager {
        manager: "kubectl-edit".into(),
        paths: vec![".spec.template".into()],
    }]
}

fn correct(object: &str, minutes: i64) -> Do {
    Do::CorrectDrift {
        object: object.into(),
        managers: managers(),
        at: noon() + TimeDelta::minutes(minutes),
    }
}

fn corrected(object: &str, minutes: i64) -> Did {
    Did::DriftCorrected {
        object: object.into(),
        managers: managers(),
        at: noon() + TimeDelta::minutes(minutes),
    }
}

fn alerted(object: &str, minutes: i64) -> Did {
    Did::DriftAlerted {
        object: object.into(),
        at: noon() + TimeDelta::minutes(minutes),
    }
}

fn running(what_followed: &[Did]) -> Vec<Did> {
    let mut history = vec![Did::Requested {
        wanted: wanted(),
        at: noon(),
    }];
    history.extend_from_slice(what_followed);
    history
}

fn instance() -> TestFramework<Instance> {
    TestFramework::with(())
}

#[test]
fn what_was_put_back_is_recorded_with_who_changed_it() {
    instance()
        .given(running(&[]))
        .when(correct("Deployment/web", 0))
        .then_expect_events(vec![corrected("Deployment/web", 0)]);
}

#[test]
fn recording_the_same_again_changes_nothing() {
    instance()
        .given(running(&[corrected("Deployment/web", 0)]))
        .when(correct("Deployment/web", 0))
        .then_expect_events(vec![]);
}

#[test]
fn the_third_time_within_an_hour_is_an_alert() {
    let twice = [
        corrected("Deployment/web", 0),
        corrected("Deployment/web", 30),
    ];
    instance()
        .given(running(&twice))
        .when(correct("Deployment/web", 59))
        .then_expect_events(vec![
            corrected("Deployment/web", 59),
            alerted("Deployment/web", 59),
        ]);
    instance()
        .given(running(&twice))
        .when(correct("Deployment/web", 60))
        .then_expect_events(vec![corrected("Deployment/web", 60)]);
    instance()
        .given(running(&twice))
        .when(correct("Service/web", 59))
        .then_expect_events(vec![corrected("Service/web", 59)]);
}

#[test]
fn an_object_is_contested_after_the_alert_and_no_second_one_is_raised() {
    let history = running(&[
        corrected("Deployment/web", 0),
        corrected("Deployment/web", 1),
        corrected("Deployment/web", 2),
        alerted("Deployment/web", 2),
    ]);
    let mut state = Instance::default();
    history.iter().cloned().for_each(|event| state.apply(event));
    assert_eq!(state.contested().collect::<Vec<_>>(), ["Deployment/web"]);
    instance()
        .given(history)
        .when(correct("Deployment/web", 3))
        .then_expect_events(vec![corrected("Deployment/web", 3)]);
}

fn reclaim(object: &str) -> Do {
    Do::Reclaim {
        object: object.into(),
        at: noon(),
    }
}

#[test]
fn a_fight_is_over_when_staff_says_so_and_may_begin_anew() {
    let reclaimed = Did::ObjectReclaimed {
        object: "Deployment/web".into(),
        at: noon(),
    };
    let fought = [
        corrected("Deployment/web", 1),
        corrected("Deployment/web", 2),
        corrected("Deployment/web", 3),
        alerted("Deployment/web", 3),
    ];
    instance()
        .given(running(&fought))
        .when(reclaim("Deployment/web"))
        .then_expect_events(vec![reclaimed.clone()]);
    let peace = running(&[&fought[..], &[reclaimed]].concat());
    let mut state = Instance::default();
    peace.iter().cloned().for_each(|event| state.apply(event));
    assert_eq!(state.contested().count(), 0);
    instance()
        .given(peace.clone())
        .when(correct("Deployment/web", 4))
        .then_expect_events(vec![corrected("Deployment/web", 4)]);
    for calm in [running(&fought[..3]), peace] {
        instance()
            .given(calm)
            .when(reclaim("Deployment/web"))
            .then_expect_error(InstanceError::NotContested);
    }
}

#[test]
fn nothing_is_put_back_on_the_way_out() {
    instance()
        .given(running(&[Did::RemovalRequested { at: noon() }]))
        .when(correct("Deployment/web", 0))
        .then_expect_error(InstanceError::BeingRemoved);
    instance()
        .given_no_previous_events()
        .when(correct("Deployment/web", 0))
        .then_expect_error(InstanceError::NotFound);
}

/// An object that somebody keeps editing, for the test that retells every event.
pub(super) fn fight() -> Vec<Do> {
    let request = Do::Request {
        wanted: wanted(),
        at: noon(),
    };
    let times = (0..5).map(|minute| correct("Deployment/web", minute));
    let end = reclaim("Deployment/web");
    [request].into_iter().chain(times).chain([end]).collect()
}
