use super::*;
use crate::{
    parameters::{Chosen, Parameters},
    story::sealed,
};

/// A mail server's port, and a password that tells two choices apart.
fn choices(password: &str) -> Parameters {
    [
        (text("smtp_port"), Chosen::Number(587)),
        (text("smtp_password"), Chosen::Sealed(sealed(password))),
    ]
    .into_iter()
    .collect()
}

fn change(password: &str) -> InstanceCommand {
    live(Do::ChangeParameters {
        asked_by: budi(),
        parameters: choices(password),
        at: noon(),
    })
}

fn changed(password: &str) -> Did {
    Did::ParametersChanged {
        parameters: choices(password),
        at: noon(),
    }
}

fn to_reconfigure(operation: u32) -> Did {
    let at = noon();
    Did::ReconfigureRequested { operation, at }
}

fn reconfigured(operation: u32) -> Did {
    let at = noon();
    Did::Reconfigured { operation, at }
}

/// What a customer asks who chose anew, to the end.
pub(in crate::instance) fn chosen_anew() -> Vec<InstanceCommand> {
    vec![change("one"), observe(1, Seen::Ready)]
}

#[test]
fn an_app_starts_anew_with_what_its_customer_chose() {
    let asked = [changed("one"), to_reconfigure(1)];
    expect(ready(&[]), change("one"), &asked);
    let under_way = ready(&asked);
    assert_eq!(status(&under_way), InstanceStatus::Reconfiguring);
    expect(under_way.clone(), observe(1, Seen::Stopped), &[]);
    expect(under_way, observe(1, Seen::Ready), &[reconfigured(1)]);
}

#[test]
fn what_is_wanted_is_what_was_chosen_last() {
    let mut instance = Instance::default();
    for event in ready(&[changed("one"), to_reconfigure(1), changed("two")]) {
        instance.apply(event);
    }
    assert_eq!(instance.wanted().unwrap().parameters, choices("two"));
}

#[test]
fn the_same_choices_are_no_news() {
    let done = ready(&[changed("one"), to_reconfigure(1), reconfigured(1)]);
    expect(done, change("one"), &[]);
    let under_way = ready(&[changed("one"), to_reconfigure(1)]);
    expect(under_way, change("one"), &[]);
}

#[test]
fn a_newer_choice_takes_the_place_of_one_under_way() {
    let under_way = ready(&[changed("one"), to_reconfigure(1)]);
    let newer = [changed("two"), to_reconfigure(2)];
    expect(under_way, change("two"), &newer);
}

#[test]
fn an_app_that_rests_is_left_alone() {
    expect(resting(), change("one"), &[changed("one")]);
}

#[test]
fn only_what_is_undisturbed_is_changed() {
    refused(held(None), change("one"), InstanceError::OnHold);
    let restarting = ready(&[to_restart(1)]);
    refused(restarting, change("one"), InstanceError::Busy);
    let changing = ready(&[changed("one"), to_reconfigure(1)]);
    refused(changing, restart(), InstanceError::Busy);
}

#[test]
fn a_change_that_failed_is_tried_again_or_taken_back() {
    let given_up = ready(&[changed("one"), to_reconfigure(1), failed(1)]);
    assert_eq!(status(&given_up), InstanceStatus::Degraded);
    expect(given_up.clone(), retry(), &[to_reconfigure(2)]);
    let same = [changed("one"), to_reconfigure(2)];
    expect(given_up.clone(), change("one"), &same);
    let other = [changed("two"), to_reconfigure(2)];
    expect(given_up, change("two"), &other);
}

#[test]
fn nobody_changes_what_is_somebody_elses() {
    let change = live(Do::ChangeParameters {
        asked_by: sari(),
        parameters: choices("one"),
        at: noon(),
    });
    refused(ready(&[]), change, InstanceError::NotFound);
}
