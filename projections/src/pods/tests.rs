use super::*;
use crate::story::{Story, at, finer, id};
use purser_domain::{
    ids::{InstanceId, SubscriptionId, UserId},
    instance::{Instance, Resource, Step, StopCause},
    resources::Resources,
};

fn requested() -> InstanceEvent {
    InstanceEvent::Requested {
        wanted: Box::new(Wanted {
            subscription_id: SubscriptionId::new(id(2)),
            user_id: UserId::new(id(3)),
            recipe: "wordpress".parse().unwrap(),
            service: "WordPress".parse().unwrap(),
            resources: Resources::new(500, 512, 2048).unwrap(),
            subdomain: "toko-budi".parse().unwrap(),
            parameters: Default::default(),
        }),
        at: at(1),
    }
}

fn completed(step: Step, day: u64) -> InstanceEvent {
    InstanceEvent::StepCompleted {
        step,
        at: finer(at(day)),
    }
}

fn trouble() -> InstanceEvent {
    InstanceEvent::TroubleObserved {
        step: Step::Guards,
        trouble: "the node is full".into(),
        at: at(2),
    }
}

fn later() -> Vec<InstanceEvent> {
    vec![
        completed(Step::Namespace, 2),
        trouble(),
        completed(Step::Guards, 3),
        trouble(),
        InstanceEvent::BecameReady { at: finer(at(4)) },
        InstanceEvent::CredentialsRevealed { at: at(5) },
        InstanceEvent::RemovalRequested { at: at(6) },
        InstanceEvent::Removed { at: finer(at(7)) },
    ]
}

fn story(facts: impl IntoIterator<Item = InstanceEvent>) -> Story {
    facts.into_iter().fold(Story::default(), |story, fact| {
        story.then::<Instance>(&InstanceId::new(id(1)), fact)
    })
}

/// The row after the request and so many of the later events.
fn after(count: usize) -> PodRow {
    let facts = [requested()].into_iter().chain(later()).take(count + 1);
    story(facts).row::<Pods>(id(1)).unwrap()
}

#[test]
fn a_pod_removed_shows_its_whole_story() {
    let step = |step: &str, day| CompletedStep {
        step: step.into(),
        at: at(day),
    };
    let expected = PodRow {
        id: id(1),
        subscription_id: id(2),
        user_id: id(3),
        recipe: "wordpress".into(),
        service: "WordPress".into(),
        subdomain: "toko-budi".into(),
        status: PodStatus::Removed,
        steps: vec![step("namespace", 2), step("guards", 3)],
        trouble: None,
        resize_failed: None,
        holds: vec![],
        lost_days: vec![],
        operation_failed: false,
        warnings: vec![],
        cpu_millicores: 500,
        memory_mib: 512,
        storage_mib: 2048,
        requested_at: at(1),
        ready_at: Some(at(4)),
        removed_at: Some(at(7)),
        credentials_revealed: true,
        version: 9,
        position: 1,
    };
    assert_eq!(after(8), expected);
}

#[test]
fn a_pod_passes_through_its_states() {
    use PodStatus::{Provisioning, Ready, Removed, Removing};
    let states: Vec<PodStatus> = (0..=8).map(|count| after(count).status).collect();
    assert_eq!(states[..5], [Provisioning; 5]);
    assert_eq!(states[5..], [Ready, Ready, Removing, Removed]);
}

#[test]
fn trouble_stands_until_the_next_step_or_readiness() {
    assert_eq!(after(2).trouble.as_deref(), Some("the node is full"));
    assert_eq!(after(3).trouble, None);
    assert_eq!(after(4).trouble.as_deref(), Some("the node is full"));
    assert_eq!(after(5).trouble, None);
}

/// The status and the holds of a ready pod after each of these events.
fn living(facts: Vec<InstanceEvent>) -> Vec<(PodStatus, usize)> {
    let ready = || [requested(), InstanceEvent::BecameReady { at: at(2) }];
    let after = |count| {
        let facts = facts.iter().take(count).cloned();
        let row = story(ready().into_iter().chain(facts)).row::<Pods>(id(1));
        row.map(|row| (row.status, row.holds.len())).unwrap()
    };
    (1..=facts.len()).map(after).collect()
}

#[test]
fn what_is_asked_shows_until_it_was_observed() {
    let (operation, at, cause) = (1, at(3), StopCause::Customer);
    let states = living(vec![
        InstanceEvent::RestartRequested { operation, at },
        InstanceEvent::Restarted { operation, at },
        InstanceEvent::StopRequested {
            operation,
            cause,
            at,
        },
        InstanceEvent::Stopped { operation, at },
        InstanceEvent::StartRequested { operation, at },
        InstanceEvent::OperationFailed {
            operation,
            reason: "too late".parse().unwrap(),
            at,
        },
        InstanceEvent::Started { operation, at },
    ]);
    let shown: Vec<PodStatus> = states.into_iter().map(|(status, _)| status).collect();
    use PodStatus as Is;
    assert_eq!(
        shown,
        [
            Is::Restarting,
            Is::Ready,
            Is::Stopping,
            Is::Stopped,
            Is::Starting,
            Is::Degraded,
            Is::Ready
        ]
    );
}

