use super::ClaimKind;
use crate::ids::UserId;
use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub enum ClaimCommand {
    Take {
        kind: ClaimKind,
        holder: Uuid,
    },
    Release {
        holder: Uuid,
    },
    /// The holder gives the name up, and until then nobody but this customer takes it: links and cookies still lead to it.
    Quarantine {
        holder: Uuid,
        kept_for: UserId,
        until: DateTime<Utc>,
    },
}
