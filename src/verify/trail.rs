//! No money without its paper: every payment has its receipt, every paid period that began has an invoice, and an invoice
//! less its credit notes is what was kept of its charge. What the saga has still to do is no difference.

#[cfg(test)]
mod tests;

use super::{Check, VerifyError};
use crate::paper::{self, Numbering};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{
    Event, Recorded, Rupiah,
    document::{DocumentEvent, Matter},
    ids::{ChargeId, CreditId, DocumentId, TopUpId},
    period::jakarta_date,
    subscription::SubscriptionEvent,
    top_up::TopUpEvent,
    wallet::{GrantPart, WalletEvent, promotional},
};
use purser_projections::checkpoint;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// What is still to be done, at the cut.
#[derive(Default)]
pub(super) struct UnderWay {
    /// Top-ups and subscriptions whose paper is on its way.
    instances: HashSet<Uuid>,
    /// Up to where the saga has heard the history, and up to where numbers are given.
    heard: i64,
    numbered: i64,
}

impl UnderWay {
    pub(super) async fn read(cut: &mut PgConnection) -> Result<Self, VerifyError> {
        let instances: Vec<Uuid> = sqlx::query_scalar(
            "select instance from work.effects where saga = $1 and status in ('waiting', 'running')
             union
             select instance from work.timers where saga = $1
                and due_at <= (select at from events order by position desc limit 1)",
        )
        .bind(paper::SAGA)
        .fetch_all(&mut *cut)
        .await?;
        let saga = format!("saga:{}", paper::SAGA);
        Ok(Self {
            instances: instances.into_iter().collect(),
            heard: checkpoint::position(cut, &saga).await?,
            numbered: checkpoint::position(cut, Numbering::NAME).await?,
        })
    }

    fn has(&self, due: &Due) -> bool {
        due.position > self.heard || self.instances.contains(&due.instance)
    }
}

/// What has to be on paper, whose saga puts it there, and since when.
struct Due {
    instance: Uuid,
    position: i64,
}

/// What was taken from a customer for something.
struct Charge {
    due: Due,
    /// In paid credit, less what was given back.
    kept: i64,
    /// The first day of what it pays for; none before that is known.
    begins: Option<NaiveDate>,
    /// On its invoice, less what is on credit notes.
    on_paper: i64,
}

/// What one pass over the history found.
#[derive(Default)]
pub(super) struct TrailCheck {
    /// With what was paid.
    receipts: BTreeMap<DocumentId, (Due, Rupiah)>,
    charges: HashMap<ChargeId, Charge>,
    /// What begins when its app is seen to be ready, by subscription.
    pending: HashMap<Uuid, ChargeId>,
    issued: HashMap<DocumentId, Rupiah>,
    unnumbered: BTreeMap<DocumentId, i64>,
    last: Option<DateTime<Utc>>,
}

impl TrailCheck {
    pub(super) fn look_at(&mut self, event: &Recorded) {
        self.last = Some(event.at);
        match (&event.event, event.stream.id.parse::<Uuid>()) {
            (Event::TopUp(fact), Ok(id)) => self.pays_in(id, fact, event.position),
            (Event::Wallet(fact), _) => self.moves(fact, event.position),
            (Event::Subscription(fact), Ok(id)) => self.begins(id, fact, event),
            (Event::Document(fact), Ok(_)) => self.writes(fact, event),
            _ => {}
        }
    }

    fn pays_in(&mut self, instance: Uuid, fact: &TopUpEvent, position: i64) {
        if let TopUpEvent::Settled {
            transaction_id,
            amount,
            ..
        }
        | TopUpEvent::Booked {
            transaction_id,
            amount,
            ..
        } = fact
        {
            let credit = CreditId::of_transaction(TopUpId::new(instance), transaction_id);
            let due = Due { instance, position };
            let id = DocumentId::of_receipt(credit);
            self.receipts.insert(id, (due, *amount));
        }
    }

