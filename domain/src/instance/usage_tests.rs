use super::{
    Band, Instance, InstanceCommand as Do, InstanceError, InstanceEvent as Did, LifeCommand,
    Resource, Seen, Step, StopCause,
};
use crate::{
    resources::Resources,
    story::{budi, noon, stored_as, wanted},
};
use cqrs_es::test::TestFramework;

/// Of the starter plan: 500 millicores, 512 MiB, 5,120 MiB.
fn uses(resource: Resource, used: u32) -> Do {
    Do::ObserveUsage {
        resource,
        used,
        at: noon(),
    }
}

fn warned(resource: Resource, mark: u32, percent: u32) -> Did {
    Did::UsageWarned {
        resource,
        mark,
        percent,
        limit: resource.of(wanted().resources),
        at: noon(),
    }
}

fn eased(resource: Resource, percent: u32) -> Did {
    let at = noon();
    Did::UsageEased {
        resource,
        percent,
        at,
    }
}

fn requested() -> Vec<Did> {
    let (wanted, at) = (wanted(), noon());
    vec![Did::Requested { wanted, at }]
}

fn ready(what_followed: &[Did]) -> Vec<Did> {
    let ready = Did::BecameReady { at: noon() };
    [requested(), vec![ready], what_followed.to_vec()].concat()
}

fn expect(history: Vec<Did>, command: Do, events: &[Did]) {
    TestFramework::<Instance>::with(())
        .given(history)
        .when(command)
        .then_expect_events(events.to_vec());
}

fn fills(claim: &str, used_mib: u32) -> Do {
    Do::ObserveVolume {
        claim: claim.into(),
        used_mib,
        capacity_mib: 1_000,
        at: noon(),
    }
}

fn filled(claim: &str, mark: u32, percent: u32) -> Did {
    Did::VolumeWarned {
        claim: claim.into(),
        mark,
        percent,
        capacity_mib: 1_000,
        at: noon(),
    }
}

fn emptied(claim: &str, percent: u32) -> Did {
    Did::VolumeEased {
        claim: claim.into(),
        percent,
        at: noon(),
    }
}

#[test]
fn each_volume_is_told_of_once_at_each_mark_and_again_only_after_it_was_well_below() {
    let at_80 = filled("database", 80, 80);
    expect(ready(&[]), fills("database", 799), &[]);
    expect(
        ready(&[]),
        fills("database", 800),
        std::slice::from_ref(&at_80),
    );
    let warned = || ready(std::slice::from_ref(&at_80));
    for used in [800, 899, 700] {
        expect(warned(), fills("database", used), &[]);
    }
    expect(
        warned(),
        fills("database", 950),
        &[filled("database", 90, 95)],
    );
    expect(warned(), fills("cache", 800), &[filled("cache", 80, 80)]);
    expect(warned(), fills("database", 699), &[emptied("database", 69)]);
    let eased = ready(&[at_80.clone(), emptied("database", 69)]);
    expect(eased, fills("database", 800), &[at_80]);
}

#[test]
fn a_volume_of_what_is_not_ready_or_goes_is_told_of_to_nobody() {
    for (history, refusal) in [
        (requested(), InstanceError::NotReady),
        (
            ready(&[Did::RemovalRequested { at: noon() }]),
            InstanceError::BeingRemoved,
        ),
    ] {
        TestFramework::<Instance>::with(())
            .given(history)
            .when(fills("database", 900))
            .then_expect_error(refusal);
    }
}

/// A story that brings all of these events out.
pub(super) fn strained() -> Vec<Do> {
    let (wanted, at) = (wanted(), noon());
    let live = Do::Live;
    vec![
        Do::Request { wanted, at },
        Do::CompleteStep {
            step: Step::App,
            at,
        },
        Do::BecomeReady { at },
        uses(Resource::Cpu, 420),
        uses(Resource::Memory, 500),
        uses(Resource::Cpu, 100),
        fills("database", 850),
        fills("database", 100),
        fills("database", 950),
        live(LifeCommand::Stop {
            asked_by: budi(),
            at,
        }),
        live(LifeCommand::Observe {
            operation: 1,
            seen: Seen::Stopped,
            at,
        }),
    ]
}

