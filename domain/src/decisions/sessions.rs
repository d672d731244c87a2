//! Signing in and staying signed in. The account is read with the session, so that deactivating it
//! takes effect at once.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::{SessionId, UserId},
    session::{Session, SessionCommand, SessionError},
    user::User,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Begins a session. The password was checked by the caller, against the state of the same account.
#[derive(Clone, Debug)]
pub struct StartSession {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub expires_at: DateTime<Utc>,
}

/// Spends a refresh token.
#[derive(Clone, Debug)]
pub struct RefreshSession {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub generation: u32,
    pub at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Which refresh token holds now. The token itself is made from this and never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAnswer {
    pub session_id: SessionId,
    pub user_id: UserId,
    /// `None` where the session was ended because a spent token came back.
    pub generation: Option<u32>,
}

impl Decision for StartSession {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Session>(&self.session_id),
            StreamId::of::<User>(&self.user_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let Self {
            session_id,
            user_id,
            expires_at,
        } = *self;
        let account = work.state::<User>(&user_id);
        account.require_active()?;
        let times_shut = account.times_shut();
        work.execute::<Session>(
            &session_id,
            SessionCommand::Start {
                user_id,
                expires_at,
                times_shut,
            },
        )?;
        Ok(answer(SessionAnswer {
            session_id,
            user_id,
            generation: Some(0),
        }))
    }
}

impl Decision for RefreshSession {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Session>(&self.session_id),
            StreamId::of::<User>(&self.user_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let Self {
            session_id,
            user_id,
            generation,
            at,
            expires_at,
        } = *self;
        let account = work.state::<User>(&user_id);
        account.require_active()?;
        let times_shut = account.times_shut();
        let session = work.state::<Session>(&session_id);
        if session.user_id() != Some(user_id) {
            return Err(SessionError::NotFound.into());
        }
        if session.times_shut() != times_shut {
            return Err(SessionError::Ended.into());
        }
        work.execute::<Session>(
            &session_id,
            SessionCommand::Refresh {
                generation,
                at,
                expires_at,
            },
        )?;
        let session = work.state::<Session>(&session_id);
        let generation = session.is_open(at).then(|| session.generation());
        Ok(answer(SessionAnswer {
            session_id,
            user_id,
            generation,
        }))
    }
}
