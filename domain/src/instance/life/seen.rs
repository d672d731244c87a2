//! What the cluster shows of what was asked of an instance.

use super::{Did, End, Kind, Life};
use crate::{instance::Seen, resources::Resources, text::Reason};
use chrono::{DateTime, Utc};

impl Life {
    /// What was seen ends the newest operation, one that had been given up included.
    pub(super) fn observe(&self, operation: u32, seen: Seen, at: DateTime<Utc>) -> Vec<Did> {
        let newest = self
            .newest
            .filter(|newest| newest.number == operation && newest.end != End::Observed);
        match (newest.map(|newest| newest.kind), seen) {
            (Some(Kind::Restart), Seen::Ready) => vec![Did::Restarted { operation, at }],
            (Some(Kind::Start), Seen::Ready) => vec![Did::Started { operation, at }],
            (Some(Kind::Resize(_)), Seen::Ready) => vec![Did::Resized { operation, at }],
            (Some(Kind::Undo(_)), Seen::Ready) => vec![Did::ResizeUndone { operation, at }],
            (Some(Kind::Reconfigure), Seen::Ready) => vec![Did::Reconfigured { operation, at }],
            (Some(Kind::Stop(_)), Seen::Stopped) => vec![Did::Stopped { operation, at }],
            (Some(Kind::ResetPassword { set: false }), Seen::PasswordSet) => {
                vec![Did::PasswordSet { operation, at }]
            }
            (Some(Kind::ResetPassword { set: true }), Seen::PasswordKept) => {
                vec![Did::PasswordReset { operation, at }]
            }
            _ => vec![],
        }
    }

    /// Of a resize that failed the figures from before are asked for in the same breath. What was given a larger volume
    /// while it rested, on a cluster that lets none grow, keeps the one that it has: it could never start again.
    pub(super) fn fail(
        &self,
        has: Resources,
        operation: u32,
        reason: Reason,
        volume_mib: Option<u32>,
        at: DateTime<Utc>,
    ) -> Vec<Did> {
        let open = self
            .newest
            .filter(|newest| newest.number == operation && newest.end == End::Open);
        let Some(newest) = open else {
            return vec![];
        };
        let failed = Did::OperationFailed {
            operation,
            reason,
            at,
        };
        let amends = match newest.kind {
            Kind::Resize(asked) => {
                let undo = self.undo(asked, volume_mib);
                undo.map(|undo| self.begin(Kind::Undo(undo), at))
            }
            Kind::Start => volume_mib
                .and_then(|volume_mib| on_volume(has, volume_mib))
                .map(|resources| Did::Refitted { resources, at }),
            _ => None,
        };
        [failed].into_iter().chain(amends).collect()
    }
}

/// The figures with the storage that there is, where that is less.
fn on_volume(has: Resources, volume_mib: u32) -> Option<Resources> {
    let fits = Resources::new(has.cpu_millicores(), has.memory_mib(), volume_mib).ok()?;
    (volume_mib < has.storage_mib()).then_some(fits)
}
