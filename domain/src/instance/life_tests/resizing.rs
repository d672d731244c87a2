use super::*;
use crate::resources::Resources;

/// The plan of these stories sells 500 millicores, 512 MiB and 5,120 MiB of storage.
fn figures(cpu: u32, storage: u32) -> Resources {
    Resources::new(cpu, 512, storage).unwrap()
}

fn resize(cpu: u32, storage: u32) -> InstanceCommand {
    let (resources, at) = (figures(cpu, storage), noon());
    live(Do::Resize { resources, at })
}

fn to_resize(operation: u32, cpu: u32, storage: u32) -> Did {
    Did::ResizeRequested {
        operation,
        resources: figures(cpu, storage),
        at: noon(),
    }
}

fn resized(operation: u32) -> Did {
    let at = noon();
    Did::Resized { operation, at }
}

#[test]
fn it_gets_other_figures_and_has_them_once_they_were_observed() {
    let asked = to_resize(1, 1_000, 10_240);
    expect(
        ready(&[]),
        resize(1_000, 10_240),
        std::slice::from_ref(&asked),
    );
    let under_way = ready(&[asked]);
    assert_eq!(status(&under_way), InstanceStatus::Resizing);
    expect(under_way, observe(1, Seen::Ready), &[resized(1)]);
}

#[test]
fn the_figures_that_it_has_or_is_about_to_get_are_no_news() {
    expect(ready(&[]), resize(500, 5_120), &[]);
    let under_way = ready(&[to_resize(1, 1_000, 5_120)]);
    expect(under_way, resize(1_000, 5_120), &[]);
}

#[test]
fn cpu_and_memory_shrink_and_storage_does_not() {
    expect(ready(&[]), resize(250, 5_120), &[to_resize(1, 250, 5_120)]);
    let has_mib = 10_240;
    let grown = ready(&[to_resize(1, 500, has_mib), resized(1)]);
    let asked_mib = 5_120;
    let why = InstanceError::StorageCannotShrink { has_mib, asked_mib };
    refused(grown, resize(500, asked_mib), why);
}

#[test]
fn only_what_runs_undisturbed_is_resized() {
    refused(resting(), resize(1_000, 5_120), InstanceError::NotRunning);
    refused(held(None), resize(1_000, 5_120), InstanceError::OnHold);
    let restarting = ready(&[to_restart(1)]);
    refused(restarting, resize(1_000, 5_120), InstanceError::Busy);
    let resizing = ready(&[to_resize(1, 1_000, 5_120)]);
    refused(resizing.clone(), resize(2_000, 5_120), InstanceError::Busy);
    refused(resizing, restart(), InstanceError::Busy);
}

#[test]
fn a_resize_that_failed_is_asked_for_again_or_taken_back() {
    let given_up = ready(&[to_resize(1, 64_000, 5_120), failed(1)]);
    let again = to_resize(2, 64_000, 5_120);
    expect(given_up.clone(), retry(), std::slice::from_ref(&again));
    expect(given_up.clone(), resize(64_000, 5_120), &[again]);
    expect(given_up, resize(500, 5_120), &[to_resize(2, 500, 5_120)]);
}

#[test]
fn a_hold_takes_the_place_of_a_resize() {
    let resizing = ready(&[to_resize(1, 1_000, 5_120)]);
    let stopped = [is_held(HoldKind::Staff, None), to_stop(2, StopCause::Hold)];
    expect(resizing, hold(HoldKind::Staff, None), &stopped);
}