#[test]
fn each_mark_is_warned_of_once_as_it_is_passed() {
    use Resource::{Cpu, Memory, Storage};
    for (resource, used, mark, percent) in [
        (Cpu, 400, 80, 80),
        (Cpu, 449, 80, 89),
        (Cpu, 450, 90, 90),
        (Memory, 410, 80, 80),
        (Memory, 512, 90, 100),
        (Storage, 4_096, 80, 80),
    ] {
        let warning = warned(resource, mark, percent);
        expect(
            ready(&[]),
            uses(resource, used),
            std::slice::from_ref(&warning),
        );
        expect(ready(&[warning]), uses(resource, used), &[]);
    }
    let at_80 = warned(Cpu, 80, 83);
    expect(ready(&[at_80]), uses(Cpu, 460), &[warned(Cpu, 90, 92)]);
}

#[test]
fn below_the_marks_nothing_is_said() {
    for used in [0, 349, 399] {
        expect(ready(&[]), uses(Resource::Cpu, used), &[]);
    }
}

#[test]
fn a_figure_that_sways_around_a_mark_is_warned_of_once() {
    let resource = Resource::Cpu;
    for warning in [warned(resource, 80, 85), warned(resource, 90, 95)] {
        let history = ready(&[warning]);
        for used in [350, 399, 400, 410] {
            expect(history.clone(), uses(resource, used), &[]);
        }
    }
    expect(ready(&[warned(resource, 90, 95)]), uses(resource, 480), &[]);
}

#[test]
fn well_below_the_marks_it_is_over_and_the_next_time_is_news() {
    let resource = Resource::Memory;
    let (warning, over) = (warned(resource, 90, 95), eased(resource, 69));
    let history = ready(&[warning]);
    expect(
        history.clone(),
        uses(resource, 358),
        std::slice::from_ref(&over),
    );
    let history = [history, vec![over]].concat();
    expect(history.clone(), uses(resource, 100), &[]);
    expect(history, uses(resource, 412), &[warned(resource, 80, 80)]);
}

#[test]
fn one_figure_says_nothing_of_another() {
    let history = ready(&[warned(Resource::Cpu, 90, 95)]);
    expect(
        history.clone(),
        uses(Resource::Memory, 420),
        &[warned(Resource::Memory, 80, 82)],
    );
    expect(history, uses(Resource::Storage, 10), &[]);
}

#[test]
fn a_larger_plan_eases_what_was_tight() {
    let (operation, at) = (1, noon());
    let resources = Resources::new(1_000, 512, 5_120).unwrap();
    let history = ready(&[
        warned(Resource::Cpu, 90, 95),
        Did::ResizeRequested {
            operation,
            resources,
            at,
        },
        Did::Resized { operation, at },
    ]);
    expect(
        history,
        uses(Resource::Cpu, 475),
        &[eased(Resource::Cpu, 47)],
    );
}

#[test]
fn what_stopped_uses_only_its_volume() {
    let (operation, cause, at) = (1, StopCause::Customer, noon());
    let (cpu, storage) = (
        warned(Resource::Cpu, 90, 95),
        warned(Resource::Storage, 80, 85),
    );
    let history = ready(&[
        cpu.clone(),
        storage,
        Did::StopRequested {
            operation,
            cause,
            at,
        },
        Did::Stopped { operation, at },
    ]);
    expect(history.clone(), uses(Resource::Cpu, 475), &[cpu]);
    expect(history, uses(Resource::Storage, 4_400), &[]);
}

#[test]
fn what_is_not_ready_is_not_warned_of() {
    let removing = vec![Did::RemovalRequested { at: noon() }];
    for (history, error) in [
        (vec![], InstanceError::NotFound),
        (requested(), InstanceError::NotReady),
        ([ready(&[]), removing].concat(), InstanceError::BeingRemoved),
    ] {
        TestFramework::<Instance>::with(())
            .given(history)
            .when(uses(Resource::Cpu, 500))
            .then_expect_error(error);
    }
}

#[test]
fn bands_change_where_telling_could_change_something() {
    let bands = [0, 349, 350, 399, 400, 449, 450, 900].map(|used| Band::of(used, 500));
    for pair in bands.chunks(2) {
        assert_eq!(pair[0], pair[1]);
    }
    for (one, other) in [(1, 2), (3, 4), (5, 6)] {
        assert_ne!(bands[one], bands[other]);
    }
}

#[test]
fn the_figures_of_a_plan_keep_their_stored_words() {
    stored_as(&Resource::ALL.map(|resource| (resource, resource.as_str())));
}
