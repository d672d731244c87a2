use super::{Beat, Told, event, hearing_twice_changes_nothing, noon};
use crate::sagas::{Effect, NodeWishes, Saga as _, Timer};
use purser_domain::{
    ids::WorkerId,
    worker::{Worker, WorkerEvent},
};
use uuid::Uuid;

fn id() -> WorkerId {
    WorkerId::new(Uuid::from_u128(7))
}

fn saga() -> NodeWishes {
    NodeWishes {
        drain_deadline_ms: 3_600_000,
    }
}

/// The facts of one node, in order.
fn story(facts: impl IntoIterator<Item = WorkerEvent>) -> Vec<Beat> {
    let facts = facts.into_iter().zip(1..);
    let beat = |(fact, sequence)| match event::<Worker>(&id(), fact) {
        Beat::Event(mut recorded) => {
            recorded.sequence = sequence;
            Beat::Event(recorded)
        }
        other => other,
    };
    facts.map(beat).collect()
}

fn wishes() -> Vec<Beat> {
    let at = noon();
    story([
        WorkerEvent::CordonRequested {},
        WorkerEvent::UncordonRequested {},
        WorkerEvent::DrainRequested { at },
    ])
}

#[test]
fn every_event_twice_changes_nothing() {
    let mut story = wishes();
    story.push(Beat::Timer("drain"));
    hearing_twice_changes_nothing(saga(), &story);
}

#[test]
fn each_wish_is_an_effect_of_its_own() {
    let told = Told::new(saga()).after(&wishes());
    assert_eq!(told.steps(), ["cordon:1", "cordon:2", "drain:3"]);
    let (worker_id, effects) = (id(), told.effects.into_iter().map(|(_, effect)| effect));
    let expected = [
        Effect::Cordon { worker_id },
        Effect::Cordon { worker_id },
        Effect::Drain { worker_id },
    ];
    assert!(effects.eq(expected));
}

#[test]
fn what_is_only_seen_leads_to_nothing() {
    for fact in [
        WorkerEvent::Cordoned {},
        WorkerEvent::Uncordoned {},
        WorkerEvent::Drained { at: noon() },
        WorkerEvent::DrainFailed {
            reason: "it is held".parse().unwrap(),
            at: noon(),
        },
        WorkerEvent::CameOnline { at: noon() },
    ] {
        let Beat::Event(seen) = event::<Worker>(&id(), fact) else {
            panic!("an event");
        };
        assert_eq!(saga().instance(&seen), None);
    }
}

#[test]
fn a_cordon_that_cannot_succeed_is_the_operators() {
    let mut told = Told::new(saga()).after(&wishes());
    let reaction = told.tell(&Beat::Failed("cordon:1".into()));
    assert_eq!(reaction.effects, []);
}

#[test]
fn a_drain_that_cannot_succeed_or_takes_too_long_is_given_up() {
    for end in [Beat::Timer("drain"), Beat::Failed("drain:3".into())] {
        let mut told = Told::new(saga()).after(&wishes());
        let deadline = Timer {
            name: "drain".into(),
            due_at: None,
            cluster_left_ms: Some(3_600_000),
        };
        assert_eq!(told.timers, [deadline]);
        let given_up = told.tell(&end).effects;
        let effect = Effect::GiveUpDrain {
            worker_id: id(),
            drain: 3,
        };
        assert_eq!(given_up, [("give-up-drain:3".to_owned(), effect)]);
    }
    let told = Told::new(saga()).after(&[Beat::Timer("drain")]);
    assert_eq!(told.steps(), Vec::<&str>::new());
}

#[test]
fn what_became_of_one_drain_ends_no_other() {
    let at = noon();
    let story = story([
        WorkerEvent::DrainRequested { at },
        WorkerEvent::UncordonRequested {},
        WorkerEvent::DrainRequested { at },
    ]);
    let mut told = Told::new(saga()).after(&story);
    let of_the_first = told.tell(&Beat::Failed("drain:1".into()));
    assert_eq!(of_the_first.effects, []);
    let of_the_second = told.tell(&Beat::Failed("drain:3".into())).effects;
    let effect = Effect::GiveUpDrain {
        worker_id: id(),
        drain: 3,
    };
    assert_eq!(of_the_second, [("give-up-drain:3".to_owned(), effect)]);
}
