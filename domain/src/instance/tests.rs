mod owner;

use super::{
    HoldKind, Illness, Instance, InstanceCommand as Do, InstanceError, InstanceEvent as Did,
    LifeCommand as Life, Seen, Step, Unready,
    life_tests::{parameters::chosen_anew, refitting::refitted},
};
use crate::{
    resources::Resources,
    story::{budi, noon, retold, sari, text, wanted},
};
use cqrs_es::test::TestFramework;

fn instance() -> TestFramework<Instance> {
    TestFramework::with(())
}

fn request() -> Do {
    Do::Request {
        wanted: wanted(),
        at: noon(),
    }
}

fn complete(step: Step) -> Do {
    Do::CompleteStep { step, at: noon() }
}

fn completed(step: Step) -> Did {
    Did::StepCompleted { step, at: noon() }
}

fn trouble(step: Step, words: &str) -> Do {
    Do::ObserveTrouble {
        step,
        trouble: words.into(),
        at: noon(),
    }
}

fn troubled(step: Step, words: &str) -> Did {
    Did::TroubleObserved {
        step,
        trouble: words.into(),
        at: noon(),
    }
}

fn become_ready() -> Do {
    Do::BecomeReady { at: noon() }
}

fn reveal() -> Do {
    Do::RevealCredentials {
        asked_by: budi(),
        at: noon(),
    }
}

fn revealed() -> Did {
    Did::CredentialsRevealed { at: noon() }
}

fn remove() -> Do {
    Do::RequestRemoval { at: noon() }
}

fn confirm_removal() -> Do {
    Do::ConfirmRemoval { at: noon() }
}

/// An instance on its way, and what followed.
fn provisioning(what_followed: &[Did]) -> Vec<Did> {
    let mut history = vec![Did::Requested {
        wanted: wanted(),
        at: noon(),
    }];
    history.extend_from_slice(what_followed);
    history
}

fn ready() -> Vec<Did> {
    provisioning(&[completed(Step::App), Did::BecameReady { at: noon() }])
}

fn removing() -> Vec<Did> {
    provisioning(&[
        completed(Step::Namespace),
        Did::RemovalRequested { at: noon() },
    ])
}

fn removed() -> Vec<Did> {
    let mut history = removing();
    history.push(Did::Removed { at: noon() });
    history
}

#[test]
fn an_instance_is_asked_for_with_what_is_to_run() {
    instance()
        .given_no_previous_events()
        .when(request())
        .then_expect_events(provisioning(&[]));
}

#[test]
fn an_instance_is_asked_for_once() {
    for history in [provisioning(&[]), ready(), removing(), removed()] {
        instance()
            .given(history)
            .when(request())
            .then_expect_error(InstanceError::AlreadyRequested);
    }
}

#[test]
fn nothing_happens_to_an_instance_that_nobody_asked_for() {
    for command in [
        complete(Step::App),
        trouble(Step::App, "no image"),
        become_ready(),
        reveal(),
        remove(),
        confirm_removal(),
    ] {
        instance()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(InstanceError::NotFound);
    }
}

#[test]
fn a_step_is_completed() {
    instance()
        .given(provisioning(&[completed(Step::Namespace)]))
        .when(complete(Step::Guards))
        .then_expect_events(vec![completed(Step::Guards)]);
}

#[test]
fn completing_a_step_again_changes_nothing_even_during_the_removal() {
    for history in [provisioning(&[completed(Step::Namespace)]), removing()] {
        instance()
            .given(history)
            .when(complete(Step::Namespace))
            .then_expect_events(vec![]);
    }
}

#[test]
fn what_stands_in_the_way_is_recorded() {
    instance()
        .given(provisioning(&[]))
        .when(trouble(Step::App, "no image"))
        .then_expect_events(vec![troubled(Step::App, "no image")]);
}

#[test]
fn the_same_trouble_is_recorded_once_until_it_changes() {
    let known = provisioning(&[troubled(Step::App, "no image")]);
    instance()
        .given(known.clone())
        .when(trouble(Step::App, "no image"))
        .then_expect_events(vec![]);
    instance()
        .given(known.clone())
        .when(trouble(Step::App, "out of memory"))
        .then_expect_events(vec![troubled(Step::App, "out of memory")]);
    instance()
        .given(known)
        .when(trouble(Step::Database, "no image"))
        .then_expect_events(vec![troubled(Step::Database, "no image")]);
}

#[test]
fn trouble_that_comes_back_after_a_completed_step_is_news() {
    instance()
        .given(provisioning(&[
            troubled(Step::App, "no image"),
            completed(Step::Database),
        ]))
        .when(trouble(Step::App, "no image"))
        .then_expect_events(vec![troubled(Step::App, "no image")]);
}

#[test]
fn an_instance_becomes_ready() {
    instance()
        .given(provisioning(&[completed(Step::App)]))
        .when(become_ready())
        .then_expect_events(vec![Did::BecameReady { at: noon() }]);
}

#[test]
fn observations_of_provisioning_change_nothing_once_it_is_ready() {
    for command in [
        become_ready(),
        complete(Step::Route),
        trouble(Step::App, "no image"),
    ] {
        instance()
            .given(ready())
            .when(command)
            .then_expect_events(vec![]);
    }
}

