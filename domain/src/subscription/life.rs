//! A subscription from the first paid day on: paid time, what is due, suspension, the end.

use super::{
    EndCause, LifeCommand as Do, RenewalCause, SubscriptionError, SubscriptionEvent as Did, Terms,
    paid::{Paid, Remainder},
};
use crate::{
    Rupiah,
    ids::ChargeId,
    period::{BillingCycle, Period, jakarta_date},
    text::Reason,
};
use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How far ahead of today paid time may end for one more period to be bought (billing rule 7).
const AHEAD_MONTHS: u32 = 12;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Life {
    /// When readiness was observed first.
    pub(super) since: DateTime<Utc>,
    stage: Stage,
    automatic: bool,
    /// Set where it is to end with the paid time.
    cancelled: bool,
    /// From which periods are counted, and how many of them are paid.
    anchor: NaiveDate,
    periods: u32,
    pub(super) paid: Vec<Paid>,
    credited: BTreeSet<NaiveDate>,
    /// How often it was resumed, or tried to be.
    pub(super) resumptions: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Active,
    PastDue { grace_until: NaiveDate },
    Suspended(Suspension),
    Resuming { from: Suspension, charge: Pending },
    Ended(EndCause),
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Suspension {
    delete_on: NaiveDate,
    /// What its days of grace cost and nobody paid yet.
    grace: Rupiah,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    price: Rupiah,
    charge_id: Option<ChargeId>,
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

type Decided = Result<Vec<Did>, SubscriptionError>;

impl Life {
    /// The life of what became active with its first period.
    pub(super) fn begin(period: Period, terms: &Terms, since: DateTime<Utc>) -> Self {
        Self {
            since,
            stage: Stage::Active,
            automatic: true,
            cancelled: false,
            anchor: period.start,
            periods: 1,
            paid: vec![Paid {
                period,
                net: terms.price,
                charge_id: terms.charge_id,
            }],
            credited: BTreeSet::new(),
            resumptions: 0,
        }
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

    pub(super) fn is_resuming(&self) -> bool {
        matches!(self.stage, Stage::Resuming { .. })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended(_) | Stage::Terminated)
    }

    pub(super) fn renews(&self) -> bool {
        self.automatic
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

    pub(super) fn was_credited(&self, day: NaiveDate) -> bool {
        self.credited.contains(&day)
    }

    pub(super) fn remainders(&self, today: NaiveDate) -> Vec<Remainder> {
        self.paid
            .iter()
            .filter_map(|paid| paid.after(today))
            .collect()
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

    pub(super) fn decide(&self, terms: &Terms, command: Do) -> Decided {
        match command {
            Do::Renew {
                price,
                charge_id,
                cause,
                at,
            } => self.renew(terms, price, charge_id, cause, at),
            Do::SwitchRenewal { .. } if self.is_over() => Err(SubscriptionError::Over),
            Do::SwitchRenewal { automatic, .. } if automatic == self.automatic => Ok(vec![]),
            Do::SwitchRenewal { automatic, at } => Ok(vec![Did::RenewalSwitched { automatic, at }]),
            Do::FallDue {
                needed,
                grace_days,
                at,
            } => self.fall_due(terms, needed, grace_days, at),
            Do::Suspend { keep_days, at } => self.suspend(terms, keep_days, at),
            Do::OrderResume {
                price,
                charge_id,
                grace_charge_id,
                at,
            } => self.order_resume(price, charge_id, grace_charge_id, at),
            Do::ConfirmResume { at } => self.confirm_resume(terms, at),
            Do::FailResume { at } => Ok(self.fail_resume(at)),
            Do::RequestCancellation { at } => self.request_cancellation(at),
            Do::UndoCancellation { at } => self.undo_cancellation(at),
            Do::Extend { days, reason, at } => self.extend(days, reason, at),
            Do::CreditDay { day, amount, at } => self.credit_day(day, amount, at),
            Do::End { .. } if self.is_over() => Ok(vec![]),
            Do::End {
                cause,
                reason,
                refunded,
                at,
            } => Ok(vec![Did::Ended {
                cause,
                reason,
                refunded,
                wallet_id: terms.wallet_id,
                at,
            }]),
            Do::Terminate { at } => match self.stage {
                Stage::Ended(_) => Ok(vec![Did::Terminated { at }]),
                _ => Ok(vec![]),
            },
        }
    }

    fn renew(
        &self,
        terms: &Terms,
        price: Rupiah,
        charge_id: Option<ChargeId>,
        cause: RenewalCause,
        at: DateTime<Utc>,
    ) -> Decided {
        if self.is_over() {
            return Err(SubscriptionError::Over);
        }
        if !self.is_running() {
            return Err(SubscriptionError::Suspended);
        }
        if self.cancelled {
            return Err(SubscriptionError::CancellationPending);
        }
        let (start, today) = (self.paid_until(), jakarta_date(at));
        let ahead = today.checked_add_months(Months::new(AHEAD_MONTHS));
        if ahead.is_none_or(|ahead| start > ahead) {
            return Err(SubscriptionError::TooFarAhead { paid_until: start });
        }
        Ok(vec![Did::Renewed {
            period: self.next(terms.billing_cycle)?,
            price,
            charge_id,
            cause,
            wallet_id: terms.wallet_id,
            at,
        }])
    }

    /// The period that begins where the paid time ends.
    fn next(&self, cycle: BillingCycle) -> Result<Period, SubscriptionError> {
        let next = Period::nth(self.anchor, cycle, self.periods);
        let next = next.map_err(|_| SubscriptionError::BeyondCalendar)?;
        Ok(Period {
            start: self.paid_until(),
            end: next.end,
        })
    }

    fn fall_due(
        &self,
        terms: &Terms,
        needed: Rupiah,
        grace_days: u32,
        at: DateTime<Utc>,
    ) -> Decided {
        if self.due(at) != Due::Renewal {
            return Ok(vec![]);
        }
        let due_on = self.paid_until();
        Ok(vec![Did::BecamePastDue {
            due_on,
            grace_until: after(due_on, grace_days)?,
            needed,
            wallet_id: terms.wallet_id,
            at,
        }])
    }

    fn suspend(&self, terms: &Terms, keep_days: u32, at: DateTime<Utc>) -> Decided {
        if !matches!(self.due(at), Due::Lapse | Due::PastDue { over: true }) {
            return Ok(vec![]);
        }
        let on = jakarta_date(at);
        // The days of grace ended when they were to end, however late somebody looks.
        let grace_days = match self.stage {
            Stage::PastDue { grace_until } => (grace_until.min(on) - self.paid_until()).num_days(),
            _ => 0,
        };
        Ok(vec![Did::Suspended {
            on,
            delete_on: after(on, keep_days)?,
            grace_days,
            grace_value: self.value_of_grace(grace_days),
            wallet_id: terms.wallet_id,
            at,
        }])
    }

    /// Days of grace cost what days of the last paid period did (billing rule 5).
    fn value_of_grace(&self, days: i64) -> Rupiah {
        let last = self.paid.iter().rev().find(|paid| !paid.net.is_zero());
        last.map_or(Rupiah::ZERO, |paid| paid.period.value_of(paid.net, days))
    }

    fn order_resume(
        &self,
        price: Rupiah,
        charge_id: Option<ChargeId>,
        grace_charge_id: Option<ChargeId>,
        at: DateTime<Utc>,
    ) -> Decided {
        match self.stage {
            Stage::Suspended(suspension) => Ok(vec![Did::ResumeOrdered {
                price,
                charge_id,
                grace: suspension.grace,
                grace_charge_id,
                at,
            }]),
            Stage::Resuming { .. } => Ok(vec![]),
            Stage::Ended(_) | Stage::Terminated => Err(SubscriptionError::Over),
            Stage::Active | Stage::PastDue { .. } => Err(SubscriptionError::NotSuspended),
        }
    }

    fn confirm_resume(&self, terms: &Terms, at: DateTime<Utc>) -> Decided {
        if !self.is_resuming() {
            return Ok(vec![]);
        }
        let period = Period::nth(jakarta_date(at), terms.billing_cycle, 0)
            .map_err(|_| SubscriptionError::BeyondCalendar)?;
        Ok(vec![Did::Resumed {
            period,
            wallet_id: terms.wallet_id,
            at,
        }])
    }

    fn fail_resume(&self, at: DateTime<Utc>) -> Vec<Did> {
        match self.stage {
            Stage::Resuming { charge, .. } => vec![Did::ResumeFailed {
                refunded: charge.price,
                at,
            }],
            _ => vec![],
        }
    }

    fn request_cancellation(&self, at: DateTime<Utc>) -> Decided {
        match self.stage {
            Stage::Ended(_) | Stage::Terminated => Err(SubscriptionError::Over),
            _ if self.cancelled => Ok(vec![]),
            Stage::Active => Ok(vec![Did::CancellationRequested {
                on: self.paid_until(),
                at,
            }]),
            // Nothing is paid ahead: there is no end to wait for.
            Stage::PastDue { .. } | Stage::Suspended(_) | Stage::Resuming { .. } => {
                Err(SubscriptionError::NothingPaid)
            }
        }
    }

    fn undo_cancellation(&self, at: DateTime<Utc>) -> Decided {
        match self.is_over() {
            true => Err(SubscriptionError::Over),
            false if self.cancelled => Ok(vec![Did::CancellationUndone { at }]),
            false => Ok(vec![]),
        }
    }

    fn extend(&self, days: u32, reason: Reason, at: DateTime<Utc>) -> Decided {
        if self.is_over() {
            return Err(SubscriptionError::Over);
        }
        if !self.is_running() {
            return Err(SubscriptionError::Suspended);
        }
        let start = self.paid_until();
        Ok(vec![Did::Extended {
            period: Period {
                start,
                end: after(start, days)?,
            },
            reason,
            at,
        }])
    }

    fn credit_day(&self, day: NaiveDate, amount: Rupiah, at: DateTime<Utc>) -> Decided {
        match self.was_credited(day) || amount.is_zero() {
            true => Ok(vec![]),
            false => Ok(vec![Did::DayCredited { day, amount, at }]),
        }
    }

    pub(super) fn fold(&mut self, event: Did) {
        match event {
            Did::Renewed {
                period,
                price,
                charge_id,
                ..
            } => {
                self.stage = Stage::Active;
                self.periods += 1;
                self.pay(period, price, charge_id);
            }
            Did::RenewalSwitched { automatic, .. } => self.automatic = automatic,
            Did::BecamePastDue { grace_until, .. } => self.stage = Stage::PastDue { grace_until },
            Did::Suspended {
                delete_on,
                grace_value: grace,
                ..
            } => self.stage = Stage::Suspended(Suspension { delete_on, grace }),
            Did::ResumeOrdered {
                price, charge_id, ..
            } => {
                self.resumptions += 1;
                if let Stage::Suspended(from) = self.stage {
                    self.stage = Stage::Resuming {
                        // The days of grace are paid now, whatever comes of the resumption.
                        from: Suspension {
                            grace: Rupiah::ZERO,
                            ..from
                        },
                        charge: Pending { price, charge_id },
                    };
                }
            }
            Did::Resumed { period, .. } => {
                if let Stage::Resuming { charge, .. } = self.stage {
                    self.pay(period, charge.price, charge.charge_id);
                }
                self.stage = Stage::Active;
                self.anchor = period.start;
                self.periods = 1;
            }
            Did::ResumeFailed { .. } => {
                if let Stage::Resuming { from, .. } = self.stage {
                    self.stage = Stage::Suspended(from);
                }
            }
            Did::CancellationRequested { .. } => self.cancelled = true,
            Did::CancellationUndone { .. } => self.cancelled = false,
            Did::Extended { period, .. } => {
                self.stage = Stage::Active;
                self.anchor = period.end;
                self.periods = 0;
                self.pay(period, Rupiah::ZERO, None);
            }
            Did::DayCredited { day, .. } => {
                self.credited.insert(day);
            }
            Did::Ended { cause, .. } => self.stage = Stage::Ended(cause),
            Did::Terminated { .. } => self.stage = Stage::Terminated,
            Did::Ordered { .. } | Did::Activated { .. } | Did::Failed { .. } => {}
        }
    }

    fn pay(&mut self, period: Period, net: Rupiah, charge_id: Option<ChargeId>) {
        self.paid.push(Paid {
            period,
            net,
            charge_id,
        });
    }
}

fn after(day: NaiveDate, days: u32) -> Result<NaiveDate, SubscriptionError> {
    day.checked_add_days(Days::new(days.into()))
        .ok_or(SubscriptionError::BeyondCalendar)
}
