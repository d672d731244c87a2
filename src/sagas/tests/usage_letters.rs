use super::{Beat, Told, hearing_twice_changes_nothing, noon, of_instance, order};
use crate::sagas::{Effect, Letter, UsageLetters};
use chrono::TimeDelta;
use purser_domain::{
    ids::InstanceId,
    instance::{InstanceEvent, Resource},
};

/// These warnings, each so many hours after noon, one after another in the stream.
fn story(warnings: &[(Resource, u32, i64)]) -> Vec<Beat> {
    let warned = |(resource, mark, hours): &(Resource, u32, i64)| InstanceEvent::UsageWarned {
        resource: *resource,
        mark: *mark,
        percent: mark + 3,
        limit: 512,
        at: noon() + TimeDelta::hours(*hours),
    };
    let mut beats: Vec<Beat> = warnings.iter().map(warned).map(of_instance).collect();
    for (sequence, beat) in (1..).zip(&mut beats) {
        if let Beat::Event(event) = beat {
            event.sequence = sequence;
        }
    }
    beats
}

fn steps(warnings: &[(Resource, u32, i64)]) -> Vec<String> {
    let told = Told::new(UsageLetters).after(&story(warnings));
    told.steps().into_iter().map(str::to_owned).collect()
}

#[test]
fn every_event_twice_changes_nothing() {
    use Resource::{Cpu, Memory};
    for warnings in [
        vec![(Cpu, 80, 0), (Cpu, 90, 1), (Memory, 90, 2)],
        vec![(Cpu, 90, 0), (Cpu, 80, 1), (Cpu, 80, 30), (Cpu, 90, 31)],
    ] {
        hearing_twice_changes_nothing(UsageLetters, &story(&warnings));
    }
}

#[test]
fn a_letter_that_cannot_be_sent_undoes_nothing() {
    let mut saga = Told::new(UsageLetters).after(&story(&[(Resource::Cpu, 80, 0)]));
    let step = saga.effects[0].0.clone();
    assert_eq!(saga.tell(&Beat::Failed(step)), Default::default());
}

#[test]
fn the_owner_is_written_to_about_each_mark() {
    let warnings = [(Resource::Memory, 80, 0), (Resource::Memory, 90, 1)];
    let told = Told::new(UsageLetters).after(&story(&warnings));
    let instance_id = InstanceId::of(order());
    let letter = |percent| Effect::SendToOwner {
        instance_id,
        letter: Box::new(Letter::UsageWarning {
            instance_id,
            resource: Resource::Memory,
            percent,
            limit: 512,
        }),
    };
    let expected = [
        ("usage-warning-memory-1".to_owned(), letter(83)),
        ("usage-warning-memory-2".to_owned(), letter(93)),
    ];
    assert_eq!(told.effects, expected);
}

#[test]
fn what_comes_and_goes_is_written_about_once_a_day() {
    use Resource::{Cpu, Storage};
    let once = ["usage-warning-cpu-1"];
    assert_eq!(steps(&[(Cpu, 90, 0), (Cpu, 90, 2), (Cpu, 80, 23)]), once);
    assert_eq!(
        steps(&[(Cpu, 80, 0), (Cpu, 80, 24)]),
        ["usage-warning-cpu-1", "usage-warning-cpu-2"]
    );
    assert_eq!(
        steps(&[(Cpu, 80, 0), (Storage, 80, 1)]),
        ["usage-warning-cpu-1", "usage-warning-storage-2"]
    );
}
