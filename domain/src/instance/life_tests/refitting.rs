//! Other figures for what rests: it starts with them.

use super::*;
use crate::{resources::Resources, text::Reason};

fn figures(cpu: u32, storage: u32) -> Resources {
    Resources::new(cpu, 512, storage).unwrap()
}

fn refit(cpu: u32, storage: u32) -> InstanceCommand {
    let (resources, at) = (figures(cpu, storage), noon());
    live(Do::Refit { resources, at })
}

fn fitted(cpu: u32, storage: u32) -> Did {
    let (resources, at) = (figures(cpu, storage), noon());
    Did::Refitted { resources, at }
}

/// Held, given more, and released.
pub(in crate::instance) fn refitted() -> Vec<InstanceCommand> {
    vec![
        hold(HoldKind::Billing, None),
        refit(1_000, 10_240),
        release(HoldKind::Billing),
    ]
}

#[test]
fn what_is_on_hold_gets_other_figures_at_once() {
    expect(held(None), refit(1_000, 10_240), &[fitted(1_000, 10_240)]);
    expect(held(None), refit(500, 5_120), &[]);
    let mut history = held(None);
    history.push(fitted(1_000, 10_240));
    let has_mib = 10_240;
    let why = InstanceError::StorageCannotShrink {
        has_mib,
        asked_mib: 5_120,
    };
    refused(history, refit(1_000, 5_120), why);
}

#[test]
fn what_is_not_on_hold_is_resized_instead() {
    refused(ready(&[]), refit(1_000, 5_120), InstanceError::NotOnHold);
}

fn fail(volume_mib: Option<u32>) -> InstanceCommand {
    live(Do::FailOperation {
        operation: 2,
        reason: Reason::stated("its volume cannot grow on this cluster"),
        volume_mib,
        at: noon(),
    })
}

/// Refitted while it rested, released, and about to start.
fn starting() -> Vec<Did> {
    let mut history = held(None);
    history.push(fitted(1_000, 10_240));
    history.push(Did::Released {
        kind: HoldKind::Staff,
        reason: None,
        at: noon(),
    });
    history.push(Did::StartRequested {
        operation: 2,
        at: noon(),
    });
    history
}

#[test]
fn what_cannot_start_on_a_larger_volume_keeps_the_one_that_it_has() {
    let failed = Did::OperationFailed {
        operation: 2,
        reason: Reason::stated("its volume cannot grow on this cluster"),
        at: noon(),
    };
    let keeps = [failed.clone(), fitted(1_000, 5_120)];
    expect(starting(), fail(Some(5_120)), &keeps);
    expect(
        starting(),
        fail(Some(10_240)),
        std::slice::from_ref(&failed),
    );
    expect(starting(), fail(None), &[failed]);
}
