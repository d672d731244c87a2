//! A subscription from the first paid day on: paid time, what is due, suspension, the end.

use super::{
    EndCause, SubscriptionEvent as Did, Terms,
    change::{Changing, Raised},
    paid::{Paid, Remainder, by_charge},
};
use crate::{
    Rupiah,
    coupon::{Discount, Promise, charged},
    ids::ChargeId,
    period::{BillingCycle, Period, jakarta_date},
    vat::VatPolicy,
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Life {
    /// When readiness was observed first.
    pub(super) since: DateTime<Utc>,
    pub(super) stage: Stage,
    pub(super) automatic: bool,
    /// Set where it is to end with the paid time.
    pub(super) cancelled: bool,
    /// From which periods are counted, and how many of them are paid.
    pub(super) anchor: NaiveDate,
    pub(super) periods: u32,
    pub(super) paid: Vec<Paid>,
    credited: BTreeSet<NaiveDate>,
    /// How often it was resumed, or tried to be.
    pub(super) resumptions: u32,
    /// The change of plan that is under way, and how often one began or came to its end.
    pub(super) changing: Option<Changing>,
    pub(super) changes: u32,
    /// What a coupon still gives.
    #[serde(default)]
    pub(super) promise: Option<Promise>,
    /// When a dearer plan began last.
    #[serde(default)]
    pub(super) raised: Option<Raised>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    Active,
    PastDue {
        grace_until: NaiveDate,
    },
    Suspended(Suspension),
    Resuming {
        from: Suspension,
        charge: Pending,
        /// When it was ordered: what was seen before then is about another one.
        since: DateTime<Utc>,
    },
    Ended(EndCause),
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Suspension {
    pub(super) delete_on: NaiveDate,
    /// What its days of grace cost and nobody paid yet.
    pub(super) grace: Rupiah,
    pub(super) grace_days: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// What was charged for the new period.
    pub(super) net: Rupiah,
    /// Whether a coupon took something off it.
    pub(super) discounted: bool,
    pub(super) charge_id: Option<ChargeId>,
}

/// What time asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Nothing,
    /// The paid time is over: one more period, or grace.
    Renewal,
    /// The paid time is over and it does not renew by itself: it stops running.
    Lapse,
    /// The paid time is over, as its customer wanted.
    End,
    /// Its grace runs: one more period. `over`: else it stops running.
    PastDue {
        over: bool,
    },
    /// It rests: a new period, where it renews by itself. `over`: else its data go.
    Suspended {
        over: bool,
    },
}

impl Life {
    /// The life of what became active with its first period.
    pub(super) fn begin(period: Period, terms: &Terms, since: DateTime<Utc>) -> Self {
        Self {
            since,
            stage: Stage::Active,
            // A trial is not paid for, so there is nothing to renew (billing rule 6).
            automatic: terms.trial.is_none(),
            cancelled: false,
            anchor: period.start,
            periods: 1,
            paid: vec![Paid::whole(period, terms.charged(), terms.charge_id)],
            credited: BTreeSet::new(),
            resumptions: 0,
            changing: None,
            changes: 0,
            promise: terms.promise.clone(),
            raised: None,
        }
    }

    /// Periods are counted from this day on, of which so many are paid.
    pub(super) fn count_from(&mut self, anchor: NaiveDate, periods: u32) {
        self.anchor = anchor;
        self.periods = periods;
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Active | Stage::PastDue { .. })
    }

    pub(super) fn is_past_due(&self) -> bool {
        matches!(self.stage, Stage::PastDue { .. })
    }

    pub(super) fn is_suspended(&self) -> bool {
        matches!(self.stage, Stage::Suspended(_))
    }

    /// Whether what was seen at this moment is about the resumption that is under way, and not about one before it.
    pub(super) fn resumes_since(&self, at: DateTime<Utc>) -> bool {
        matches!(self.stage, Stage::Resuming { since, .. } if since <= at)
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended(_) | Stage::Terminated)
    }

    pub(super) fn renews(&self) -> bool {
        self.automatic
    }

    pub(super) fn goes_on(&self) -> bool {
        self.automatic && !self.cancelled && !self.is_over()
    }

    /// The first days of the newest paid period and of those that follow on it.
    pub(super) fn periods_begin(
        &self,
        cycle: BillingCycle,
    ) -> impl Iterator<Item = NaiveDate> + Clone {
        let newest = self.paid.last().map(|paid| paid.period.start);
        let (anchor, next) = (self.anchor, self.paid_until());
        let later = (self.periods..).map_while(move |n| Period::nth(anchor, cycle, n).ok());
        newest
            .into_iter()
            .chain([next])
            .chain(later.map(|period| period.end))
    }

    /// The first day that is not paid.
    pub(super) fn paid_until(&self) -> NaiveDate {
        let last = self.paid.last().map(|paid| paid.period.end);
        last.unwrap_or(self.anchor)
    }

    /// What the unpaid days of grace before its suspension cost.
    pub(super) fn grace(&self) -> Rupiah {
        match self.stage {
            Stage::Suspended(suspension) => suspension.grace,
            _ => Rupiah::ZERO,
        }
    }

    /// The price that goes back where a resumption fails.
    pub(super) fn pending(&self) -> Option<ChargeId> {
        match self.stage {
            Stage::Resuming { charge, .. } => charge.charge_id,
            _ => None,
        }
    }

    pub(super) fn was_charged(&self) -> bool {
        self.paid.iter().any(|paid| paid.charge_id.is_some())
    }

    pub(super) fn was_credited(&self, day: NaiveDate) -> bool {
        self.credited.contains(&day)
    }

    pub(super) fn remainders(&self, today: NaiveDate) -> Vec<Remainder> {
        by_charge(self.paid.iter().filter_map(|paid| paid.after(today)))
    }

    pub(super) fn due(&self, at: DateTime<Utc>) -> Due {
        let today = jakarta_date(at);
        match self.stage {
            Stage::Active if today < self.paid_until() => Due::Nothing,
            Stage::Active if self.cancelled => Due::End,
            Stage::Active if !self.automatic => Due::Lapse,
            Stage::Active => Due::Renewal,
            // Grace is only for what renews by itself (billing rule 6).
            Stage::PastDue { .. } if !self.automatic => Due::Lapse,
            Stage::PastDue { grace_until } => Due::PastDue {
                over: today >= grace_until,
            },
            Stage::Suspended(Suspension { delete_on, .. }) => Due::Suspended {
                over: today >= delete_on,
            },
            Stage::Resuming { .. } | Stage::Ended(_) | Stage::Terminated => Due::Nothing,
        }
    }

    pub(super) fn fold(&mut self, terms: &Terms, event: Did) {
        match event {
            Did::Renewed {
                period,
                price,
                discount,
                charge_id,
                ..
            } => {
                self.stage = Stage::Active;
                self.periods += 1;
                self.use_promise(discount.is_some());
                self.pay(period, charged(price, discount.as_ref()), charge_id);
            }
            Did::RenewalSwitched { automatic, .. } => self.automatic = automatic,
            Did::BecamePastDue { grace_until, .. } => self.stage = Stage::PastDue { grace_until },
            Did::Suspended {
                delete_on,
                grace_value: grace,
                grace_days,
                ..
            } => {
                self.stage = Stage::Suspended(Suspension {
                    delete_on,
                    grace,
                    grace_days,
                });
            }
            Did::ResumeOrdered {
                price,
                discount,
                charge_id,
                grace,
                grace_charge_id,
                at,
                ..
            } => {
                self.resumptions += 1;
                self.use_promise(discount.is_some());
                if let Stage::Suspended(from) = self.stage {
                    self.pay_grace(from.grace_days, grace, grace_charge_id);
                    self.stage = Stage::Resuming {
                        // The days of grace are paid now, whatever comes of the resumption.
                        from: Suspension {
                            grace: Rupiah::ZERO,
                            grace_days: 0,
                            ..from
                        },
                        charge: Pending {
                            net: charged(price, discount.as_ref()),
                            discounted: discount.is_some(),
                            charge_id,
                        },
                        since: at,
                    };
                }
            }
            Did::Resumed { period, .. } => {
                if let Stage::Resuming { charge, .. } = self.stage {
                    self.pay(period, charge.net, charge.charge_id);
                }
                self.stage = Stage::Active;
                self.count_from(period.start, 1);
            }
            Did::ResumeFailed { delete_on, .. } => {
                if let Stage::Resuming { from, charge, .. } = self.stage {
                    self.stage = Stage::Suspended(Suspension { delete_on, ..from });
                    if let Some(promise) = self.promise.as_mut().filter(|_| charge.discounted) {
                        // No period began: it is still to be had.
                        promise.count(|left| left.saturating_add(1));
                    }
                }
            }
            Did::CancellationRequested { .. } => self.cancelled = true,
            Did::CancellationUndone { .. } => self.cancelled = false,
            Did::PlanChangeRequested {
                number,
                change,
                had,
                hold_id,
                at,
            } => {
                self.changes = number;
                self.changing = Some(Changing {
                    number,
                    change,
                    had,
                    hold_id,
                    requested_at: at,
                });
            }
            Did::PlanChanged {
                change,
                charge_id,
                anew,
                at,
                ..
            } => {
                // A day that was paid for while it was under way may come again, and is another charge then.
                self.changes += 1;
                self.changed(terms, &change, charge_id, anew, at);
            }
            Did::PlanChangeFailed { .. } => self.changing = None,
            // What rests is paid for next: it renews from then on.
            Did::TrialConverted { .. } => self.automatic = true,
            Did::Extended { period, .. } => {
                self.stage = Stage::Active;
                self.count_from(period.end, 0);
                let given = Paid::given(period, terms.price, terms.billing_cycle);
                self.paid.push(given);
            }
            Did::DayCredited { day, .. } => {
                self.credited.insert(day);
            }
            Did::Ended { cause, .. } => self.stage = Stage::Ended(cause),
            Did::Terminated { .. } => self.stage = Stage::Terminated,
            Did::Ordered { .. }
            | Did::Activated { .. }
            | Did::ChargeReturned { .. }
            | Did::Failed { .. } => {}
        }
    }

    /// What a coupon takes off the next period of this price.
    pub(super) fn discount(&self, price: Rupiah, vat: VatPolicy) -> Option<Discount> {
        self.promise.as_ref()?.discount(price, vat)
    }

    fn use_promise(&mut self, used: bool) {
        if let Some(promise) = self.promise.as_mut().filter(|_| used) {
            promise.count(|left| left.saturating_sub(1));
        }
    }

    /// The days of grace were paid days after all.
    fn pay_grace(&mut self, days: i64, price: Rupiah, charge_id: Option<ChargeId>) {
        let start = self.paid_until();
        let end = start.checked_add_days(Days::new(days.unsigned_abs()));
        if let Some(end) = end.filter(|end| *end > start) {
            self.pay(Period { start, end }, price, charge_id);
        }
    }

    fn pay(&mut self, period: Period, net: Rupiah, charge_id: Option<ChargeId>) {
        self.paid.push(Paid::whole(period, net, charge_id));
    }
}
