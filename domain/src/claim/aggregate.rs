use super::{ClaimCommand, ClaimError, ClaimEvent};
use crate::{aggregate::aggregate, ids::UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// An HMAC-SHA-256 of kind and normalised value, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimId(String);

/// A text that is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a claim's id is 64 lower-case hexadecimal digits")]
pub struct NotAClaimId;

impl FromStr for ClaimId {
    type Err = NotAClaimId;

    fn from_str(text: &str) -> Result<Self, NotAClaimId> {
        let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if text.len() == 64 && text.chars().all(hexadecimal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAClaimId)
        }
    }
}

impl TryFrom<String> for ClaimId {
    type Error = NotAClaimId;

    fn try_from(text: String) -> Result<Self, NotAClaimId> {
        text.parse()
    }
}

impl From<ClaimId> for String {
    fn from(id: ClaimId) -> Self {
        id.0
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    holder: Option<Uuid>,
    #[serde(default)]
    quarantine: Option<Quarantine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Quarantine {
    kept_for: UserId,
    until: DateTime<Utc>,
}

aggregate!(
    Claim,
    ClaimId,
    ClaimCommand,
    ClaimEvent,
    ClaimError,
    "claim"
);

impl Claim {
    /// Who holds the name now.
    pub fn holder(&self) -> Option<Uuid> {
        self.holder
    }

    /// Whether this customer may take the name at `at`, as far as those who had it before are concerned.
    ///
    /// # Errors
    /// It is kept for somebody else.
    pub fn require_not_kept(&self, user_id: UserId, at: DateTime<Utc>) -> Result<(), ClaimError> {
        match &self.quarantine {
            Some(Quarantine { kept_for, until }) if *kept_for != user_id && at < *until => {
                Err(ClaimError::Quarantined)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn decide(&self, command: ClaimCommand) -> Result<Vec<ClaimEvent>, ClaimError> {
        use {ClaimCommand as Do, ClaimEvent as Did};
        match (command, self.holder) {
            (Do::Take { kind, holder }, None) => Ok(vec![Did::Taken { kind, holder }]),
            (Do::Take { holder, .. }, Some(held_by)) if holder == held_by => Ok(vec![]),
            (Do::Take { kind, .. }, Some(_)) => Err(ClaimError::Taken(kind)),
            (Do::Release { .. } | Do::Quarantine { .. }, None) => Ok(vec![]),
            (Do::Release { holder }, Some(held_by)) if holder == held_by => {
                Ok(vec![Did::Released { holder }])
            }
            (
                Do::Quarantine {
                    holder,
                    kept_for,
                    until,
                },
                Some(held_by),
            ) if holder == held_by => Ok(vec![Did::Quarantined {
                holder,
                kept_for,
                until,
            }]),
            (Do::Release { .. } | Do::Quarantine { .. }, Some(_)) => Err(ClaimError::NotHolder),
        }
    }

    pub(super) fn fold(&mut self, event: ClaimEvent) {
        (self.holder, self.quarantine) = match event {
            ClaimEvent::Taken { holder, .. } => (Some(holder), None),
            ClaimEvent::Released { .. } => (None, None),
            ClaimEvent::Quarantined {
                kept_for, until, ..
            } => (None, Some(Quarantine { kept_for, until })),
        };
    }
}
