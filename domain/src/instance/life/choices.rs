//! What its customer chooses anew for an app that he has.

use super::{Decided, Did, Kind, Life};
use crate::{instance::InstanceError, parameters::Parameters};
use chrono::{DateTime, Utc};

impl Life {
    /// An app that rests gets them when it is next started. A change that is under way gives way to a newer one.
    pub(super) fn change_parameters(
        &self,
        has: &Parameters,
        parameters: Parameters,
        at: DateTime<Utc>,
    ) -> Decided {
        if *has == parameters && !self.failed() {
            return Ok(vec![]);
        }
        let changed = Did::ParametersChanged { parameters, at };
        match self.open() {
            _ if !self.holds.is_empty() => Err(InstanceError::OnHold),
            _ if self.stopped => Ok(vec![changed]),
            None | Some(Kind::Reconfigure) => Ok(vec![changed, self.begin(Kind::Reconfigure, at)]),
            Some(_) => Err(InstanceError::Busy),
        }
    }
}
