use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    #[error("there is no such case")]
    NotFound,
    #[error("this case is closed")]
    Closed,
    #[error("this case is not about a payment that can be booked")]
    NotAPayment,
    #[error("this case is not about a payment of which something went back")]
    NotATaking,
    #[error("only staff can own a case")]
    OwnerNotStaff,
}

rejection!(CaseError {
    NotFound => "case.not_found" NotFound,
    Closed => "case.closed" Conflict,
    NotAPayment => "case.not_a_payment" Conflict,
    NotATaking => "case.not_a_taking" Conflict,
    OwnerNotStaff => "case.owner_not_staff" Invalid,
});
