use crate::rejection::rejection;

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
}

rejection!(InstanceError {
    NotFound => "instance.not_found" NotFound,
    AlreadyRequested => "instance.already_requested" Conflict,
    BeingRemoved => "instance.being_removed" Conflict,
    NotReady => "instance.not_ready" Conflict,
    NotBeingRemoved => "instance.not_being_removed" Conflict,
    CredentialsAlreadyRevealed => "instance.credentials_already_revealed" Conflict,
});
