use crate::{Rupiah, rejection::rejection};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopUpError {
    #[error("there is no such top-up")]
    NotFound,
    #[error("this top-up exists already")]
    AlreadyRequested,
    #[error("a top-up is between {least} and {most}, this is {amount}")]
    AmountOutOfRange {
        amount: Rupiah,
        least: Rupiah,
        most: Rupiah,
    },
    #[error("this top-up is paid")]
    AlreadySettled,
    #[error("this top-up is closed; start a new one")]
    AlreadyClosed,
    #[error("the gateway reports {paid} where {asked} was asked for")]
    WrongAmount { paid: Rupiah, asked: Rupiah },
}

rejection!(TopUpError {
    NotFound => "top_up.not_found" NotFound,
    AlreadyRequested => "top_up.already_requested" Conflict,
    AmountOutOfRange => "top_up.amount_out_of_range" Invalid,
    AlreadySettled => "top_up.already_settled" Conflict,
    AlreadyClosed => "top_up.already_closed" Conflict,
    WrongAmount => "top_up.wrong_amount" Conflict,
});
