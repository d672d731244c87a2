//! A plan's new price on its way to whoever has the plan.

use chrono::{DateTime, Utc};
use purser_domain::ids::{PlanId, ServiceId, SubscriptionId};
use serde::{Deserialize, Serialize};

/// A new price as it stands in the history, and how far it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repriced {
    pub service_id: ServiceId,
    pub plan_id: PlanId,
    /// When it was announced.
    pub at: DateTime<Utc>,
    /// Its number in the service's stream.
    pub sequence: i64,
    /// Its place in the history.
    pub position: i64,
    /// The last subscription that was looked at, in the order of their ids; `None` where none was.
    pub after: Option<SubscriptionId>,
}

impl Repriced {
    /// What the page behind `after` is asked for under.
    pub(in crate::sagas) fn step(&self) -> String {
        match self.after {
            None => format!("announce-{}", self.sequence),
            Some(after) => format!("announce-{}-{after}", self.sequence),
        }
    }

    /// What the letter about one subscription is asked for under.
    pub(in crate::sagas) fn letter_step(&self) -> String {
        format!("price-{}-{}", self.service_id, self.sequence)
    }
}
