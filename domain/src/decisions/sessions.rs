//! Signing in and staying signed in. The account is read with the session, so that deactivating it
//! takes effect at once.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::{SessionId, UserId},
    second_factor::{GivenCode, SecondFactor, SecondFactorCommand, SecondFactorError},
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
    /// How often all sessions of the account had been ended when the password was checked.
    pub known: u32,
    pub expires_at: DateTime<Utc>,
    /// What was given as a code of the second factor, compared by the caller.
    pub code: Option<GivenCode>,
    pub at: DateTime<Utc>,
    /// Until when a right code proves the session.
    pub proven_until: DateTime<Utc>,
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
    /// `None` where the session was ended because a spent token came back, or did not begin.
    pub generation: Option<u32>,
    /// It did not begin: the code of the second factor was wrong, which is recorded.
    #[serde(default)]
    pub wrong_code: bool,
}

impl Decision for StartSession {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Session>(&self.session_id),
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<SecondFactor>(&self.user_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let account = work.state::<User>(&self.user_id);
        account.require_active()?;
        // The password that was right does not hold any more, or the account was shut meanwhile.
        if account.times_shut() != self.known {
            return Err(SessionError::Ended.into());
        }
        match self.give_code(work)? {
            Some(GivenCode::Wrong) => Ok(self.turned_away()),
            code => self.begin(work, code.is_some()),
        }
    }
}

impl StartSession {
    /// The code that was given, where one is needed; it is used, or recorded as a wrong one.
    pub(super) fn give_code(&self, work: &mut Work<'_>) -> Result<Option<GivenCode>, Refused> {
        let Self {
            user_id, code, at, ..
        } = *self;
        // A code proves nothing where there is no factor.
        if work.state::<SecondFactor>(&user_id).since().is_none() {
            return Ok(None);
        }
        let code = code.ok_or(SecondFactorError::CodeMissing)?;
        work.execute::<SecondFactor>(&user_id, SecondFactorCommand::Give { code, at })?;
        Ok(Some(code))
    }

    /// The answer to a wrong code.
    pub(super) fn turned_away(&self) -> serde_json::Value {
        answer(SessionAnswer {
            session_id: self.session_id,
            user_id: self.user_id,
            generation: None,
            wrong_code: true,
        })
    }

    /// Begins it, as the account is now.
    pub(super) fn begin(
        &self,
        work: &mut Work<'_>,
        proven: bool,
    ) -> Result<serde_json::Value, Refused> {
        let Self {
            session_id,
            user_id,
            expires_at,
            at,
            proven_until: until,
            ..
        } = *self;
        let times_shut = work.state::<User>(&user_id).times_shut();
        work.execute::<Session>(
            &session_id,
            SessionCommand::Start {
                user_id,
                expires_at,
                times_shut,
            },
        )?;
        if proven {
            work.execute::<Session>(&session_id, SessionCommand::Prove { at, until })?;
        }
        Ok(answer(SessionAnswer {
            session_id,
            user_id,
            generation: Some(0),
            wrong_code: false,
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
        own_session(work, &session_id, &user_id)?;
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
            wrong_code: false,
        }))
    }
}

/// Refuses where it is somebody else's, or his account is or was deactivated, or has had another password, since it began.
pub(super) fn own_session(
    work: &mut Work<'_>,
    session_id: &SessionId,
    user_id: &UserId,
) -> Result<(), Refused> {
    let account = work.state::<User>(user_id);
    account.require_active()?;
    let times_shut = account.times_shut();
    let session = work.state::<Session>(session_id);
    if session.user_id() != Some(*user_id) {
        return Err(SessionError::NotFound.into());
    }
    match session.times_shut() == times_shut {
        true => Ok(()),
        false => Err(SessionError::Ended.into()),
    }
}
