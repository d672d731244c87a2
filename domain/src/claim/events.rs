use crate::aggregate::event_names;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClaimEvent {
    /// `holder` is the user of an address, the subscription of a subdomain.
    #[serde(rename = "claim.taken")]
    Taken { kind: ClaimKind, holder: Uuid },
    #[serde(rename = "claim.released")]
    Released { holder: Uuid },
}

/// What kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    Email,
    Subdomain,
}

impl ClaimKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Subdomain => "subdomain",
        }
    }
}

event_names!(ClaimEvent {
    Taken => "claim.taken" v "1",
    Released => "claim.released" v "1",
});
