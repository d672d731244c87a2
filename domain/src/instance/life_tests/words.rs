use super::*;
use crate::{instance::Step, story::stored_as};

#[test]
fn the_words_of_its_life_keep_their_stored_form() {
    stored_as(&[HoldKind::Billing, HoldKind::Staff].map(|kind| (kind, kind.as_str())));
    stored_as(
        &[
            Seen::Ready,
            Seen::Stopped,
            Seen::PasswordSet,
            Seen::PasswordKept,
        ]
        .map(|seen| (seen, seen.as_str())),
    );
    stored_as(&[(StopCause::Customer, "customer"), (StopCause::Hold, "hold")]);
    let statuses = [
        InstanceStatus::Provisioning,
        InstanceStatus::Ready,
        InstanceStatus::Unready,
        InstanceStatus::Restarting,
        InstanceStatus::Stopping,
        InstanceStatus::Stopped,
        InstanceStatus::Starting,
        InstanceStatus::Resizing,
        InstanceStatus::Reconfiguring,
        InstanceStatus::ResettingPassword,
        InstanceStatus::Held,
        InstanceStatus::Degraded,
        InstanceStatus::Removing,
        InstanceStatus::Removed,
    ];
    stored_as(&statuses.map(|status| (status, status.as_str())));
}

#[test]
fn steps_keep_their_stored_words() {
    stored_as(
        &[
            Step::Namespace,
            Step::Guards,
            Step::Secret,
            Step::Database,
            Step::Owner,
            Step::App,
            Step::Handover,
            Step::Route,
        ]
        .map(|step| (step, step.as_str())),
    );
}
