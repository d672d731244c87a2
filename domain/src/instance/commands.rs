use super::{ForeignManager, HoldKind, Illness, Resource, Seen, Step, Wanted};
use crate::{ids::UserId, parameters::Parameters, resources::Resources, text::Reason};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum InstanceCommand {
    Request {
        wanted: Box<Wanted>,
        at: DateTime<Utc>,
    },
    CompleteStep {
        step: Step,
        at: DateTime<Utc>,
    },
    ObserveTrouble {
        step: Step,
        trouble: String,
        at: DateTime<Utc>,
    },
    BecomeReady {
        at: DateTime<Utc>,
    },
    /// Only to whom it belongs: to anybody else the instance is not found.
    RevealCredentials {
        asked_by: UserId,
        at: DateTime<Utc>,
    },
    /// What is asked of it, or seen, once it is ready.
    Live(LifeCommand),
    RequestRemoval {
        at: DateTime<Utc>,
    },
    /// The namespace was observed to be gone.
    ConfirmRemoval {
        at: DateTime<Utc>,
    },
    /// Whoever kept editing an object, as `Kind/name`, has stopped: it is to be put back again.
    Reclaim {
        object: String,
        at: DateTime<Utc>,
    },
    /// An object of ours, as `Kind/name`, was put back.
    CorrectDrift {
        object: String,
        managers: Vec<ForeignManager>,
        at: DateTime<Utc>,
    },
    /// It has used so much of this, in millicores or MiB, for some time.
    ObserveUsage {
        resource: Resource,
        used: u32,
        at: DateTime<Utc>,
    },
    /// A volume of it that no plan sells, by its claim, is so full.
    ObserveVolume {
        claim: String,
        used_mib: u32,
        capacity_mib: u32,
        at: DateTime<Utc>,
    },
}

impl From<LifeCommand> for InstanceCommand {
    fn from(command: LifeCommand) -> Self {
        Self::Live(command)
    }
}

/// What is asked of an instance that is ready, and what is seen of it.
#[derive(Clone, Debug)]
pub enum LifeCommand {
    /// Replaces the app's pod. Only for whom it belongs to.
    Restart {
        asked_by: UserId,
        at: DateTime<Utc>,
    },
    /// The customer wants it to rest; his data stay.
    Stop {
        asked_by: UserId,
        at: DateTime<Utc>,
    },
    Start {
        asked_by: UserId,
        at: DateTime<Utc>,
    },
    /// Gives the app's owner a new password. Only for whom it belongs to.
    ResetPassword {
        asked_by: UserId,
        at: DateTime<Utc>,
    },
    /// Runs the app with other choices of its customer's, in place of all those before. Only for whom it belongs to.
    ChangeParameters {
        asked_by: UserId,
        parameters: Parameters,
        at: DateTime<Utc>,
    },
    /// Gives it other figures, on the same volume; storage only grows.
    Resize {
        resources: Resources,
        at: DateTime<Utc>,
    },
    /// Gives what is on hold other figures, to go on with once it is released; storage only grows.
    Refit {
        resources: Resources,
        at: DateTime<Utc>,
    },
    /// Gives it the figures from before again, whatever else is under way, as those that it has will not be paid for.
    /// Storage only grows.
    FitBack {
        resources: Resources,
        at: DateTime<Utc>,
    },
    /// Keeps it from running, whatever its customer wants, until it is released or `until` has come.
    Hold {
        kind: HoldKind,
        reason: Reason,
        until: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    },
    Release {
        kind: HoldKind,
        reason: Reason,
        at: DateTime<Utc>,
    },
    /// The deadline of a hold has come, as somebody believes who may have heard of an earlier one.
    LiftHold {
        kind: HoldKind,
        at: DateTime<Utc>,
    },
    /// Asks once more for the operation that failed last.
    Retry {
        at: DateTime<Utc>,
    },
    /// What the cluster shows of the operation that was carried out on it last.
    Observe {
        operation: u32,
        seen: Seen,
        at: DateTime<Utc>,
    },
    /// How the app does; `None` where it is ready.
    ObserveHealth {
        illness: Option<Illness>,
        at: DateTime<Utc>,
    },
    /// Restarts what runs and does not answer. What is otherwise unready is left as it is.
    Heal {
        attempt: u32,
        at: DateTime<Utc>,
    },
    /// Nothing that Purser may do makes it ready.
    Degrade {
        at: DateTime<Utc>,
    },
    /// Records the days until now on which it was down for too long for a cause on our side.
    CountDowntime {
        /// With more downtime than this a day is lost; of less than a quarter of an hour none is.
        lost_minutes: u32,
        at: DateTime<Utc>,
    },
    /// The operation will not come to its end by itself.
    FailOperation {
        operation: u32,
        reason: Reason,
        /// What its volume was given already, in MiB, where that is known: a volume does not shrink.
        volume_mib: Option<u32>,
        at: DateTime<Utc>,
    },
}

impl LifeCommand {
    /// The customer who asks; `None` where staff or Purser itself does.
    pub(super) const fn asked_by(&self) -> Option<UserId> {
        match self {
            Self::Restart { asked_by, .. }
            | Self::Stop { asked_by, .. }
            | Self::Start { asked_by, .. }
            | Self::ResetPassword { asked_by, .. }
            | Self::ChangeParameters { asked_by, .. } => Some(*asked_by),
            Self::Resize { .. }
            | Self::Refit { .. }
            | Self::FitBack { .. }
            | Self::Hold { .. }
            | Self::Release { .. }
            | Self::LiftHold { .. }
            | Self::Retry { .. }
            | Self::Observe { .. }
            | Self::ObserveHealth { .. }
            | Self::Heal { .. }
            | Self::Degrade { .. }
            | Self::CountDowntime { .. }
            | Self::FailOperation { .. } => None,
        }
    }
}
