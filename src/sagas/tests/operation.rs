use super::{Beat, Told, hearing_twice_changes_nothing, noon, of_instance, order, requested};
use crate::sagas::{Action, Effect, Execute, GivenUp, Operation};
use purser_domain::{
    ids::InstanceId,
    instance::{InstanceEvent, StopCause},
    resources::Resources,
};

const SAGA: Operation = Operation {
    deadline_ms: 300_000,
};

fn to_restart(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::RestartRequested { operation, at })
}

fn to_stop(operation: u32) -> Beat {
    of_instance(InstanceEvent::StopRequested {
        operation,
        cause: StopCause::Customer,
        at: noon(),
    })
}

fn to_start(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::StartRequested { operation, at })
}

fn restarted(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::Restarted { operation, at })
}

fn stopped(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::Stopped { operation, at })
}

fn started(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::Started { operation, at })
}

fn to_resize(operation: u32) -> Beat {
    of_instance(InstanceEvent::ResizeRequested {
        operation,
        resources: Resources::new(1_000, 1_024, 5_120).unwrap(),
        at: noon(),
    })
}

fn resized(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::Resized { operation, at })
}

fn to_undo(operation: u32) -> Beat {
    of_instance(InstanceEvent::ResizeUndoRequested {
        operation,
        resources: Resources::new(500, 512, 5_120).unwrap(),
        at: noon(),
    })
}

fn undone(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::ResizeUndone { operation, at })
}

fn to_reconfigure(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::ReconfigureRequested { operation, at })
}

fn reconfigured(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::Reconfigured { operation, at })
}

fn to_reset(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::PasswordResetRequested { operation, at })
}

fn set(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::PasswordSet { operation, at })
}

fn reset(operation: u32) -> Beat {
    let at = noon();
    of_instance(InstanceEvent::PasswordReset { operation, at })
}

fn failed(operation: u32) -> Beat {
    of_instance(InstanceEvent::OperationFailed {
        operation,
        reason: "too late".parse().unwrap(),
        at: noon(),
    })
}

fn on_its_way_out() -> Beat {
    of_instance(InstanceEvent::RemovalRequested { at: noon() })
}

fn told(story: &[Beat]) -> Told<Operation> {
    Told::new(SAGA).after(story)
}

/// Each operation alone: asked for, seen, and what it does on the cluster.
fn each() -> [(Beat, Beat, Action); 7] {
    [
        (to_restart(1), restarted(1), Action::Restart),
        (to_stop(1), stopped(1), Action::Stop),
        (to_start(1), started(1), Action::Start),
        (to_resize(1), resized(1), Action::Resize),
        (to_undo(1), undone(1), Action::Resize),
        (to_reconfigure(1), reconfigured(1), Action::Reconfigure),
        (to_reset(1), reset(1), Action::ResetPassword),
    ]
}

fn operate(operation: u32, action: Action) -> (String, Effect) {
    let instance_id = InstanceId::of(order());
    let operate = Effect::Operate {
        instance_id,
        operation,
        action,
    };
    (format!("operate-{operation}"), operate)
}

fn fail(operation: u32, cause: GivenUp) -> (String, Effect) {
    let fail = Effect::Execute(Execute::FailOperation {
        instance_id: InstanceId::of(order()),
        operation,
        cause,
        at: noon(),
    });
    (format!("fail-{operation}"), fail)
}

#[test]
fn each_operation_is_carried_out_and_over_once_it_was_seen() {
    for (asked, seen, action) in each() {
        let mut saga = told(&[requested("ghost"), asked]);
        assert_eq!(saga.effects, [operate(1, action)]);
        assert_eq!(saga.timers[0].cluster_left_ms, Some(300_000));
        saga.tell(&seen);
        assert!(saga.standing.is_empty() && saga.timers.is_empty());
    }
}

#[test]
fn every_event_twice_changes_nothing() {
    for (asked, seen, _) in each() {
        hearing_twice_changes_nothing(SAGA, &[asked.clone(), seen.clone()]);
        for end in [Beat::Timer("deadline"), Beat::Failed("operate-1".into())] {
            let story = [asked.clone(), end, failed(1)];
            hearing_twice_changes_nothing(SAGA, &story);
            hearing_twice_changes_nothing(
                SAGA,
                &[&story[..], std::slice::from_ref(&seen)].concat(),
            );
        }
        hearing_twice_changes_nothing(SAGA, &[asked, on_its_way_out()]);
    }
    let days = [
        to_restart(1),
        restarted(1),
        to_stop(2),
        stopped(2),
        to_start(3),
        started(3),
    ];
    hearing_twice_changes_nothing(SAGA, &days);
    for end in [reset(1), Beat::Timer("deadline"), to_stop(2)] {
        hearing_twice_changes_nothing(SAGA, &[to_reset(1), set(1), end]);
    }
    hearing_twice_changes_nothing(SAGA, &[to_restart(1), to_stop(2), to_start(3), started(3)]);
}

