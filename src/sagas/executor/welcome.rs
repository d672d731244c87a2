//! Credit for whoever has proven his address.

use super::{Effects, from_store};
use crate::{
    auth::{Person, field},
    sagas::{Outcome, Task},
};
use chrono::{DateTime, Utc};
use purser_domain::{Rupiah, decisions::GrantWelcome, ids::UserId, user::User};

/// What whoever has proven his address is welcomed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WelcomeBonus {
    pub amount: Rupiah,
    /// For how many days it can be spent, the first one among them.
    pub days: u32,
}

impl Effects {
    pub(super) async fn welcome(&self, task: &Task, user_id: UserId, at: DateTime<Utc>) -> Outcome {
        let Some(WelcomeBonus { amount, days }) = self.welcome else {
            return Outcome::Done;
        };
        let user = match self.states.load::<User>(&user_id).await {
            Ok(user) => user,
            Err(error) => return from_store(error),
        };
        let Some(email) = user.email() else {
            return Outcome::Done;
        };
        let email = match self.open_or_done(email, field::EMAIL).await {
            Ok(email) => email,
            Err(outcome) => return outcome,
        };
        let grant = GrantWelcome {
            user_id,
            mailbox: Person::new(&email, None).welcome_claim(self.vault.keys()),
            amount,
            days,
            at,
        };
        self.decide(task, "welcome", grant).await
    }
}
