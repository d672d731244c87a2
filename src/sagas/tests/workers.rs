use super::{Beat, Told, event, hearing_twice_changes_nothing, noon};
use crate::sagas::{Effect, NodeWishes, Saga as _};
use purser_domain::{
    ids::WorkerId,
    worker::{Worker, WorkerEvent},
};
use uuid::Uuid;

fn id() -> WorkerId {
    WorkerId::new(Uuid::from_u128(7))
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
    hearing_twice_changes_nothing(NodeWishes, &wishes());
}

#[test]
fn each_wish_is_an_effect_of_its_own() {
    let told = Told::new(NodeWishes).after(&wishes());
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
        WorkerEvent::CameOnline { at: noon() },
    ] {
        let Beat::Event(seen) = event::<Worker>(&id(), fact) else {
            panic!("an event");
        };
        assert_eq!(NodeWishes.instance(&seen), None);
    }
}

#[test]
fn an_effect_that_cannot_succeed_is_the_operators() {
    let mut told = Told::new(NodeWishes).after(&wishes());
    let reaction = told.tell(&Beat::Failed("drain:3".into()));
    assert_eq!(reaction.effects, []);
}
