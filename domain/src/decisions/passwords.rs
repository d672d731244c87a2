//! Another password, chosen by who knows the one that held: all sessions end, and one begins in which he goes on.

use super::sessions::{StartSession, own_session};
use crate::{
    Decision, Refused, StreamId, Work,
    ids::SessionId,
    sealed::Sealed,
    second_factor::{GivenCode, SecondFactor},
    session::Session,
    user::{PasswordProof, User, UserCommand},
};

/// Chooses another password while signed in. Where there is a second factor it is asked for as at a sign-in.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// In which it is asked for.
    pub session_id: SessionId,
    /// The sealed hash of the new one.
    pub password: Sealed,
    /// How often all sessions of the account had been ended when the old one was checked.
    pub known: u32,
    /// The session in which he goes on.
    pub next: StartSession,
}

impl Decision for ChangePassword {
    fn streams(&self) -> Vec<StreamId> {
        let user_id = &self.next.user_id;
        vec![
            StreamId::of::<Session>(&self.next.session_id),
            StreamId::of::<Session>(&self.session_id),
            StreamId::of::<User>(user_id),
            StreamId::of::<SecondFactor>(user_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (user_id, at) = (self.next.user_id, self.next.at);
        own_session(work, &self.session_id, &user_id)?;
        let code = self.next.give_code(work)?;
        if code == Some(GivenCode::Wrong) {
            return Ok(self.next.turned_away());
        }
        let change = UserCommand::ChangePassword {
            password: self.password.clone(),
            by: PasswordProof::Password,
            known: self.known,
            at,
        };
        work.execute::<User>(&user_id, change)?;
        self.next.begin(work, code.is_some())
    }
}
