//! What a subscription decides once it is active.

use super::{
    Due, LifeCommand as Do, SubscriptionError, SubscriptionEvent as Did, Terms,
    life::{Life, Stage},
};
use crate::{
    Rupiah,
    period::{BillingCycle, Period, jakarta_date},
    text::Reason,
};
use chrono::{DateTime, Days, Months, NaiveDate, Utc};

/// How far ahead of today paid time may end for one more period to be bought (billing rule 7).
const AHEAD_MONTHS: u32 = 12;
/// How many days at least the data are kept after a resumption that failed.
const SPARED_DAYS: u32 = 3;

type Decided = Result<Vec<Did>, SubscriptionError>;

impl Life {
    pub(super) fn decide(&self, terms: &Terms, command: Do) -> Decided {
        match command {
            Do::Renew { .. }
            | Do::SwitchRenewal {
                automatic: true, ..
            } if terms.trial.is_some() && !self.is_over() => Err(SubscriptionError::Trial),
            Do::Renew {
                price,
                discount,
                charge_id,
                cause,
                vat,
                at,
            } => {
                let period = self.renew(terms, at)?;
                Ok(vec![Did::Renewed {
                    period,
                    price,
                    discount,
                    charge_id,
                    cause,
                    wallet_id: terms.wallet_id,
                    vat,
                    at,
                }])
            }
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
                discount,
                charge_id,
                grace_charge_id,
                vat,
                at,
            } => match self.resumes()? {
                Some(grace) => Ok(vec![Did::ResumeOrdered {
                    price,
                    discount,
                    charge_id,
                    grace,
                    grace_charge_id,
                    wallet_id: terms.wallet_id,
                    vat,
                    at,
                }]),
                None => Ok(vec![]),
            },
            Do::ConfirmResume { at } => self.confirm_resume(terms, at),
            Do::FailResume { at } => self.fail_resume(terms, at),
            Do::RequestCancellation { at } => self.request_cancellation(at),
            Do::UndoCancellation { at } => self.undo_cancellation(at),
            Do::RequestPlanChange {
                change,
                had,
                hold_id,
                at,
            } => self.request_change(terms, change, had, hold_id, at),
            Do::ChangePlan {
                given_back,
                charged,
                charge_id,
                at,
            } => self.change_plan(terms, given_back, charged, charge_id, at),
            Do::FailPlanChange { at } => Ok(self.fail_change(at)),
            Do::ConvertTrial { change, at } => match self.stage {
                Stage::Suspended(_) if terms.trial.is_some() => {
                    Ok(vec![Did::TrialConverted { change, at }])
                }
                _ => Err(SubscriptionError::NotATrial),
            },
            Do::Extend { days, reason, at } => self.extend(days, reason, at),
            Do::CreditDay { day, amount, at } => self.credit_day(day, amount, at),
            Do::ReturnCharge {
                charge_id,
                amount,
                reason,
                at,
            } => Ok(vec![Did::ChargeReturned {
                charge_id,
                amount,
                reason,
                at,
            }]),
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

    /// The period that can be bought now.
    fn renew(&self, terms: &Terms, at: DateTime<Utc>) -> Result<Period, SubscriptionError> {
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
        self.next(terms.billing_cycle)
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
        let mut paid = self.paid.iter().rev();
        let last = paid.find(|paid| !paid.net.is_zero() && paid.whole.is_some());
        last.map_or(Rupiah::ZERO, |paid| paid.period.cost_of(paid.net, days))
    }

    /// What its days of grace cost; `None` where it is being resumed already.
    fn resumes(&self) -> Result<Option<Rupiah>, SubscriptionError> {
        match self.stage {
            Stage::Suspended(suspension) => Ok(Some(suspension.grace)),
            Stage::Resuming { .. } => Ok(None),
            Stage::Ended(_) | Stage::Terminated => Err(SubscriptionError::Over),
            Stage::Active | Stage::PastDue { .. } => Err(SubscriptionError::NotSuspended),
        }
    }

    fn confirm_resume(&self, terms: &Terms, at: DateTime<Utc>) -> Decided {
        if !self.resumes_since(at) {
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

    fn fail_resume(&self, terms: &Terms, at: DateTime<Utc>) -> Decided {
        match self.stage {
            Stage::Resuming { from, charge, .. } if self.resumes_since(at) => {
                Ok(vec![Did::ResumeFailed {
                    refunded: charge.net,
                    delete_on: from.delete_on.max(after(jakarta_date(at), SPARED_DAYS)?),
                    wallet_id: terms.wallet_id,
                    at,
                }])
            }
            _ => Ok(vec![]),
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
}

fn after(day: NaiveDate, days: u32) -> Result<NaiveDate, SubscriptionError> {
    day.checked_add_days(Days::new(days.into()))
        .ok_or(SubscriptionError::BeyondCalendar)
}