#[test]
fn a_pod_at_rest_is_held_as_long_as_anybody_holds_it() {
    let (operation, at, cause) = (1, at(3), StopCause::Hold);
    let held = |kind| InstanceEvent::Held {
        kind,
        reason: "sends spam".parse().unwrap(),
        until: None,
        at,
    };
    let released = |kind| InstanceEvent::Released {
        kind,
        reason: None,
        at,
    };
    let states = living(vec![
        held(HoldKind::Staff),
        InstanceEvent::StopRequested {
            operation,
            cause,
            at,
        },
        held(HoldKind::Billing),
        held(HoldKind::Billing),
        InstanceEvent::Stopped { operation, at },
        released(HoldKind::Staff),
        released(HoldKind::Billing),
    ]);
    use PodStatus as Is;
    assert_eq!(
        states,
        [
            (Is::Ready, 1),
            (Is::Stopping, 1),
            (Is::Stopping, 2),
            (Is::Stopping, 2),
            (Is::Held, 2),
            (Is::Held, 1),
            (Is::Stopped, 0)
        ]
    );
}

#[test]
fn after_a_reset_of_its_password_the_sign_in_may_be_shown_again() {
    let (operation, at) = (1, at(3));
    let unready = || InstanceEvent::BecameUnready {
        unready: Unready::Crashing,
        trouble: None,
        ours: false,
        at,
    };
    let after = |between: Vec<InstanceEvent>| {
        let mut facts = vec![
            requested(),
            InstanceEvent::BecameReady { at },
            InstanceEvent::CredentialsRevealed { at },
            InstanceEvent::PasswordResetRequested { operation, at },
        ];
        facts.extend(between);
        let row = story(facts).row::<Pods>(id(1)).unwrap();
        (row.status, row.credentials_revealed)
    };
    let set = || InstanceEvent::PasswordSet { operation, at };
    let reset = || InstanceEvent::PasswordReset { operation, at };
    use PodStatus as Is;
    assert_eq!(after(vec![]), (Is::ResettingPassword, true));
    assert_eq!(after(vec![set()]), (Is::ResettingPassword, true));
    assert_eq!(after(vec![set(), reset()]), (Is::Ready, false));
    assert_eq!(after(vec![unready(), set(), reset()]), (Is::Unready, false));
}

#[test]
fn what_nobody_requested_cannot_change() {
    for fact in later() {
        assert_eq!(
            story([fact]).refusal::<Pods>(),
            Some(Unprojectable::Missing(id(1)))
        );
    }
}

#[test]
fn a_resize_shows_the_figures_that_are_wanted_at_once() {
    let (operation, at) = (1, at(3));
    let asked = InstanceEvent::ResizeRequested {
        operation,
        resources: Resources::new(1_000, 1_024, 4_096).unwrap(),
        at,
    };
    let resized = InstanceEvent::Resized { operation, at };
    let states = living(vec![asked.clone(), resized.clone()]);
    assert_eq!(states, [(PodStatus::Resizing, 0), (PodStatus::Ready, 0)]);
    let row = story([requested(), asked]).row::<Pods>(id(1)).unwrap();
    let figures = (row.cpu_millicores, row.memory_mib, row.storage_mib);
    assert_eq!(figures, (1_000, 1_024, 4_096));
}

#[test]
fn a_resize_that_failed_is_told_after_it_was_undone() {
    let resources = |cpu| Resources::new(cpu, 1_024, 4_096).unwrap();
    let asked = |operation| InstanceEvent::ResizeRequested {
        operation,
        resources: resources(64_000),
        at: at(3),
    };
    let failed = InstanceEvent::OperationFailed {
        operation: 1,
        reason: "too late".parse().unwrap(),
        at: at(4),
    };
    let undoing = |operation| InstanceEvent::ResizeUndoRequested {
        operation,
        resources: resources(500),
        at: at(4),
    };
    let (operation, at) = (2, at(5));
    let undone = InstanceEvent::ResizeUndone { operation, at };
    let after = |facts: &[InstanceEvent]| {
        let told = [requested(), InstanceEvent::BecameReady { at }];
        let row = story(told.into_iter().chain(facts.to_vec()));
        let row = row.row::<Pods>(id(1)).unwrap();
        (row.status, row.cpu_millicores, row.resize_failed)
    };
    let why = Some("too late".to_owned());
    let mut told = vec![asked(1), failed.clone(), undoing(2)];
    assert_eq!(after(&told), (PodStatus::Resizing, 500, why.clone()));
    told.extend([failed, undoing(3)]);
    assert_eq!(after(&told), (PodStatus::Resizing, 500, why.clone()));
    told.push(undone);
    assert_eq!(after(&told), (PodStatus::Ready, 500, why));
    told.push(asked(4));
    assert_eq!(after(&told), (PodStatus::Resizing, 64_000, None));
}

