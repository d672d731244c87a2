//! What is put on paper, and when: a receipt for a top-up, an invoice when a period begins, a credit note for what is given
//! back of an invoice. Nothing for what cost nothing, and nothing for an order that never became ready (billing rules 3, 23
//! and 25). Numbers are given elsewhere, in the order of the history.
//!
//! The wallet's stream or the subscription's may wait for an operator while the other goes on. What a charge pays for and the
//! charge are put together whichever of them is heard first; what came back before that, the invoice leaves out.

mod causes;
mod charge;
mod receipts;

use super::{
    effect::{Bill, Effect, Paper},
    progress::Progress,
    saga::{Heard, Reaction, Saga, Timer},
};
use crate::paper::SAGA;
use causes::cause_of;
use charge::{Begun, Charge, Priced};
use chrono::{DateTime, Days, NaiveDate, Utc};
use purser_domain::{
    Event, Recorded, Rupiah,
    document::BillCause,
    ids::{ChargeId, CreditId, SubscriptionId, UserId},
    period::{BillingCycle, Period, day_begins, jakarta_date},
    subscription::SubscriptionEvent,
    text::Title,
    top_up::TopUpEvent,
    vat::VatPolicy,
    wallet::WalletEvent,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The saga `paper`; one instance a top-up or a subscription.
#[derive(Clone, Copy, Debug, Default)]
pub struct Papers;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PapersState {
    /// Whose top-up it is, and what the gateway knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    top_up: Option<(UserId, String)>,
    /// What the subscription has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has: Option<(Title, BillingCycle)>,
    charges: BTreeMap<ChargeId, Charge>,
    /// What was heard to be paid for by charges that were not heard of yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    begun: BTreeMap<ChargeId, Begun>,
    /// What begins when readiness is observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<(ChargeId, Priced)>,
    /// Since when it runs unpaid, and for how many days it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_on: Option<NaiveDate>,
    #[serde(default)]
    grace_days: i64,
    #[serde(flatten)]
    progress: Progress,
}

/// The name of a timer: the period of this charge begins.
const BEGINS: &str = "begins-";
/// How a payment was made that staff booked: what the gateway said of it was not believed.
const BY_STAFF: &str = "manual";

impl Saga for Papers {
    const NAME: &'static str = SAGA;
    type State = PapersState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::TopUp(
                TopUpEvent::Requested { .. }
                | TopUpEvent::Settled { .. }
                | TopUpEvent::Booked { .. },
            )
            | Event::Subscription(_) => event.stream.id.parse().ok(),
            Event::Wallet(
                WalletEvent::Charged {
                    subscription_id, ..
                }
                | WalletEvent::Captured {
                    subscription_id, ..
                }
                | WalletEvent::Refunded {
                    subscription_id, ..
                },
            ) => Some(subscription_id.uuid()),
            _ => None,
        }
    }

    fn react(&self, state: &PapersState, heard: Heard<'_>) -> Reaction<PapersState> {
        let mut desk = Desk {
            state: state.clone(),
            effects: vec![],
            timers: vec![],
        };
        match heard {
            Heard::Event(event) if desk.state.progress.hears(event) => match &event.event {
                Event::TopUp(fact) => desk.hear_top_up(event, fact),
                Event::Wallet(fact) => desk.hear_wallet(fact, event.at),
                Event::Subscription(fact) => desk.hear_subscription(fact, event.at),
                _ => return Reaction::default(),
            },
            Heard::Timer { name, at } => {
                let charge = name.strip_prefix(BEGINS).and_then(|id| id.parse().ok());
                match charge {
                    Some(charge_id) => desk.invoice(charge_id, at),
                    None => return Reaction::default(),
                }
            }
            // What cannot be issued is for an operator.
            Heard::Event(_) | Heard::Failed { .. } => return Reaction::default(),
        }
        if desk.state == *state {
            return Reaction::default();
        }
        Reaction {
            state: Some(desk.state),
            effects: desk.effects,
            timers: desk.timers,
            stop: false,
        }
    }
}

/// A reaction in the making.
struct Desk {
    state: PapersState,
    effects: Vec<(String, Effect)>,
    timers: Vec<Timer>,
}

impl Desk {
    fn issue(&mut self, step: String, paper: Paper) {
        let paper = Box::new(paper);
        self.effects.push((step, Effect::Issue { paper }));
    }

    fn hear_wallet(&mut self, fact: &WalletEvent, at: DateTime<Utc>) {
        match fact {
            WalletEvent::Charged {
                charge_id,
                amount,
                promotional,
                subscription_id,
            }
            | WalletEvent::Captured {
                charge_id,
                amount,
                promotional,
                subscription_id,
                ..
            } => {
                let charge = Charge::new(*subscription_id, *amount, promotional);
                self.state.charges.entry(*charge_id).or_insert(charge);
                if let Some(begun) = self.state.begun.remove(charge_id) {
                    self.bill(*charge_id, begun);
                }
            }
            WalletEvent::Refunded {
                credit_id,
                charge_id,
                amount,
                promotional,
                ..
            } => {
                let paid = charge::paid_part(*amount, promotional);
                self.gives_back(*charge_id, *credit_id, paid, at);
            }
            _ => {}
        }
    }

