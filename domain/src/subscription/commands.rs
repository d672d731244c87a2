use super::{FailCause, Terms};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum SubscriptionCommand {
    Order {
        terms: Box<Terms>,
        at: DateTime<Utc>,
    },
    /// Readiness was observed at `at`.
    Activate {
        at: DateTime<Utc>,
    },
    Fail {
        cause: FailCause,
        at: DateTime<Utc>,
    },
}
