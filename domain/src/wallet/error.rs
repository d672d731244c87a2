use crate::{
    Rupiah,
    ids::{ChargeId, HoldId, PayoutId, ReversalId},
    rejection::rejection,
};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    #[error("there is no such wallet")]
    NotFound,
    #[error("this wallet is open already, for somebody else")]
    AlreadyOpen,
    #[error("an amount of nothing moves nothing")]
    NoAmount,
    #[error("{needed} is needed and {available} is there")]
    InsufficientFunds { needed: Rupiah, available: Rupiah },
    #[error("{needed} is needed; what was paid in last can be spent on new orders from {from}")]
    CreditTooYoung { needed: Rupiah, from: DateTime<Utc> },
    #[error("{owed} is owed for a payment that was taken back; top up to pay it first")]
    Owing { owed: Rupiah },
    #[error("the balance would exceed what a wallet can hold")]
    BalanceTooLarge,
    #[error("there is no charge {0} to give back")]
    UnknownCharge(ChargeId),
    #[error("only {left} is left of this charge")]
    MoreThanCharged { left: Rupiah },
    #[error("there is no hold {0}")]
    UnknownHold(HoldId),
    #[error("nothing is owed for {0}")]
    UnknownReceivable(ReversalId),
    #[error("no payment was taken back under {0}")]
    UnknownReversal(ReversalId),
    #[error("only {left} of what was taken back has not come back")]
    MoreThanReversed { left: Rupiah },
    #[error("there is no payout {0}")]
    UnknownPayout(PayoutId),
    #[error("this payout is over")]
    PayoutOver,
    #[error("that would leave the calendar")]
    BeyondCalendar,
    #[error("this id was used for a movement of another amount")]
    IdReused,
}

rejection!(WalletError {
    NotFound => "wallet.not_found" NotFound,
    AlreadyOpen => "wallet.already_open" Conflict,
    NoAmount => "wallet.no_amount" Invalid,
    InsufficientFunds => "wallet.insufficient_funds" Unaffordable,
    CreditTooYoung => "wallet.credit_too_young" Unaffordable,
    Owing => "wallet.owing" Unaffordable,
    BalanceTooLarge => "wallet.balance_too_large" Conflict,
    UnknownCharge => "wallet.unknown_charge" NotFound,
    MoreThanCharged => "wallet.more_than_charged" Conflict,
    UnknownHold => "wallet.unknown_hold" NotFound,
    UnknownReceivable => "wallet.unknown_receivable" NotFound,
    UnknownReversal => "wallet.unknown_reversal" NotFound,
    MoreThanReversed => "wallet.more_than_reversed" Conflict,
    UnknownPayout => "wallet.unknown_payout" NotFound,
    PayoutOver => "wallet.payout_over" Conflict,
    BeyondCalendar => "wallet.beyond_calendar" Invalid,
    IdReused => "wallet.id_reused" Conflict,
});