    fn hear_subscription(&mut self, fact: &SubscriptionEvent, at: DateTime<Utc>) {
        use SubscriptionEvent as Did;
        match fact {
            Did::Ordered { terms, .. } => {
                self.state.has = Some((terms.plan.clone(), terms.billing_cycle));
                let priced = Priced::new(BillCause::Order, terms.price, terms.vat);
                self.state.pending = terms.charge_id.map(|charge_id| (charge_id, priced));
            }
            Did::Activated { period, .. } | Did::Resumed { period, .. } => {
                if let Some((charge_id, priced)) = self.state.pending.take() {
                    self.begins(charge_id, priced, *period, at);
                }
            }
            Did::Renewed {
                period,
                price,
                charge_id: Some(charge_id),
                vat,
                ..
            } => {
                let priced = Priced::new(BillCause::Renewal, *price, *vat);
                self.begins(*charge_id, priced, *period, at);
            }
            Did::BecamePastDue { due_on, .. } => self.state.due_on = Some(*due_on),
            Did::Suspended { grace_days, .. } => self.state.grace_days = *grace_days,
            Did::ResumeOrdered {
                price,
                charge_id,
                grace,
                grace_charge_id,
                vat,
                ..
            } => {
                let priced = Priced::new(BillCause::Resumption, *price, *vat);
                self.state.pending = charge_id.map(|charge_id| (charge_id, priced));
                // Its days are over: there is no readiness to wait for.
                if let (Some(charge_id), Some(period)) = (grace_charge_id, self.grace()) {
                    let priced = Priced::new(BillCause::Grace, *grace, *vat);
                    self.begins(*charge_id, priced, period, at);
                }
            }
            Did::PlanChanged {
                change,
                charged,
                charge_id,
                period,
                ..
            } => {
                self.state.has = Some((change.plan.clone(), change.billing_cycle));
                if let Some(charge_id) = charge_id {
                    let priced = Priced::new(BillCause::PlanChange, *charged, change.vat);
                    self.begins(*charge_id, priced, *period, at);
                }
            }
            Did::TrialConverted { change, .. } => {
                self.state.has = Some((change.plan.clone(), change.billing_cycle));
            }
            Did::Failed { .. } | Did::ResumeFailed { .. } => self.state.pending = None,
            Did::Renewed {
                charge_id: None, ..
            }
            | Did::RenewalSwitched { .. }
            | Did::CancellationRequested { .. }
            | Did::CancellationUndone { .. }
            | Did::PlanChangeRequested { .. }
            | Did::PlanChangeFailed { .. }
            | Did::Extended { .. }
            | Did::DayCredited { .. }
            | Did::ChargeReturned { .. }
            | Did::Ended { .. }
            | Did::Terminated { .. } => {}
        }
    }

    /// The days on which it ran unpaid before its suspension.
    fn grace(&self) -> Option<Period> {
        let start = self.state.due_on?;
        let days = Days::new(self.state.grace_days.unsigned_abs());
        let end = start.checked_add_days(days)?;
        (end > start).then_some(Period { start, end })
    }

    /// It is known what the charge pays for; it is invoiced when that begins.
    fn begins(&mut self, charge_id: ChargeId, priced: Priced, period: Period, at: DateTime<Utc>) {
        let begun = Begun {
            has: self.state.has.clone(),
            priced,
            period,
            at,
        };
        match self.state.charges.contains_key(&charge_id) {
            true => self.bill(charge_id, begun),
            false => drop(self.state.begun.insert(charge_id, begun)),
        }
    }

    fn bill(&mut self, charge_id: ChargeId, begun: Begun) {
        let Some(charge) = self.state.charges.get_mut(&charge_id) else {
            return;
        };
        let (period, at) = (begun.period, begun.at);
        charge.bill = Some(charge.billed(begun));
        match jakarta_date(at) < period.start {
            true => self.timers.push(Timer {
                name: format!("{BEGINS}{charge_id}"),
                due_at: Some(day_begins(period.start)),
                cluster_left_ms: None,
            }),
            false => self.invoice(charge_id, at),
        }
    }

    fn invoice(&mut self, charge_id: ChargeId, at: DateTime<Utc>) {
        let Some(charge) = self.state.charges.get_mut(&charge_id) else {
            return;
        };
        let total = charge.kept();
        let Some(bill) = charge.bill.take().filter(|_| !total.is_zero()) else {
            return;
        };
        charge.invoiced = Some(bill.period);
        let returned = charge.returned;
        let subscription_id = charge.subscription_id;
        let invoice = Paper::Invoice {
            subscription_id,
            charge_id,
            bill: Bill { returned, ..bill },
            total,
            at,
        };
        self.issue(format!("invoice-{charge_id}"), invoice);
    }

    /// What comes back of an invoice has a credit note; what comes back before, its invoice leaves out.
    fn gives_back(
        &mut self,
        charge_id: ChargeId,
        credit_id: CreditId,
        amount: Rupiah,
        at: DateTime<Utc>,
    ) {
        let Some(charge) = self.state.charges.get(&charge_id) else {
            return;
        };
        let begun = |bill: &Bill| bill.period.start <= jakarta_date(at);
        if charge.bill.as_ref().is_some_and(begun) {
            self.invoice(charge_id, at);
        }
        let Some(charge) = self.state.charges.get_mut(&charge_id) else {
            return;
        };
        let subscription_id = charge.subscription_id;
        match charge.invoiced {
            Some(period) if !amount.is_zero() => {
                let note = Paper::CreditNote {
                    subscription_id,
                    charge_id,
                    credit_id,
                    amount,
                    cause: cause_of(subscription_id, charge_id, credit_id, period),
                    at,
                };
                self.issue(format!("credit-note-{credit_id}"), note);
            }
            Some(_) => {}
            None => charge.gives_back(amount),
        }
    }
}
