//! How a resize that failed is undone: the figures from before are asked for again.

use super::{Decided, End, Kind, Life};
use crate::{
    instance::{InstanceError, InstanceEvent as Did},
    resources::Resources,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The undoing of a resize.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Undo {
    /// What had been asked for.
    pub(super) asked: Resources,
    pub(super) back_to: Resources,
}

impl Life {
    /// The figures from before, with the storage that the volume was given already: it does not shrink. None where
    /// there is nothing to go back to.
    pub(super) fn undo(&self, asked: Resources, volume_mib: Option<u32>) -> Option<Undo> {
        let before = self.before?;
        let storage = volume_mib.unwrap_or(0).max(before.storage_mib());
        let back_to = Resources::new(before.cpu_millicores(), before.memory_mib(), storage);
        let back_to = back_to.unwrap_or(before);
        (back_to != asked).then_some(Undo { asked, back_to })
    }

    /// The undoing of figures that it has already. It takes the place of what is under way, but for a new password, which
    /// would be lost; and what rests is merely to start with them. Not a resize: one that fails goes back to what was
    /// before it, and these are what nobody pays for.
    pub(super) fn fit_back(&self, has: Resources, had: Resources, at: DateTime<Utc>) -> Decided {
        let (has_mib, asked_mib) = (has.storage_mib(), had.storage_mib());
        if asked_mib < has_mib {
            return Err(InstanceError::StorageCannotShrink { has_mib, asked_mib });
        }
        if has == had {
            return Ok(vec![]);
        }
        if !self.may_run() {
            let resources = had;
            return Ok(vec![Did::Refitted { resources, at }]);
        }
        match self.open() {
            Some(Kind::ResetPassword { .. }) => Err(InstanceError::Busy),
            _ => {
                let undo = self.undoing(had);
                Ok(vec![self.begin(Kind::Undo(undo), at)])
            }
        }
    }

    /// Undone again, it still goes back from what had been asked for first.
    pub(super) fn undoing(&self, back_to: Resources) -> Undo {
        let asked = match self.newest.map(|newest| newest.kind) {
            Some(Kind::Resize(asked)) => asked,
            Some(Kind::Undo(undo)) => undo.asked,
            _ => back_to,
        };
        Undo { asked, back_to }
    }

    /// What it had before the figures that it is to get now. A resize that is asked for again starts from the same.
    pub(in crate::instance) fn had(&mut self, had: Resources) {
        match self.newest.map(|newest| newest.kind) {
            Some(Kind::Resize(asked)) if asked != had => self.before = Some(had),
            _ => {}
        }
    }

    pub(in crate::instance) fn may_resize(&self, operation: u32) -> bool {
        self.newest.is_some_and(|newest| {
            newest.number == operation
                && newest.end == End::Open
                && matches!(newest.kind, Kind::Resize(_) | Kind::Undo(_) | Kind::Start)
        })
    }

    pub(in crate::instance) fn failed_resize(&self) -> Option<u32> {
        let newest = self.newest.filter(|newest| newest.end == End::Failed)?;
        matches!(newest.kind, Kind::Resize(_)).then_some(newest.number)
    }

    pub(in crate::instance) fn is_resize(&self, operation: u32) -> bool {
        self.newest.is_some_and(|newest| {
            newest.number == operation && matches!(newest.kind, Kind::Resize(_))
        })
    }
}
