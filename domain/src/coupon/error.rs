use crate::{Rupiah, period::YEARS, rejection::rejection};
use chrono::NaiveDate;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CouponError {
    #[error("there is no such coupon")]
    Unknown,
    #[error("there is a coupon of this code already")]
    AlreadyCreated,
    #[error("this coupon gives nothing")]
    GivesNothing,
    #[error("this coupon would never count: its last date is before its first")]
    NeverValid,
    #[error("the dates of a coupon are of the years {least} to {most}", least = YEARS.start(), most = YEARS.end())]
    DateOutOfRange,
    #[error("this coupon could never be used")]
    NoUses,
    #[error("a coupon that gives credit says how often it can be used in all")]
    CreditWithoutLimit,
    #[error("a coupon gives {most} of credit in all, or takes {most} off a period, at most")]
    TooMuch { most: Rupiah },
    #[error("a coupon gives {most} days, or credit for {most} days, at most")]
    TooManyDays { most: u32 },
    #[error("this coupon was withdrawn")]
    Withdrawn,
    #[error("this coupon counts from {from} on")]
    NotYetValid { from: NaiveDate },
    #[error("this coupon has expired")]
    Expired,
    #[error("this coupon has been used up")]
    UsedUp,
    #[error("you have used this coupon already")]
    AlreadyUsed,
    #[error("this coupon is for new customers")]
    NewCustomersOnly,
    #[error("this coupon is not for this plan")]
    NotForPlan,
    #[error("this coupon gives credit: redeem it for your wallet, not with an order")]
    OnlyForWallet,
    #[error("this coupon is redeemed with an order, not for a wallet")]
    OnlyForOrders,
    #[error("this coupon takes nothing off this price")]
    TakesNothingOff,
}

rejection!(CouponError {
    Unknown => "coupon.unknown" NotFound,
    AlreadyCreated => "coupon.already_created" Conflict,
    GivesNothing => "coupon.gives_nothing" Invalid,
    NeverValid => "coupon.never_valid" Invalid,
    DateOutOfRange => "coupon.date_out_of_range" Invalid,
    NoUses => "coupon.no_uses" Invalid,
    CreditWithoutLimit => "coupon.credit_without_limit" Invalid,
    TooMuch => "coupon.too_much" Invalid,
    TooManyDays => "coupon.too_many_days" Invalid,
    Withdrawn => "coupon.withdrawn" Conflict,
    NotYetValid => "coupon.not_yet_valid" Conflict,
    Expired => "coupon.expired" Conflict,
    UsedUp => "coupon.used_up" Conflict,
    AlreadyUsed => "coupon.already_used" Conflict,
    NewCustomersOnly => "coupon.new_customers_only" Conflict,
    NotForPlan => "coupon.not_for_plan" Conflict,
    OnlyForWallet => "coupon.only_for_wallet" Conflict,
    OnlyForOrders => "coupon.only_for_orders" Conflict,
    TakesNothingOff => "coupon.takes_nothing_off" Conflict,
});
