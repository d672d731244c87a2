use super::{SessionCommand, SessionError, SessionEvent, events::EndCause};
use crate::{
    aggregate::aggregate,
    ids::{SessionId, UserId},
    second_factor::SecondFactor,
    user::User,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    started: Option<Started>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Started {
    user_id: UserId,
    generation: u32,
    expires_at: DateTime<Utc>,
    ended: bool,
    #[serde(default)]
    times_shut: u32,
    #[serde(default)]
    proof: Option<Proof>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Proof {
    at: DateTime<Utc>,
    until: DateTime<Utc>,
}

aggregate!(
    Session,
    SessionId,
    SessionCommand,
    SessionEvent,
    SessionError,
    "session"
);

impl Session {
    pub fn user_id(&self) -> Option<UserId> {
        self.started.as_ref().map(|session| session.user_id)
    }

    /// The generation whose refresh token holds; 0 at the start.
    pub fn generation(&self) -> u32 {
        self.started
            .as_ref()
            .map_or(0, |session| session.generation)
    }

    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.started
            .as_ref()
            .is_some_and(|session| !session.ended && at < session.expires_at)
    }

    /// How often the sessions of its account had been ended, all at once, when it began.
    pub fn times_shut(&self) -> u32 {
        self.started
            .as_ref()
            .map_or(0, |session| session.times_shut)
    }

    /// Whether it is open, and its account was not deactivated and has had no other password since it began.
    pub fn stands(&self, account: &User, at: DateTime<Utc>) -> bool {
        self.is_open(at) && self.times_shut() == account.times_shut()
    }

    /// Whether a code was given in it; for how long and for which factor, [`Session::proven_until`] says.
    pub fn is_proven(&self) -> bool {
        let started = self.started.as_ref();
        started.is_some_and(|session| session.proof.is_some())
    }

    /// Until when a code of the factor that its owner has now proves that the session is its owner's; `None` where it does
    /// not at this moment.
    pub fn proven_until(&self, factor: &SecondFactor, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let proof = self.started.as_ref()?.proof.as_ref()?;
        let since = factor.since()?;
        (since <= proof.at && at < proof.until).then_some(proof.until)
    }

    pub(super) fn decide(
        &self,
        command: SessionCommand,
    ) -> Result<Vec<SessionEvent>, SessionError> {
        use {SessionCommand as Do, SessionEvent as Did};
        match (command, &self.started) {
            (Do::Start { .. }, Some(_)) => Err(SessionError::AlreadyStarted),
            (
                Do::Start {
                    user_id,
                    expires_at,
                    times_shut,
                },
                None,
            ) => Ok(vec![Did::Started {
                user_id,
                expires_at,
                times_shut,
            }]),
            (_, None) => Err(SessionError::NotFound),
            (Do::SignOut, Some(session)) if session.ended => Ok(vec![]),
            (Do::SignOut, Some(_)) => Ok(vec![Did::Ended {
                cause: EndCause::SignedOut,
            }]),
            (Do::Refresh { .. } | Do::Prove { .. }, Some(session)) if session.ended => {
                Err(SessionError::Ended)
            }
            (Do::Refresh { at, .. } | Do::Prove { at, .. }, Some(session))
                if at >= session.expires_at =>
            {
                Err(SessionError::Expired)
            }
            (Do::Prove { at, until }, Some(_)) => Ok(vec![Did::Proven { at, until }]),
            (Do::Refresh { generation, .. }, Some(session)) if generation < session.generation => {
                Ok(vec![Did::Ended {
                    cause: EndCause::TokenReused,
                }])
            }
            (Do::Refresh { generation, .. }, Some(session)) if generation > session.generation => {
                Err(SessionError::NotFound)
            }
            (
                Do::Refresh {
                    generation,
                    expires_at,
                    ..
                },
                Some(_),
            ) => Ok(vec![Did::Refreshed {
                generation: generation + 1,
                expires_at,
            }]),
        }
    }

    pub(super) fn fold(&mut self, event: SessionEvent) {
        use SessionEvent as Did;
        match (event, &mut self.started) {
            (
                Did::Started {
                    user_id,
                    expires_at,
                    times_shut,
                },
                _,
            ) => {
                self.started = Some(Started {
                    user_id,
                    generation: 0,
                    expires_at,
                    ended: false,
                    times_shut,
                    proof: None,
                });
            }
            (
                Did::Refreshed {
                    generation,
                    expires_at,
                },
                Some(session),
            ) => {
                session.generation = generation;
                session.expires_at = expires_at;
            }
            (Did::Proven { at, until }, Some(session)) => session.proof = Some(Proof { at, until }),
            (Did::Ended { .. }, Some(session)) => session.ended = true,
            (Did::Refreshed { .. } | Did::Proven { .. } | Did::Ended { .. }, None) => {}
        }
    }
}