    fn moves(&mut self, fact: &WalletEvent, position: i64) {
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
                let instance = subscription_id.uuid();
                let charge = Charge {
                    due: Due { instance, position },
                    kept: in_paid_credit(*amount, promotional),
                    begins: None,
                    on_paper: 0,
                };
                self.charges.insert(*charge_id, charge);
            }
            WalletEvent::Refunded {
                charge_id,
                amount,
                promotional,
                ..
            } => {
                if let Some(charge) = self.charges.get_mut(charge_id) {
                    charge.kept -= in_paid_credit(*amount, promotional);
                    charge.due.position = position;
                }
            }
            _ => {}
        }
    }

    fn begins(&mut self, id: Uuid, fact: &SubscriptionEvent, event: &Recorded) {
        use SubscriptionEvent as Did;
        let (first, charge_id) = match fact {
            Did::Ordered { terms, .. } => {
                self.pending
                    .extend(terms.charge_id.map(|charge| (id, charge)));
                return;
            }
            Did::ResumeOrdered {
                charge_id,
                grace_charge_id,
                ..
            } => {
                self.pending.extend(charge_id.map(|charge| (id, charge)));
                // Its days are over.
                (jakarta_date(event.at), *grace_charge_id)
            }
            Did::Activated { period, .. } | Did::Resumed { period, .. } => {
                (period.start, self.pending.remove(&id))
            }
            // Nothing may be kept of it, and what is has no paper.
            Did::Failed { .. } | Did::ResumeFailed { .. } => {
                (jakarta_date(event.at), self.pending.remove(&id))
            }
            Did::Renewed {
                period, charge_id, ..
            }
            | Did::PlanChanged {
                period, charge_id, ..
            } => (period.start, *charge_id),
            _ => return,
        };
        if let Some(charge) = charge_id.and_then(|id| self.charges.get_mut(&id)) {
            charge.begins = Some(first);
            charge.due.position = event.position;
        }
    }

    fn writes(&mut self, fact: &DocumentEvent, event: &Recorded) {
        let Ok(id) = event.stream.id.parse::<DocumentId>() else {
            return;
        };
        match fact {
            DocumentEvent::Issued { content, .. } => {
                self.issued.insert(id, content.total);
                self.unnumbered.insert(id, event.position);
                let (charge_id, amount) = match &content.matter {
                    Matter::Period(billed) => (billed.charge_id, content.total.get()),
                    Matter::Return(returned) => (returned.charge_id, -content.total.get()),
                    Matter::TopUp(_) => return,
                };
                if let Some(charge) = self.charges.get_mut(&charge_id) {
                    charge.on_paper += amount;
                }
            }
            DocumentEvent::Numbered { .. } => {
                self.unnumbered.remove(&id);
            }
            DocumentEvent::Credited { .. } => {}
        }
    }

    pub(super) fn check(&self, under_way: &UnderWay) -> Check {
        let mut differences = Vec::new();
        for (id, (due, paid)) in &self.receipts {
            let said = match self.issued.get(id) {
                Some(total) if total == paid => continue,
                Some(total) => format!("has a receipt over {total}"),
                None if under_way.has(due) => continue,
                None => "has no receipt".into(),
            };
            let (top_up, position) = (due.instance, due.position);
            differences.push(format!(
                "the payment of {top_up} at position {position} {said}"
            ));
        }
        let today = self.last.map(jakarta_date);
        for (id, charge) in &self.charges {
            let begun = charge.begins.is_some() && charge.begins <= today;
            let owed = if begun { charge.kept } else { 0 };
            if charge.on_paper != owed && !under_way.has(&charge.due) {
                let on_paper = charge.on_paper;
                differences.push(format!(
                    "{owed} is kept of the charge {id}, {on_paper} is on paper"
                ));
            }
        }
        for (id, position) in &self.unnumbered {
            if *position <= under_way.numbered {
                differences.push(format!("{id} has no number"));
            }
        }
        Check {
            name: "every rupiah on its paper".into(),
            looked_at: format!(
                "{} payments, {} charges",
                self.receipts.len(),
                self.charges.len()
            ),
            differences,
        }
    }
}

fn in_paid_credit(amount: Rupiah, parts: &[GrantPart]) -> i64 {
    amount.get() - promotional(parts).get()
}
