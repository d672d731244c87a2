//! The end of a person's key.

use super::{Effects, from_vault};
use crate::sagas::Outcome;
use purser_domain::ids::UserId;

impl Effects {
    /// Destroyed once more it is destroyed all the same.
    pub(super) async fn erase(&self, user_id: UserId) -> Outcome {
        match self.vault.erase(user_id.uuid()).await {
            Ok(()) => Outcome::Done,
            Err(error) => from_vault(error),
        }
    }
}
