//! A code of the second factor is given: it is taken once, and proves for a while that the session is its owner's (billing
//! rule 40). That a code was wrong is recorded, so it is an answer and no refusal: refusing would change nothing, and
//! whoever guesses would guess for ever.

use super::answer;
use super::sessions::own_session;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::{SessionId, UserId},
    second_factor::{GivenCode, SecondFactor, SecondFactorCommand},
    session::{Session, SessionCommand},
    user::User,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Gives a code while signed in.
#[derive(Clone, Debug)]
pub struct GiveCode {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub code: GivenCode,
    pub purpose: CodeFor,
    pub at: DateTime<Utc>,
    /// Until when it proves the session.
    pub until: DateTime<Utc>,
}

/// What a code is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFor {
    /// The factor is new, and counts from now on.
    Confirming,
    /// The session is to be proven, again or for the first time.
    Proving,
    /// The factor is to go.
    Removing,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeAnswer {
    pub right: bool,
    pub until: DateTime<Utc>,
}

impl Decision for GiveCode {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<SecondFactor>(&self.user_id),
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<Session>(&self.session_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        own_session(work, &self.session_id, &self.user_id)?;
        let (code, at, until) = (self.code, self.at, self.until);
        let give = match self.purpose {
            CodeFor::Confirming => SecondFactorCommand::Confirm { code, at },
            CodeFor::Proving | CodeFor::Removing => SecondFactorCommand::Give { code, at },
        };
        work.execute::<SecondFactor>(&self.user_id, give)?;
        let right = code != GivenCode::Wrong;
        match self.purpose {
            CodeFor::Confirming | CodeFor::Proving if right => {
                work.execute::<Session>(&self.session_id, SessionCommand::Prove { at, until })?;
            }
            CodeFor::Removing if right => {
                let remove = SecondFactorCommand::Remove { reason: None };
                work.execute::<SecondFactor>(&self.user_id, remove)?;
            }
            _ => {}
        }
        Ok(answer(CodeAnswer { right, until }))
    }
}
