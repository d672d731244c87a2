use crate::{Rupiah, ids::ChargeId, rejection::rejection};

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
    #[error("the balance would exceed what a wallet can hold")]
    BalanceTooLarge,
    #[error("there is no charge {0} to give back")]
    UnknownCharge(ChargeId),
    #[error("this id was used for a movement of another amount")]
    IdReused,
}

rejection!(WalletError {
    NotFound => "wallet.not_found" NotFound,
    AlreadyOpen => "wallet.already_open" Conflict,
    NoAmount => "wallet.no_amount" Invalid,
    InsufficientFunds => "wallet.insufficient_funds" Unaffordable,
    BalanceTooLarge => "wallet.balance_too_large" Conflict,
    UnknownCharge => "wallet.unknown_charge" NotFound,
    IdReused => "wallet.id_reused" Conflict,
});