#[test]
fn whichever_operation_fails_or_is_late_the_failure_is_recorded() {
    for (asked, ..) in each() {
        for (end, cause) in [
            (Beat::Failed("operate-1".into()), GivenUp::Refused),
            (Beat::Timer("deadline"), GivenUp::NotInTime),
        ] {
            let mut saga = told(std::slice::from_ref(&asked));
            let reaction = saga.tell(&end);
            assert_eq!(reaction.effects, [fail(1, cause)]);
            assert_eq!(saga.standing, ["fail-1"], "what was begun is called off");
            saga.tell(&failed(1));
            assert!(saga.standing.is_empty() && saga.timers.is_empty());
        }
    }
}

#[test]
fn a_password_that_is_set_is_kept_even_where_that_was_given_up() {
    let instance_id = InstanceId::of(order());
    let operation = 1;
    let keep = Effect::KeepPassword {
        instance_id,
        operation,
    };
    let keep = ("keep-password-1".to_owned(), keep);
    let mut saga = told(&[to_reset(1)]);
    assert_eq!(saga.tell(&set(1)).effects, std::slice::from_ref(&keep));
    assert_eq!(saga.timers.len(), 1, "the deadline goes on");
    saga.tell(&reset(1));
    assert!(saga.standing.is_empty() && saga.timers.is_empty());

    let mut late = told(&[to_reset(1), Beat::Timer("deadline"), failed(1)]);
    assert_eq!(late.tell(&set(1)).effects, [keep]);
    for mut over in [
        told(&[to_reset(1), to_stop(2)]),
        told(&[to_reset(1), on_its_way_out()]),
    ] {
        assert_eq!(over.tell(&set(1)), Default::default());
    }
}

#[test]
fn whichever_half_of_a_reset_fails_the_failure_is_recorded() {
    for step in ["operate-1", "keep-password-1"] {
        let mut saga = told(&[to_reset(1), set(1)]);
        let reaction = saga.tell(&Beat::Failed(step.into()));
        assert_eq!(reaction.effects, [fail(1, GivenUp::Refused)]);
        assert_eq!(saga.standing, ["fail-1"]);
    }
}

#[test]
fn a_newer_operation_calls_off_the_older_one() {
    let mut saga = told(&[to_restart(1), to_stop(2)]);
    assert_eq!(saga.standing, ["operate-2"]);
    assert_eq!(saga.timers.len(), 1);
    saga.tell(&restarted(1));
    assert_eq!(
        saga.standing,
        ["operate-2"],
        "it does not end the newer one"
    );
    assert_eq!(saga.effects[1], operate(2, Action::Stop));
}

#[test]
fn what_failed_is_carried_out_anew_under_its_next_number() {
    let story = [to_start(1), Beat::Timer("deadline"), failed(1), to_start(2)];
    assert_eq!(told(&story).standing, ["operate-2"]);
}

#[test]
fn a_resize_that_failed_is_undone_with_a_deadline_of_its_own() {
    for end in [Beat::Timer("deadline"), Beat::Failed("operate-1".into())] {
        let mut saga = told(&[to_resize(1), end, failed(1), to_undo(2)]);
        assert_eq!(saga.effects.last(), Some(&operate(2, Action::Resize)));
        assert_eq!(saga.standing, ["operate-2"]);
        assert_eq!(saga.timers.len(), 1);
        let mut late = saga.clone();
        late.tell(&Beat::Timer("deadline"));
        assert_eq!(late.effects.last(), Some(&fail(2, GivenUp::NotInTime)));
        saga.tell(&undone(2));
        assert!(saga.standing.is_empty() && saga.timers.is_empty());
    }
}

#[test]
fn nothing_is_done_to_an_instance_on_its_way_out() {
    let mut saga = told(&[to_restart(1), on_its_way_out()]);
    assert!(saga.standing.is_empty() && saga.timers.is_empty());
    for late in [
        to_stop(2),
        Beat::Timer("deadline"),
        Beat::Failed("operate-1".into()),
    ] {
        assert_eq!(saga.tell(&late), Default::default());
    }
}