#[test]
fn a_change_of_what_was_chosen_shows_that_it_is_under_way_and_nothing_of_it() {
    let (operation, at) = (1, at(3));
    let parameters = Default::default();
    let changed = InstanceEvent::ParametersChanged { parameters, at };
    let asked = InstanceEvent::ReconfigureRequested { operation, at };
    let done = InstanceEvent::Reconfigured { operation, at };
    let states = living(vec![changed, asked, done]);
    let ready = (PodStatus::Ready, 0);
    assert_eq!(states, [ready, (PodStatus::Reconfiguring, 0), ready]);
}

#[test]
fn an_app_that_is_not_ready_says_so_until_it_recovers() {
    let became = |trouble: Option<&str>| InstanceEvent::BecameUnready {
        unready: Unready::Unresponsive,
        trouble: trouble.map(str::to_owned),
        ours: false,
        at: at(3),
    };
    let ready = || [requested(), InstanceEvent::BecameReady { at: at(2) }];
    let after = |facts: Vec<InstanceEvent>| {
        let row = story(ready().into_iter().chain(facts)).row::<Pods>(id(1));
        row.map(|row| (row.status, row.trouble)).unwrap()
    };
    let words = Some("it runs and does not answer its readiness probe".to_owned());
    assert_eq!(after(vec![became(None)]), (PodStatus::Unready, words));
    let words = Some("exit code 1");
    let expected = (PodStatus::Unready, words.map(str::to_owned));
    assert_eq!(after(vec![became(words)]), expected);
    let recovered = InstanceEvent::Recovered { at: at(4) };
    let well = (PodStatus::Ready, None);
    assert_eq!(after(vec![became(None), recovered.clone()]), well);
    let degraded = InstanceEvent::Degraded {
        unready: Unready::Unresponsive,
        at: at(4),
    };
    let given_up = vec![became(None), degraded];
    assert_eq!(after(given_up.clone()).0, PodStatus::Degraded);
    let other_words = [given_up.clone(), vec![became(words)]].concat();
    assert_eq!(after(other_words).0, PodStatus::Degraded);
    assert_eq!(after([given_up, vec![recovered.clone()]].concat()), well);

    let failed = InstanceEvent::OperationFailed {
        operation: 1,
        reason: "too late".parse().unwrap(),
        at: at(4),
    };
    let after_a_failure = after(vec![failed, became(None), recovered]);
    assert_eq!(after_a_failure, (PodStatus::Degraded, None));
}

#[test]
fn days_that_were_lost_are_listed() {
    let day = |day: u32| format!("2027-01-{day:02}").parse().unwrap();
    let lost = |number| InstanceEvent::DayLost {
        day: day(number),
        at: at(3),
    };
    let ready = [requested(), InstanceEvent::BecameReady { at: at(2) }];
    let row = story(ready.into_iter().chain([lost(10), lost(11)])).row::<Pods>(id(1));
    assert_eq!(row.unwrap().lost_days, [day(10), day(11)]);
}

/// What a ready pod is short of after these events.
fn short_of(facts: Vec<InstanceEvent>) -> Vec<(String, i64)> {
    let ready = [requested(), InstanceEvent::BecameReady { at: at(2) }];
    let row = story(ready.into_iter().chain(facts)).row::<Pods>(id(1));
    let warnings = row.unwrap().warnings.into_iter();
    warnings
        .map(|warning| (warning.resource, warning.mark))
        .collect()
}

#[test]
fn a_pod_shows_what_it_is_short_of() {
    use Resource::{Cpu, Storage};
    let warned = |resource, mark| InstanceEvent::UsageWarned {
        resource,
        mark,
        percent: mark + 3,
        limit: 500,
        at: finer(at(3)),
    };
    let eased = InstanceEvent::UsageEased {
        resource: Cpu,
        percent: 60,
        at: at(4),
    };
    let stopped = InstanceEvent::Stopped {
        operation: 1,
        at: at(5),
    };
    let removal = InstanceEvent::RemovalRequested { at: at(6) };
    let (cpu, storage) = ("cpu".to_owned(), "storage".to_owned());
    let both = vec![warned(Cpu, 80), warned(Storage, 80), warned(Cpu, 90)];
    assert_eq!(
        short_of(both.clone()),
        [(storage.clone(), 80), (cpu.clone(), 90)]
    );
    for end in [eased, stopped] {
        let story = [both.clone(), vec![end]].concat();
        assert_eq!(short_of(story), [(storage.clone(), 80)]);
    }
    assert_eq!(short_of([both, vec![removal]].concat()), []);
}
