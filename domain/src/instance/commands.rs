use super::{Step, Wanted};
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
    RevealCredentials {
        at: DateTime<Utc>,
    },
    RequestRemoval {
        at: DateTime<Utc>,
    },
    /// The namespace was observed to be gone.
    ConfirmRemoval {
        at: DateTime<Utc>,
    },
}
