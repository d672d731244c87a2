//! What the cluster shows of what was asked of an instance.

use super::{Did, End, Kind, Life};
use crate::{instance::Seen, text::Reason};
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

    /// Of a resize that failed the figures from before are asked for in the same breath.
    pub(super) fn fail(
        &self,
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
        let undo = match newest.kind {
            Kind::Resize(asked) => self.undo(asked, volume_mib),
            _ => None,
        };
        let undo = undo.map(|undo| self.begin(Kind::Undo(undo), at));
        [failed].into_iter().chain(undo).collect()
    }
}
