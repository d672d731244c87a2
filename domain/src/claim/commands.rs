use super::ClaimKind;
use uuid::Uuid;

#[derive(Clone, Debug)]
pub enum ClaimCommand {
    Take { kind: ClaimKind, holder: Uuid },
    Release { holder: Uuid },
}
