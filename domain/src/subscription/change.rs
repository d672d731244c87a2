//! Another plan or cycle for what was paid ahead (billing rules 16 to 20). What is left of what was paid comes back, and the
//! rest of the paid time is charged anew; the day of the change still belongs to the old plan.

use super::{
    PlanChange, SubscriptionError, SubscriptionEvent as Did, Terms,
    life::{Life, Stage},
    paid::PaidAnew,
};
use crate::{
    Rupiah,
    ids::{ChargeId, HoldId, PlanId},
    period::{BillingCycle, Period, jakarta_date},
    resources::Resources,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What a change comes to at this moment, exact to the rupiah.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// What is left of what was paid.
    pub given_back: Rupiah,
    /// What the rest of the paid time costs anew.
    pub charged: Rupiah,
    /// What that was less by, for days that were given at no price.
    #[serde(default)]
    pub given: Rupiah,
    /// What is charged for.
    pub period: Period,
}

impl Quote {
    /// What has to be there beyond what comes back.
    pub fn missing(&self) -> Rupiah {
        let missing = self.charged.checked_sub(self.given_back);
        missing.unwrap_or(Rupiah::ZERO)
    }
}

/// When terms were agreed on, and since when it has them: a change of plan waits for the app's new figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    pub at: DateTime<Utc>,
    /// No earlier is its customer told of a price that was announced since (billing rule 9).
    pub in_force: DateTime<Utc>,
}

/// A change that waits for the app's new figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changing {
    pub number: u32,
    pub change: Box<PlanChange>,
    /// The figures of the app before it, where it gets others.
    pub had: Option<Resources>,
    /// What is set aside for it.
    pub hold_id: Option<HoldId>,
    /// When it was agreed on.
    pub requested_at: DateTime<Utc>,
}

/// A plan that is dearer than the one before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Raised {
    /// On this Jakarta date.
    on: NaiveDate,
    /// What the dearest of that date costs in a year.
    a_year: Rupiah,
}

fn a_year(cycle: BillingCycle, price: Rupiah) -> Rupiah {
    match cycle {
        BillingCycle::Yearly => price,
        BillingCycle::Monthly => {
            let year = price.get().checked_mul(12);
            let year = year.and_then(|year| Rupiah::try_from(year).ok());
            year.unwrap_or(Rupiah::MAX)
        }
    }
}

impl Life {
    /// New, beside billing rules 16 and 17: on the date on which a dearer plan began no cheaper one can be asked for. The day of
    /// a change belongs to the old plan, and a change gives back whatever was charged for the days after it: who went up after
    /// midnight and down before the next one would have the dearer plan every day, and pay for the cheaper one. Another cycle
    /// of the plan that it has is none cheaper.
    ///
    /// # Errors
    /// [`SubscriptionError::ChangedToday`]
    pub(super) fn may_change_to(
        &self,
        terms: &Terms,
        plan_id: PlanId,
        cycle: BillingCycle,
        price: Rupiah,
        at: DateTime<Utc>,
    ) -> Result<(), SubscriptionError> {
        let today = jakarta_date(at);
        let raised = self.raised.filter(|raised| raised.on == today);
        match raised {
            Some(raised) if plan_id != terms.plan_id && a_year(cycle, price) < raised.a_year => {
                Err(SubscriptionError::ChangedToday)
            }
            _ => Ok(()),
        }
    }

    /// Notes where a dearer plan begins. What is bought for a trial is paid from that day on.
    fn note_raise(&mut self, terms: &Terms, change: &PlanChange, today: NaiveDate) {
        let before = a_year(terms.billing_cycle, terms.price);
        let after = a_year(change.billing_cycle, change.price);
        if terms.trial.is_some() || change.plan_id == terms.plan_id || after <= before {
            return;
        }
        let dearest = self.raised.filter(|raised| raised.on == today);
        self.raised = Some(Raised {
            on: today,
            a_year: dearest.map_or(after, |raised| raised.a_year.max(after)),
        });
    }

    /// # Errors
    /// Why it cannot be changed now.
    pub(super) fn quote(
        &self,
        terms: &Terms,
        cycle: BillingCycle,
        price: Rupiah,
        at: DateTime<Utc>,
    ) -> Result<Quote, SubscriptionError> {
        let today = jakarta_date(at);
        let remainders = self.remainders(today).into_iter();
        let given_back = remainders.fold(Rupiah::ZERO, |sum, left| {
            sum.checked_add(left.amount).unwrap_or(Rupiah::MAX)
        });
        let anew = self.anew(terms, cycle, price, today)?;
        let sum = |of: fn(&PaidAnew) -> Rupiah| {
            anew.iter().map(of).fold(Rupiah::ZERO, |sum, amount| {
                sum.checked_add(amount).unwrap_or(Rupiah::MAX)
            })
        };
        let (first, last) = (anew.first(), anew.last());
        let period = first.zip(last).map(|(first, last)| Period {
            start: first.period.start,
            end: last.period.end,
        });
        Ok(Quote {
            given_back,
            charged: sum(|paid| paid.net),
            given: sum(|paid| paid.given),
            period: period.ok_or(SubscriptionError::PaymentDue)?,
        })
    }

