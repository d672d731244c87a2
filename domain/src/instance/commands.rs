use super::{ForeignManager, Step, Wanted};
use crate::ids::UserId;
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
    RequestRemoval {
        at: DateTime<Utc>,
    },
    /// The namespace was observed to be gone.
    ConfirmRemoval {
        at: DateTime<Utc>,
    },
    /// An object of ours, as `Kind/name`, was put back.
    CorrectDrift {
        object: String,
        managers: Vec<ForeignManager>,
        at: DateTime<Utc>,
    },
}
