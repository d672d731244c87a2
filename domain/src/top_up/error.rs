use crate::{Rupiah, ids::PayoutId, rejection::rejection};

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
    #[error("the gateway reported nothing of this transaction that was not booked")]
    NotDisputed,
    #[error("this transaction was never credited")]
    NotCredited,
    #[error(
        "this was not paid in a way that the gateway can send money back to; pay it out by bank"
    )]
    NotRefundable,
    #[error("the gateway sends money of this kind back within {days} days, and they are over")]
    RefundTooLate { days: i64 },
    #[error("this kind of payment is sent back whole or not at all: {whole}")]
    OnlyWhole { whole: Rupiah },
    #[error("only {left} is left of this payment")]
    MoreThanLeft { left: Rupiah },
    #[error("there is no refund {0} of this top-up")]
    UnknownRefund(PayoutId),
    #[error("this refund is over")]
    RefundOver,
}

rejection!(TopUpError {
    NotFound => "top_up.not_found" NotFound,
    AlreadyRequested => "top_up.already_requested" Conflict,
    AmountOutOfRange => "top_up.amount_out_of_range" Invalid,
    AlreadySettled => "top_up.already_settled" Conflict,
    AlreadyClosed => "top_up.already_closed" Conflict,
    WrongAmount => "top_up.wrong_amount" Conflict,
    NotDisputed => "top_up.not_disputed" Conflict,
    NotCredited => "top_up.not_credited" Conflict,
    NotRefundable => "top_up.not_refundable" Conflict,
    RefundTooLate => "top_up.refund_too_late" Conflict,
    OnlyWhole => "top_up.only_whole" Conflict,
    MoreThanLeft => "top_up.more_than_left" Conflict,
    UnknownRefund => "top_up.unknown_refund" NotFound,
    RefundOver => "top_up.refund_over" Conflict,
});
