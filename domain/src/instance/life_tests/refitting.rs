//! Other figures for what rests: it starts with them.

use super::*;
use crate::resources::Resources;

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
