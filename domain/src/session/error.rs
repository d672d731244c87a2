use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error("there is no such session")]
    NotFound,
    #[error("this session exists already")]
    AlreadyStarted,
    #[error("this session has ended; sign in again")]
    Ended,
    #[error("this session has expired; sign in again")]
    Expired,
}

rejection!(SessionError {
    NotFound => "session.not_found" Unauthenticated,
    AlreadyStarted => "session.already_started" Conflict,
    Ended => "session.ended" Unauthenticated,
    Expired => "session.expired" Unauthenticated,
});
