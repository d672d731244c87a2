use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    #[error("there is no such request for approval")]
    NotFound,
    #[error("this request was made already")]
    AlreadyRequested,
    #[error("nobody approves what he asked for himself")]
    OwnRequest,
    #[error("nobody approves what is about himself")]
    OwnMatter,
    #[error("only an administrator approves")]
    NotAnApprover,
    #[error("this request was not decided in its time; ask for it anew")]
    Expired,
    #[error("this request is decided")]
    Decided,
    #[error("this request still has time")]
    StillOpen,
    #[error("what it was asked for has changed since; ask for it anew")]
    StateMoved,
    #[error("who asked for it is no administrator any more; it can only be refused")]
    RequesterGone,
    #[error(
        "this needs your second factor: give a code of it at /auth/second-factor/prove, or enrol one first"
    )]
    SecondFactorRequired,
    #[error("this needs a second person's approval, and there is nobody else who may give it")]
    Alone,
}

rejection!(ApprovalError {
    NotFound => "approval.not_found" NotFound,
    AlreadyRequested => "approval.already_requested" Conflict,
    OwnRequest => "approval.own_request" Forbidden,
    OwnMatter => "approval.own_matter" Forbidden,
    NotAnApprover => "approval.not_an_approver" Forbidden,
    Expired => "approval.expired" Conflict,
    Decided => "approval.decided" Conflict,
    StillOpen => "approval.still_open" Conflict,
    StateMoved => "approval.state_moved" Conflict,
    RequesterGone => "approval.requester_gone" Conflict,
    SecondFactorRequired => "second_factor.required" Forbidden,
    Alone => "approval.alone" Conflict,
});
