//! What a charge is earned for, and when.

use crate::{Rupiah, period::Period};
use chrono::NaiveDate;

/// One charge: the part that was paid for, the period it buys, and what came back of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deferral {
    /// When it was charged: nothing is earned before, also of days that were over by then.
    on: NaiveDate,
    paid: Rupiah,
    /// `None` until it begins.
    period: Option<Period>,
    /// By date: what came back of days to come, or of all of it.
    returned: Vec<(NaiveDate, Rupiah)>,
    /// By date: what came back of days that were lost.
    lost: Vec<(NaiveDate, Rupiah)>,
}

impl Deferral {
    pub(super) fn new(paid: Rupiah, on: NaiveDate) -> Self {
        Self {
            on,
            paid,
            period: None,
            returned: vec![],
            lost: vec![],
        }
    }

    pub(super) fn begin(&mut self, period: Period) {
        self.period = Some(period);
    }

    pub(super) fn covers(&self, day: NaiveDate) -> bool {
        self.period.is_some_and(|period| period.contains(day))
    }

    pub(super) fn give_back(&mut self, on: NaiveDate, amount: Rupiah) {
        self.returned.push((on, amount));
    }

    /// What came back last was for a day that was lost, not for days to come.
    pub(super) fn lose(&mut self) {
        self.lost.extend(self.returned.pop());
    }

    /// What of it is earned at the end of a date: the value of its days that are over, never more than what did not come
    /// back, and without the days that were lost.
    pub(super) fn earned(&self, date: NaiveDate) -> i128 {
        let until = |list: &[(NaiveDate, Rupiah)]| -> i128 {
            let until = list.iter().filter(|(on, _)| *on <= date);
            until.map(|(_, amount)| i128::from(amount.get())).sum()
        };
        let Some(period) = self.period.filter(|_| self.on <= date) else {
            return 0;
        };
        let over = period.value_of(self.paid, period.used_through(date));
        let stays = i128::from(self.paid.get()) - until(&self.returned);
        (i128::from(over.get()).min(stays) - until(&self.lost)).max(0)
    }
}