#[test]
fn what_keeps_its_namespace_from_going_is_recorded_once() {
    let words = "its deletion is waiting: 1 finalizer";
    instance()
        .given(removing())
        .when(trouble(Step::Namespace, words))
        .then_expect_events(vec![troubled(Step::Namespace, words)]);
    instance()
        .given(removing())
        .and(vec![troubled(Step::Namespace, words)])
        .when(trouble(Step::Namespace, words))
        .then_expect_events(vec![]);
    instance()
        .given(removed())
        .when(trouble(Step::Namespace, words))
        .then_expect_error(InstanceError::BeingRemoved);
}

#[test]
fn the_sign_in_is_shown() {
    instance()
        .given(ready())
        .when(reveal())
        .then_expect_events(vec![revealed()]);
}

#[test]
fn the_sign_in_is_shown_once() {
    instance()
        .given(ready())
        .and(vec![revealed()])
        .when(reveal())
        .then_expect_error(InstanceError::CredentialsAlreadyRevealed);
}

#[test]
fn the_sign_in_is_shown_to_nobody_else_whatever_the_stage() {
    for history in [provisioning(&[]), ready(), removing(), removed()] {
        instance()
            .given(history)
            .when(Do::RevealCredentials {
                asked_by: sari(),
                at: noon(),
            })
            .then_expect_error(InstanceError::NotFound);
    }
}

#[test]
fn there_is_no_sign_in_before_readiness() {
    instance()
        .given(provisioning(&[]))
        .when(reveal())
        .then_expect_error(InstanceError::NotReady);
}

#[test]
fn an_instance_is_removed_on_request_ready_or_not() {
    for history in [provisioning(&[]), ready()] {
        instance()
            .given(history)
            .when(remove())
            .then_expect_events(vec![Did::RemovalRequested { at: noon() }]);
    }
}

#[test]
fn asking_for_the_removal_again_changes_nothing() {
    for history in [removing(), removed()] {
        instance()
            .given(history)
            .when(remove())
            .then_expect_events(vec![]);
    }
}

#[test]
fn an_instance_is_removed_once_its_absence_was_observed() {
    instance()
        .given(removing())
        .when(confirm_removal())
        .then_expect_events(vec![Did::Removed { at: noon() }]);
}

#[test]
fn observing_its_absence_again_changes_nothing() {
    instance()
        .given(removed())
        .when(confirm_removal())
        .then_expect_events(vec![]);
}

#[test]
fn absence_without_a_request_is_not_a_removal() {
    for history in [provisioning(&[]), ready()] {
        instance()
            .given(history)
            .when(confirm_removal())
            .then_expect_error(InstanceError::NotBeingRemoved);
    }
}

#[test]
fn nothing_new_happens_to_an_instance_on_its_way_out() {
    for history in [removing(), removed()] {
        for command in [
            complete(Step::Route),
            trouble(Step::App, "no image"),
            become_ready(),
            reveal(),
        ] {
            instance()
                .given(history.clone())
                .when(command)
                .then_expect_error(InstanceError::BeingRemoved);
        }
    }
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    let (asked_by, at, kind) = (budi(), noon(), HoldKind::Staff);
    let resources = Resources::new(1_000, 1_024, 10_240).unwrap();
    let live = Do::Live;
    let seen = |operation, seen| Life::Observe {
        operation,
        seen,
        at,
    };
    let health = |unready: Option<Unready>| Life::ObserveHealth {
        illness: unready.map(|unready| Illness {
            unready,
            trouble: None,
            ours: false,
        }),
        at,
    };
    retold::<Instance>(vec![
        vec![
            request(),
            complete(Step::Namespace),
            complete(Step::Namespace),
            trouble(Step::App, "no image"),
            complete(Step::App),
            become_ready(),
            reveal(),
            live(Life::Restart { asked_by, at }),
            live(seen(1, Seen::Ready)),
            live(Life::Stop { asked_by, at }),
            live(seen(2, Seen::Stopped)),
            live(Life::Start { asked_by, at }),
            super::life_tests::fail(3),
            live(Life::Retry { at }),
            live(seen(4, Seen::Ready)),
            live(Life::Hold {
                kind,
                reason: text("sends spam"),
                until: None,
                at,
            }),
            live(Life::Release {
                kind,
                reason: text("cleaned up"),
                at,
            }),
            live(seen(6, Seen::Ready)),
            live(health(Some(Unready::Crashing))),
            live(health(None)),
            live(Life::Resize { resources, at }),
            live(seen(7, Seen::Ready)),
            live(Life::ResetPassword { asked_by, at }),
            live(seen(8, Seen::PasswordSet)),
            live(seen(8, Seen::PasswordKept)),
            reveal(),
            remove(),
            confirm_removal(),
        ],
        super::drift_tests::fight(),
        [
            vec![request(), become_ready()],
            super::life_tests::health::outage(),
        ]
        .concat(),
        super::usage_tests::strained(),
        super::life_tests::resizing::undone(),
        [vec![request(), become_ready()], chosen_anew(), refitted()].concat(),
    ])
    .await;
}
