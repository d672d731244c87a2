//! What was really paid, for which days (billing rule 18).

use crate::{Rupiah, ids::ChargeId, period::Period};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Amounts of the same charge together.
pub(super) fn by_charge(all: impl Iterator<Item = Remainder>) -> Vec<Remainder> {
    let mut sums: Vec<Remainder> = Vec::new();
    for one in all {
        match sums.iter_mut().find(|sum| sum.charge_id == one.charge_id) {
            Some(sum) => sum.amount = sum.amount.checked_add(one.amount).unwrap_or(Rupiah::MAX),
            None => sums.push(one),
        }
    }
    sums
}

/// A period and what was paid for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Paid {
    pub(super) period: Period,
    /// The billing period that it belongs to, by whose days its price is shared out; `None` of days that staff gave.
    pub(super) whole: Option<Period>,
    /// What was really charged for it, less what a coupon took off.
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
    /// What is left of its days after this one, at the price of a whole period.
    pub(super) fn anew(
        &self,
        price: Rupiah,
        after: NaiveDate,
        charge_id: ChargeId,
    ) -> Option<Self> {
        let start = self.period.start.max(after.succ_opt()?);
        let period = Period {
            start,
            end: self.period.end,
        };
        if start >= period.end {
            return None;
        }
        let net = self.whole.map_or(Rupiah::ZERO, |whole| {
            let through = |day: Option<NaiveDate>| {
                day.map_or(Rupiah::ZERO, |day| {
                    whole.value_of(price, whole.used_through(day))
                })
            };
            let (to, from) = (through(period.end.pred_opt()), through(start.pred_opt()));
            to.checked_sub(from).unwrap_or(Rupiah::ZERO)
        });
        Some(Self {
            period,
            whole: self.whole,
            net,
            charge_id: (!net.is_zero()).then_some(charge_id),
        })
    }

    /// What of it is over at the end of this day.
    pub(super) fn until(&self, day: NaiveDate) -> Option<Self> {
        let used = self.period.used_through(day);
        let end = self.period.end.min(day.succ_opt()?);
        (used > 0).then(|| Self {
            period: Period { end, ..self.period },
            net: self.period.value_of(self.net, used),
            ..self.clone()
        })
    }

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
