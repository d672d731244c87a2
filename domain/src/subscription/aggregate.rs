use super::{
    Agreed, Changing, Due, PlanChange, Quote, Remainder, SubscriptionCommand, SubscriptionError,
    SubscriptionEvent, Terms, life::Life,
};
use crate::{
    Rupiah,
    aggregate::aggregate,
    coupon::{Discount, Promised},
    ids::{ChargeId, PlanId, SubscriptionId},
    period::{BillingCycle, Period, jakarta_date},
    text::Reason,
    vat::VatPolicy,
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    order: Option<Ordered>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ordered {
    terms: Box<Terms>,
    at: DateTime<Utc>,
    /// Since when it has these terms, where it waited for them.
    #[serde(default)]
    in_force: Option<DateTime<Utc>>,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Stage {
    Provisioning,
    /// It was active at least once.
    Live(Box<Life>),
    Failed,
}

aggregate!(
    Subscription,
    SubscriptionId,
    SubscriptionCommand,
    SubscriptionEvent,
    SubscriptionError,
    "subscription"
);

impl Subscription {
    pub fn terms(&self) -> Option<&Terms> {
        self.order.as_ref().map(|order| &*order.terms)
    }

    /// When its terms were agreed.
    pub fn agreed(&self) -> Option<Agreed> {
        self.order.as_ref().map(|order| Agreed {
            at: order.at,
            in_force: order.in_force.unwrap_or(order.at),
        })
    }

    /// Readiness was observed, and it is not over.
    pub fn is_active(&self) -> bool {
        self.life().is_some_and(|life| !life.is_over())
    }

    /// Paid for, or in its days of grace.
    pub fn is_running(&self) -> bool {
        self.life().is_some_and(Life::is_running)
    }

    pub fn is_past_due(&self) -> bool {
        self.life().is_some_and(Life::is_past_due)
    }

    pub fn is_suspended(&self) -> bool {
        self.life().is_some_and(Life::is_suspended)
    }

    pub fn resumes_since(&self, at: DateTime<Utc>) -> bool {
        self.life().is_some_and(|life| life.resumes_since(at))
    }

    /// It ended after it had been active.
    pub fn is_over(&self) -> bool {
        self.life().is_some_and(Life::is_over)
    }

    pub fn is_failed(&self) -> bool {
        matches!(&self.order, Some(order) if matches!(order.stage, Stage::Failed))
    }

    /// Whether it renews by itself at the end of the paid time.
    pub fn renews(&self) -> bool {
        self.life().is_some_and(Life::renews)
    }

    /// Whether one more period follows by itself, once it is ready or paid for where it is not.
    pub fn goes_on(&self) -> bool {
        match self.order.as_ref().map(|order| &order.stage) {
            Some(Stage::Provisioning) => !self.is_trial(),
            Some(Stage::Live(life)) => life.goes_on(),
            Some(Stage::Failed) | None => false,
        }
    }

    /// The first days of its periods: of the newest paid one, and of those that follow as long as nothing changes.
    pub fn periods_begin(&self) -> impl Iterator<Item = NaiveDate> + Clone {
        let cycle = self.terms().map(|terms| terms.billing_cycle);
        let life = self.life().zip(cycle);
        life.into_iter()
            .flat_map(|(life, cycle)| life.periods_begin(cycle))
    }

    /// When readiness was observed first.
    pub fn active_since(&self) -> Option<DateTime<Utc>> {
        self.life().map(|life| life.since)
    }

    /// The first day that is not paid; `None` before the first period.
    pub fn paid_until(&self) -> Option<NaiveDate> {
        self.life().map(Life::paid_until)
    }

    /// What time asks for at this moment.
    pub fn due(&self, at: DateTime<Utc>) -> Due {
        self.life().map_or(Due::Nothing, |life| life.due(at))
    }

    /// What its days of grace before a suspension cost.
    pub fn grace(&self) -> Rupiah {
        self.life().map_or(Rupiah::ZERO, Life::grace)
    }

    /// What a coupon takes off its next period of this price.
    pub fn discount(&self, price: Rupiah, vat: VatPolicy) -> Option<Discount> {
        self.life().and_then(|life| life.discount(price, vat))
    }

    /// How often it was resumed, or tried to be.
    pub fn resumptions(&self) -> u32 {
        self.life().map_or(0, |life| life.resumptions)
    }

    /// Whether it is a trial, at no price and for some days.
    pub fn is_trial(&self) -> bool {
        self.terms().is_some_and(|terms| terms.trial.is_some())
    }

    /// Whether mail may leave it. Whoever has it for nothing is whom nobody knows yet, be it a trial or because a coupon paid
    /// its first period whole: outgoing mail stays closed until something was charged for it (billing rule 44). What costs
    /// nothing by the catalogue was put up for sale as that by the operator.
    pub fn may_send_mail(&self) -> bool {
        let Some(terms) = self.terms() else {
            return false;
        };
        let was_charged = self.pending_charge().or(terms.charge_id).is_some()
            || self.life().is_some_and(Life::was_charged);
        terms.trial.is_none() && (terms.price.is_zero() || was_charged)
    }

    /// The charge that goes back where the resumption under way fails.
    pub fn pending_charge(&self) -> Option<ChargeId> {
        self.life().and_then(Life::pending)
    }

    /// What another plan or cycle comes to at this moment.
    ///
    /// # Errors
    /// Why it cannot be had now.
    pub fn quote(
        &self,
        cycle: BillingCycle,
        price: Rupiah,
        at: DateTime<Utc>,
    ) -> Result<Quote, SubscriptionError> {
        let life = self.life().ok_or(SubscriptionError::NotActive)?;
        let terms = self.terms().ok_or(SubscriptionError::NotFound)?;
        life.quote(terms, cycle, price, at)
    }

    /// # Errors
    /// Why its plan cannot be changed now.
    pub fn may_change(&self) -> Result<(), SubscriptionError> {
        let life = self.life().ok_or(SubscriptionError::NotActive)?;
        match self.is_trial() && life.is_suspended() {
            // What was under way when its days were over gives back what it took first: else that would be taken from
            // what is bought now.
            true if life.changing.is_some() => Err(SubscriptionError::Changing),
            // A plan can be bought for it while its data are kept.
            true => Ok(()),
            false => life.may_change(),
        }
    }

    /// # Errors
    /// Why this plan cannot be asked for today.
    pub fn may_change_to(
        &self,
        plan_id: PlanId,
        cycle: BillingCycle,
        price: Rupiah,
        at: DateTime<Utc>,
    ) -> Result<(), SubscriptionError> {
        self.may_change()?;
        let life = self.life().ok_or(SubscriptionError::NotActive)?;
        let terms = self.terms().ok_or(SubscriptionError::NotFound)?;
        life.may_change_to(terms, plan_id, cycle, price, at)
    }

    /// The change of plan that is under way.
    pub fn changing(&self) -> Option<&Changing> {
        self.life()?.changing.as_ref()
    }

    /// Whether a change that is under way may still come to its end.
    pub fn may_confirm_change(&self) -> bool {
        self.life().is_some_and(Life::may_confirm)
    }

    /// How often a change of plan began or came to its end.
    pub fn changes(&self) -> u32 {
        self.life().map_or(0, |life| life.changes)
    }

    /// The number of the next change of plan.
    pub fn next_change(&self) -> u32 {
        self.changes() + 1
    }

    /// What is left of every charge after the end of this day, over all paid periods.
    pub fn remainders(&self, day: NaiveDate) -> Vec<Remainder> {
        self.life()
            .map(|life| life.remainders(day))
            .unwrap_or_default()
    }

    /// What was paid for its days, the newest charge first.
    pub fn charges(&self) -> Vec<ChargeId> {
        let paid = self.life().into_iter().flat_map(|life| &life.paid);
        let mut charges: Vec<_> = paid.filter_map(|paid| paid.charge_id).collect();
        charges.reverse();
        charges.dedup();
        charges
    }

    /// What is left of a charge after the end of this day.
    pub fn left_of(&self, charge_id: ChargeId, day: NaiveDate) -> Rupiah {
        let mut remainders = self.remainders(day).into_iter();
        let left = remainders.find(|left| left.charge_id == charge_id);
        left.map_or(Rupiah::ZERO, |left| left.amount)
    }

    /// What this paid day is worth, if it was not given back.
    pub fn value_of(&self, day: NaiveDate) -> Option<Remainder> {
        let life = self.life().filter(|life| !life.was_credited(day))?;
        life.paid.iter().find_map(|paid| paid.on(day))
    }

    fn life(&self) -> Option<&Life> {
        match self.order.as_ref().map(|order| &order.stage) {
            Some(Stage::Live(life)) => Some(life),
            _ => None,
        }
    }

    pub(super) fn decide(
        &self,
        command: SubscriptionCommand,
    ) -> Result<Vec<SubscriptionEvent>, SubscriptionError> {
        use {SubscriptionCommand as Do, SubscriptionEvent as Did};
        let Some(order) = &self.order else {
            return match command {
                Do::Order { terms, at } => Ok(vec![Did::Ordered { terms, at }]),
                Do::Activate { .. } | Do::Fail { .. } | Do::Live(_) => {
                    Err(SubscriptionError::NotFound)
                }
            };
        };
        match (command, &order.stage) {
            (Do::Order { .. }, _) => Err(SubscriptionError::AlreadyOrdered),
            (Do::Activate { at }, Stage::Provisioning) => order.activate(at),
            (Do::Activate { .. }, Stage::Live(_)) | (Do::Fail { .. }, Stage::Failed) => Ok(vec![]),
            (Do::Activate { .. } | Do::Live(_), Stage::Failed) => {
                Err(SubscriptionError::AlreadyFailed)
            }
            (Do::Fail { cause, at }, Stage::Provisioning) => Ok(vec![Did::Failed {
                cause,
                refunded: order.terms.charged(),
                at,
            }]),
            (Do::Fail { .. }, Stage::Live(_)) => Err(SubscriptionError::AlreadyActive),
            (Do::Live(command), Stage::Live(life)) => life.decide(&order.terms, command),
            (Do::Live(_), Stage::Provisioning) => Err(SubscriptionError::NotActive),
        }
    }

    pub(super) fn fold(&mut self, event: SubscriptionEvent) {
        use SubscriptionEvent as Did;
        match (event, &mut self.order) {
            (Did::Ordered { terms, at }, _) => {
                self.order = Some(Ordered {
                    terms,
                    at,
                    in_force: None,
                    stage: Stage::Provisioning,
                })
            }
            (Did::Activated { period, at }, Some(order)) => {
                order.stage = Stage::Live(Box::new(Life::begin(period, &order.terms, at)));
            }
            (Did::Failed { .. }, Some(order)) => order.stage = Stage::Failed,
            (event, Some(order)) => {
                let change = match (&event, &order.stage) {
                    // Its price is that of the day on which it was asked for.
                    (Did::PlanChanged { change, at, .. }, Stage::Live(life)) => {
                        let changing = life.changing.as_ref();
                        let agreed_at = changing.map_or(*at, |changing| changing.requested_at);
                        Some((change.clone(), agreed_at, *at))
                    }
                    (Did::TrialConverted { change, at }, _) => Some((change.clone(), *at, *at)),
                    _ => None,
                };
                if let Stage::Live(life) = &mut order.stage {
                    life.fold(&order.terms, event);
                }
                if let Some((change, agreed_at, at)) = change {
                    order.agree(*change, agreed_at, at);
                }
            }
            (_, None) => {}
        }
    }
}

impl Ordered {
    /// From now on these are the terms.
    fn agree(&mut self, change: PlanChange, agreed_at: DateTime<Utc>, at: DateTime<Utc>) {
        self.terms.plan_id = change.plan_id;
        self.terms.plan = change.plan;
        self.terms.billing_cycle = change.billing_cycle;
        self.terms.price = change.price;
        self.terms.vat = change.vat;
        self.terms.discount = None;
        self.terms.promise = None;
        self.terms.trial = None;
        self.at = agreed_at;
        self.in_force = Some(at);
    }

    /// The days of a trial, or one of its cycle.
    fn first_period(&self, start: NaiveDate) -> Result<Period, SubscriptionError> {
        let Some(trial) = &self.terms.trial else {
            return Period::nth(start, self.terms.billing_cycle, 0)
                .map_err(|_| SubscriptionError::BeyondCalendar);
        };
        let end = start.checked_add_days(Days::new(trial.days.into()));
        let end = end.ok_or(SubscriptionError::BeyondCalendar)?;
        Ok(Period { start, end })
    }

    /// The days that a coupon gives, at no price, behind the first period (billing rule 8).
    fn free_days(
        &self,
        first: Period,
        at: DateTime<Utc>,
    ) -> Result<Option<SubscriptionEvent>, SubscriptionError> {
        let promise = self.terms.promise.as_ref().map(|promise| promise.gives);
        let Some(Promised::Days(days)) = promise else {
            return Ok(None);
        };
        let end = first.end.checked_add_days(Days::new(days.into()));
        let period = Period {
            start: first.end,
            end: end.ok_or(SubscriptionError::BeyondCalendar)?,
        };
        Ok(Some(SubscriptionEvent::Extended {
            period,
            reason: Reason::stated("given by a coupon"),
            at,
        }))
    }

    fn activate(&self, at: DateTime<Utc>) -> Result<Vec<SubscriptionEvent>, SubscriptionError> {
        let period = self.first_period(jakarta_date(at))?;
        let activated = SubscriptionEvent::Activated { period, at };
        let free = self.free_days(period, at)?;
        Ok(std::iter::once(activated).chain(free).collect())
    }
}
