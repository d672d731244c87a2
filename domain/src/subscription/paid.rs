//! What was really paid, for which days (billing rule 18).

use crate::{
    Rupiah,
    ids::ChargeId,
    period::{BillingCycle, Period},
};
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
///
/// Days that were given at no price are worth what they would have cost on the plan for which they were given. What of that is
/// left is taken off what a change of plan or cycle charges for them, or for the first period of the new cycle, so that they
/// neither become days of a dearer plan nor vanish; where the new price is less the rest of it is lost. It is never given
/// back, not as credit either (billing rules 8 and 18).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Paid {
    pub(super) period: Period,
    /// The billing period that it belongs to, by whose days its price is shared out; `None` of days that were given.
    pub(super) whole: Option<Period>,
    /// What was really charged for it, less what a coupon took off.
    pub(super) net: Rupiah,
    /// `None` where it cost nothing.
    pub(super) charge_id: Option<ChargeId>,
    /// What of its value was not charged, as it had been given.
    #[serde(default)]
    pub(super) given: Rupiah,
    /// Of days that were given: among how many days of a period a price is shared out.
    #[serde(default)]
    pub(super) among: i64,
}

/// Days that a change of plan pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidAnew {
    pub period: Period,
    /// The billing period that they belong to, by whose days its price is shared out; `None` of days that were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Period>,
    /// What was charged for them.
    pub net: Rupiah,
    /// What was taken off for days that were given.
    #[serde(default)]
    pub given: Rupiah,
    /// Of days that were given: among how many days of a period a price is shared out.
    #[serde(default)]
    pub among: i64,
}

impl PaidAnew {
    /// A change from when days that were given did not count: they stayed at no price, and nothing was taken off for them.
    pub(super) fn as_before(self) -> Self {
        let costs = self.net.checked_add(self.given).unwrap_or(self.net);
        let (net, given) = match self.whole {
            Some(_) => (costs, Rupiah::ZERO),
            None => (Rupiah::ZERO, costs),
        };
        Self { net, given, ..self }
    }

    pub(super) fn paid_by(self, charge_id: Option<ChargeId>) -> Paid {
        Paid {
            period: self.period,
            whole: self.whole,
            net: self.net,
            charge_id: charge_id.filter(|_| !self.net.is_zero()),
            given: self.given,
            among: self.among,
        }
    }
}

/// What is left of one charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remainder {
    pub charge_id: ChargeId,
    pub amount: Rupiah,
}

/// So many days, where a price is shared out among this many.
fn share(price: Rupiah, days: i64, among: i64) -> Rupiah {
    let value = i128::from(price.get()) * i128::from(days.max(0)) / i128::from(among.max(1));
    let value = i64::try_from(value).ok();
    value
        .and_then(|value| Rupiah::try_from(value).ok())
        .unwrap_or(Rupiah::MAX)
}

impl Paid {
    /// A period of this cycle, paid whole.
    pub(super) fn whole(period: Period, net: Rupiah, charge_id: Option<ChargeId>) -> Self {
        Self {
            period,
            whole: Some(period),
            net,
            charge_id,
            given: Rupiah::ZERO,
            among: 0,
        }
    }

    /// Days that were given to whoever pays this price.
    pub(super) fn given(period: Period, price: Rupiah, cycle: BillingCycle) -> Self {
        let among = Period::nth(period.start, cycle, 0).map_or(period.days(), |nth| nth.days());
        Self {
            period,
            whole: None,
            net: Rupiah::ZERO,
            charge_id: None,
            given: share(price, period.days(), among),
            among,
        }
    }

    /// What days that were given are still worth in it after this one.
    pub(super) fn given_after(&self, day: NaiveDate) -> Rupiah {
        self.period.left_after(self.given, day)
    }

    /// What is left of its days after this one, at the price of a whole period.
    pub(super) fn anew(&self, price: Rupiah, after: NaiveDate) -> Option<PaidAnew> {
        let start = self.period.start.max(after.succ_opt()?);
        let period = Period {
            start,
            end: self.period.end,
        };
        if start >= period.end {
            return None;
        }
        let costs = match self.whole {
            None => share(price, period.days(), self.among),
            Some(whole) => {
                let through = |day: Option<NaiveDate>| {
                    day.map_or(Rupiah::ZERO, |day| {
                        whole.value_of(price, whole.used_through(day))
                    })
                };
                let (to, from) = (through(period.end.pred_opt()), through(start.pred_opt()));
                to.checked_sub(from).unwrap_or(Rupiah::ZERO)
            }
        };
        let given = self.given_after(after).min(costs);
        Some(PaidAnew {
            period,
            whole: self.whole,
            net: costs.checked_sub(given).unwrap_or(Rupiah::ZERO),
            given,
            among: self.among,
        })
    }

    /// What of it is over at the end of this day.
    pub(super) fn until(&self, day: NaiveDate) -> Option<Self> {
        let used = self.period.used_through(day);
        let end = self.period.end.min(day.succ_opt()?);
        (used > 0).then(|| Self {
            period: Period { end, ..self.period },
            net: self.period.value_of(self.net, used),
            given: self.period.value_of(self.given, used),
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
