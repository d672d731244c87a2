use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    #[error("there is no such case")]
    NotFound,
    #[error("this case is closed")]
    Closed,
    #[error("only staff can own a case")]
    OwnerNotStaff,
}

rejection!(CaseError {
    NotFound => "case.not_found" NotFound,
    Closed => "case.closed" Conflict,
    OwnerNotStaff => "case.owner_not_staff" Invalid,
});
