//! What staff cannot do, whatever the state: amounts and days beyond these are slips of a hand.

use crate::{Rupiah, approval_limit, rejection::rejection};
use chrono::{Days, NaiveDate};
use std::ops::RangeInclusive;

/// For how many days promotional credit can be granted, as by a coupon.
const GRANT_DAYS: u64 = 3_660;
/// By how many rupiah credit is corrected at once.
pub const ADJUSTMENT: RangeInclusive<i64> = 1_000..=approval_limit::most().get();

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ActError {
    #[error("credit is corrected by {least} to {most}, this is {amount}")]
    AmountOutOfRange {
        amount: Rupiah,
        least: Rupiah,
        most: Rupiah,
    },
    #[error("at most {most} is given at once, this is {amount}")]
    TooMuch { amount: Rupiah, most: Rupiah },
    #[error("promotional credit cannot end before today")]
    EndsBeforeToday,
    #[error("promotional credit ends within {most} days")]
    EndsTooLate { most: u64 },
}

rejection!(ActError {
    AmountOutOfRange => "wallet.adjustment_out_of_range" Invalid,
    TooMuch => "wallet.too_much_at_once" Invalid,
    EndsBeforeToday => "wallet.grant_ends_before_today" Invalid,
    EndsTooLate => "wallet.grant_ends_too_late" Invalid,
});

/// Whether credit is corrected by as much.
pub(super) fn corrected(amount: Rupiah) -> Result<(), ActError> {
    let rp = |amount: &i64| Rupiah::try_from(*amount).unwrap_or(Rupiah::MAX);
    let (least, most) = (rp(ADJUSTMENT.start()), rp(ADJUSTMENT.end()));
    match (least..=most).contains(&amount) {
        true => Ok(()),
        false => Err(ActError::AmountOutOfRange {
            amount,
            least,
            most,
        }),
    }
}

/// Whether as much credit is given: a wallet that is full takes nothing any more, not even what its owner pays.
pub(super) fn given(amount: Rupiah) -> Result<(), ActError> {
    let most = approval_limit::most();
    match amount > most {
        true => Err(ActError::TooMuch { amount, most }),
        false => Ok(()),
    }
}

/// Whether promotional credit that is granted today ends on such a day.
pub(super) fn ends(expires_on: NaiveDate, today: NaiveDate) -> Result<(), ActError> {
    if expires_on < today {
        return Err(ActError::EndsBeforeToday);
    }
    if expires_on > today + Days::new(GRANT_DAYS) {
        return Err(ActError::EndsTooLate { most: GRANT_DAYS });
    }
    Ok(())
}
