//! What was really paid, for which days (billing rule 18).

use crate::{Rupiah, ids::ChargeId, period::Period};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A period and what was paid for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Paid {
    pub(super) period: Period,
    pub(super) net: Rupiah,
    /// `None` where it cost nothing.
    pub(super) charge_id: Option<ChargeId>,
}

/// What is left of one charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remainder {
    pub charge_id: ChargeId,
    pub amount: Rupiah,
}

impl Paid {
    /// What is left of it after the end of this day.
    pub(super) fn after(&self, day: NaiveDate) -> Option<Remainder> {
        let amount = self.period.left_after(self.net, day);
        match self.charge_id {
            Some(charge_id) if !amount.is_zero() => Some(Remainder { charge_id, amount }),
            _ => None,
        }
    }

    /// The value of this day.
    pub(super) fn on(&self, day: NaiveDate) -> Option<Remainder> {
        let amount = self.period.value_on(self.net, day);
        match self.charge_id {
            Some(charge_id) if !amount.is_zero() => Some(Remainder { charge_id, amount }),
            _ => None,
        }
    }
}
