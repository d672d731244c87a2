use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecondFactorError {
    #[error("this account has a second factor already; remove it first, with a code of it")]
    InPlace,
    #[error("this account has no second factor")]
    NotThere,
    #[error("this account signs in with a code of its second factor")]
    CodeMissing,
    #[error("this code was used already; wait for the next one")]
    CodeUsed,
    #[error("too many wrong codes; wait a quarter of an hour")]
    Locked,
    #[error("this account was given a second factor three times within an hour; try again later")]
    TooOften,
}

rejection!(SecondFactorError {
    InPlace => "second_factor.in_place" Conflict,
    NotThere => "second_factor.not_there" Conflict,
    CodeMissing => "second_factor.code_missing" Unauthenticated,
    CodeUsed => "second_factor.code_used" Forbidden,
    Locked => "second_factor.locked" Forbidden,
    TooOften => "second_factor.too_often" Conflict,
});
