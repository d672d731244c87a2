use crate::{period::YEARS, rejection::rejection};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceError {
    #[error("there is no such instance")]
    NotFound,
    #[error("this instance exists already")]
    AlreadyRequested,
    #[error("this instance is being removed")]
    BeingRemoved,
    #[error("this instance is not ready yet")]
    NotReady,
    #[error("nobody asked for the removal of this instance")]
    NotBeingRemoved,
    #[error("the sign-in of this instance was shown already")]
    CredentialsAlreadyRevealed,
    #[error("the password of this instance is not certain until a reset of it has succeeded")]
    PasswordUncertain,
    #[error("this instance is stopped")]
    NotRunning,
    #[error("this instance is on hold; write to the support")]
    OnHold,
    #[error("this instance is not on hold")]
    NotOnHold,
    #[error("another operation on this instance is under way")]
    Busy,
    #[error("storage only grows: {has_mib} MiB are in use, {asked_mib} MiB were asked for")]
    StorageCannotShrink { has_mib: u32, asked_mib: u32 },
    #[error("the hold would be over before it begins")]
    HoldIsOver,
    #[error("a hold ends in the year {most} at the latest", most = YEARS.end())]
    HoldTooLong,
    #[error("no operation on this instance has failed")]
    NothingToRetry,
    #[error("nobody fights over this object; it is put back already")]
    NotContested,
}

rejection!(InstanceError {
    NotFound => "instance.not_found" NotFound,
    AlreadyRequested => "instance.already_requested" Conflict,
    BeingRemoved => "instance.being_removed" Conflict,
    NotReady => "instance.not_ready" Conflict,
    NotBeingRemoved => "instance.not_being_removed" Conflict,
    CredentialsAlreadyRevealed => "instance.credentials_already_revealed" Conflict,
    PasswordUncertain => "instance.password_uncertain" Conflict,
    NotRunning => "instance.not_running" Conflict,
    OnHold => "instance.on_hold" Conflict,
    NotOnHold => "instance.not_on_hold" Conflict,
    Busy => "instance.busy" Conflict,
    StorageCannotShrink => "instance.storage_cannot_shrink" Conflict,
    HoldIsOver => "instance.hold_is_over" Invalid,
    HoldTooLong => "instance.hold_too_long" Invalid,
    NothingToRetry => "instance.nothing_to_retry" Conflict,
    NotContested => "instance.not_contested" Conflict,
});