    /// The paid time after today at another price; another cycle begins a period of its own.
    fn anew(
        &self,
        terms: &Terms,
        cycle: BillingCycle,
        price: Rupiah,
        today: NaiveDate,
    ) -> Result<Vec<PaidAnew>, SubscriptionError> {
        if terms.trial.is_none() && cycle == terms.billing_cycle {
            let left = self.paid.iter();
            return Ok(left.filter_map(|paid| paid.anew(price, today)).collect());
        }
        let period = self.first_of(terms, cycle, today)?;
        let given = self.paid.iter().map(|paid| paid.given_after(today));
        let given = given.fold(Rupiah::ZERO, |sum, given| {
            sum.checked_add(given).unwrap_or(Rupiah::MAX)
        });
        let given = given.min(price);
        Ok(vec![PaidAnew {
            period,
            whole: Some(period),
            net: price.checked_sub(given).unwrap_or(Rupiah::ZERO),
            given,
            among: 0,
        }])
    }

    /// Whether a change that is under way may still come to its end.
    pub(super) fn may_confirm(&self) -> bool {
        self.stage == Stage::Active && !self.cancelled
    }

    /// # Errors
    /// Why its plan cannot be changed now.
    pub(super) fn may_change(&self) -> Result<(), SubscriptionError> {
        match self.stage {
            Stage::Active if self.changing.is_some() => Err(SubscriptionError::Changing),
            Stage::Active if self.cancelled => Err(SubscriptionError::CancellationPending),
            Stage::Active => Ok(()),
            Stage::PastDue { .. } => Err(SubscriptionError::PaymentDue),
            Stage::Suspended(_) | Stage::Resuming { .. } => Err(SubscriptionError::Suspended),
            Stage::Ended(_) | Stage::Terminated => Err(SubscriptionError::Over),
        }
    }

    pub(super) fn request_change(
        &self,
        terms: &Terms,
        change: Box<PlanChange>,
        had: Option<Resources>,
        hold_id: Option<HoldId>,
        at: DateTime<Utc>,
    ) -> Result<Vec<Did>, SubscriptionError> {
        self.may_change()?;
        if change.plan_id == terms.plan_id && change.billing_cycle == terms.billing_cycle {
            return Err(SubscriptionError::SamePlan);
        }
        Ok(vec![Did::PlanChangeRequested {
            number: self.changes + 1,
            change,
            had,
            hold_id,
            at,
        }])
    }

    pub(super) fn change_plan(
        &self,
        terms: &Terms,
        given_back: Rupiah,
        charged: Rupiah,
        charge_id: Option<ChargeId>,
        at: DateTime<Utc>,
    ) -> Result<Vec<Did>, SubscriptionError> {
        let Some(changing) = &self.changing else {
            return Ok(vec![]);
        };
        let change = &changing.change;
        let quote = self.quote(terms, change.billing_cycle, change.price, at)?;
        let anew = self.anew(terms, change.billing_cycle, change.price, jakarta_date(at))?;
        Ok(vec![Did::PlanChanged {
            number: changing.number,
            change: change.clone(),
            given_back,
            charged,
            charge_id,
            period: quote.period,
            anew,
            at,
        }])
    }

    pub(super) fn fail_change(&self, at: DateTime<Utc>) -> Vec<Did> {
        let failed = self
            .changing
            .as_ref()
            .map(|changing| Did::PlanChangeFailed {
                number: changing.number,
                at,
            });
        failed.into_iter().collect()
    }

    /// Folds a change: the days until today stay as they were paid, those after it are paid anew.
    pub(super) fn changed(
        &mut self,
        terms: &Terms,
        change: &PlanChange,
        charge_id: Option<ChargeId>,
        anew: Vec<PaidAnew>,
        at: DateTime<Utc>,
    ) {
        let today = jakarta_date(at);
        self.note_raise(terms, change, today);
        let anew = match anew.is_empty() {
            false => anew,
            true => {
                let anew = self.anew(terms, change.billing_cycle, change.price, today);
                let anew = anew.unwrap_or_default().into_iter();
                anew.map(PaidAnew::as_before).collect()
            }
        };
        let anew = anew.into_iter().map(|paid| paid.paid_by(charge_id));
        // What is bought for a trial begins today, so that this day is not the trial's any more (billing rule 42).
        let last = match terms.trial {
            Some(_) => today.pred_opt().unwrap_or(today),
            None => today,
        };
        let begins = self.first_of(terms, change.billing_cycle, today);
        let kept = self.paid.iter().filter_map(|paid| paid.until(last));
        self.paid = kept.chain(anew).collect();
        let begins_anew = terms.trial.is_some() || change.billing_cycle != terms.billing_cycle;
        if begins_anew && let Ok(period) = begins {
            self.count_from(period.start, 1);
        }
        self.automatic |= terms.trial.is_some();
        self.changing = None;
        // A coupon was for the plan that it was redeemed for (billing rule 22): nothing of it is applied again.
        self.promise = None;
    }

    /// The day of the change still belongs to the old plan, unless that is a trial, or not paid for any more.
    fn first_of(
        &self,
        terms: &Terms,
        cycle: BillingCycle,
        today: NaiveDate,
    ) -> Result<Period, SubscriptionError> {
        let start = match terms.trial {
            Some(_) => Some(today),
            None => today.succ_opt().map(|next| next.min(self.paid_until())),
        };
        let start = start.ok_or(SubscriptionError::BeyondCalendar)?;
        Period::nth(start, cycle, 0).map_err(|_| SubscriptionError::BeyondCalendar)
    }
}
