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

fn to_undo(operation: u32, cpu: u32, storage: u32) -> Did {
    Did::ResizeUndoRequested {
        operation,
        resources: figures(cpu, storage),
        at: noon(),
    }
}

fn was_undone(operation: u32) -> Did {
    let at = noon();
    Did::ResizeUndone { operation, at }
}

/// Whether each of the first two operations is a resize, by these events.
fn resizes(events: Vec<Did>) -> [bool; 2] {
    let mut instance = Instance::default();
    events.into_iter().for_each(|event| instance.apply(event));
    [1, 2].map(|operation| instance.is_resize(operation))
}

#[test]
fn what_takes_figures_back_is_no_resize() {
    let resizing = ready(&[to_resize(1, 64_000, 5_120)]);
    assert_eq!(resizes(resizing.clone()), [true, false]);
    let undoing = [failed(1), to_undo(2, 500, 5_120)];
    assert_eq!(resizes([resizing, undoing.into()].concat()), [false, false]);
    assert_eq!(resizes(ready(&[to_restart(1)])), [false, false]);
}

/// A resize that failed and was undone, asked for again, and undone at the second attempt.
pub(in crate::instance) fn undone() -> Vec<InstanceCommand> {
    let (wanted, at) = (wanted(), noon());
    vec![
        InstanceCommand::Request { wanted, at },
        InstanceCommand::BecomeReady { at },
        resize(64_000, 5_120),
        fail(1),
        observe(2, Seen::Ready),
        retry(),
        fail(3),
        fail(4),
        retry(),
        observe(5, Seen::Ready),
    ]
}

#[test]
fn a_resize_that_fails_goes_back_to_the_figures_from_before() {
    let resizing = ready(&[to_resize(1, 64_000, 5_120)]);
    let undoing = [failed(1), to_undo(2, 500, 5_120)];
    expect(resizing.clone(), fail(1), &undoing);
    let undoing = [&resizing[..], &undoing].concat();
    assert_eq!(status(&undoing), InstanceStatus::Resizing);
    expect(undoing.clone(), fail(1), &[]);
    expect(undoing.clone(), observe(1, Seen::Ready), &[]);
    expect(undoing.clone(), observe(2, Seen::Ready), &[was_undone(2)]);
    refused(undoing.clone(), restart(), InstanceError::Busy);
    refused(undoing.clone(), retry(), InstanceError::NothingToRetry);
    let undone = [&undoing[..], &[was_undone(2)]].concat();
    assert_eq!(status(&undone), InstanceStatus::Ready);
    expect(undone.clone(), observe(2, Seen::Ready), &[]);
    expect(undone, resize(500, 5_120), &[]);
}

#[test]
fn what_was_undone_may_be_asked_for_again() {
    let undone = ready(&[
        to_resize(1, 64_000, 5_120),
        failed(1),
        to_undo(2, 500, 5_120),
        was_undone(2),
    ]);
    let again = to_resize(3, 64_000, 5_120);
    expect(undone.clone(), retry(), std::slice::from_ref(&again));
    let asked = resize(64_000, 5_120);
    expect(undone.clone(), asked, std::slice::from_ref(&again));
    let undoing = [failed(3), to_undo(4, 500, 5_120)];
    let again = [&undone[..], &[again]].concat();
    expect(again, fail(3), &undoing);
    let restarted = [&undone[..], &[to_restart(3), restarted(3)]].concat();
    refused(restarted, retry(), InstanceError::NothingToRetry);
}

#[test]
fn an_undoing_that_fails_is_tried_again() {
    let stuck = ready(&[
        to_resize(1, 64_000, 5_120),
        failed(1),
        to_undo(2, 500, 5_120),
    ]);
    expect(stuck.clone(), fail(2), &[failed(2)]);
    let stuck = [&stuck[..], &[failed(2)]].concat();
    assert_eq!(status(&stuck), InstanceStatus::Degraded);
    expect(stuck.clone(), retry(), &[to_undo(3, 500, 5_120)]);
    expect(stuck.clone(), observe(2, Seen::Ready), &[was_undone(2)]);
    let other = to_resize(3, 1_000, 5_120);
    expect(stuck, resize(1_000, 5_120), &[other]);
}

#[test]
fn a_volume_that_has_grown_keeps_its_size() {
    let resizing = ready(&[to_resize(1, 64_000, 10_240)]);
    for (volume_mib, storage) in [(None, 5_120), (Some(5_120), 5_120), (Some(10_240), 10_240)] {
        let undoing = [failed(1), to_undo(2, 500, storage)];
        expect(resizing.clone(), fail_with(1, volume_mib), &undoing);
    }
    // It has what was asked for, and yet did not become ready: there is nothing to take back.
    let grown = ready(&[to_resize(1, 500, 10_240)]);
    expect(grown.clone(), fail_with(1, Some(10_240)), &[failed(1)]);
    let grown = [&grown[..], &[failed(1)]].concat();
    expect(grown.clone(), retry(), &[to_resize(2, 500, 10_240)]);
    expect(grown, observe(1, Seen::Ready), &[resized(1)]);
}

#[test]
fn a_resize_that_was_given_up_may_yet_be_seen() {
    let failed_resize = |events: Vec<Did>| {
        let mut instance = Instance::default();
        events.into_iter().for_each(|event| instance.apply(event));
        instance.failed_resize()
    };
    let grown = ready(&[to_resize(1, 500, 10_240)]);
    assert_eq!(failed_resize(grown.clone()), None);
    let given_up = [&grown[..], &[failed(1)]].concat();
    assert_eq!(failed_resize(given_up.clone()), Some(1));
    let seen = [&given_up[..], &[resized(1)]].concat();
    assert_eq!(failed_resize(seen), None);
    let undoing = [&given_up[..], &[to_undo(2, 500, 5_120)]].concat();
    assert_eq!(failed_resize(undoing), None);
    let restarting = [&given_up[..], &[to_restart(2), failed(2)]].concat();
    assert_eq!(failed_resize(restarting), None);
}

#[test]
fn what_takes_the_place_of_a_resize_is_not_undone() {
    let by_customer = to_stop(2, StopCause::Customer);
    let stopping = ready(&[to_resize(1, 64_000, 5_120), by_customer]);
    expect(stopping, fail(1), &[]);
}

#[test]
fn a_hold_takes_the_place_of_a_resize() {
    let resizing = ready(&[to_resize(1, 1_000, 5_120)]);
    let failed = Did::OperationFailed {
        operation: 1,
        reason: text("it was held meanwhile"),
        at: noon(),
    };
    let undo = Did::ResizeUndoRequested {
        operation: 2,
        resources: figures(500, 5_120),
        at: noon(),
    };
    let stop = to_stop(3, StopCause::Hold);
    let stopped = [is_held(HoldKind::Staff, None), failed, undo, stop];
    expect(resizing, hold(HoldKind::Staff, None), &stopped);
}

#[test]
fn an_app_that_gets_other_figures_is_not_stopped_by_its_customer() {
    let resizing = ready(&[to_resize(1, 1_000, 5_120)]);
    let (asked_by, at) = (budi(), noon());
    refused(
        resizing,
        live(Do::Stop { asked_by, at }),
        InstanceError::Busy,
    );
}
