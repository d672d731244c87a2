//! What the history knows that moved at the gateway, and between which moments it can have moved there (billing rule 45).

use super::Ledger;
use crate::{
    Rupiah,
    ids::{PayoutId, TopUpId},
    period::day_begins,
    top_up::{Channel, TopUpEvent},
};
use chrono::{DateTime, Duration, NaiveDate, SubsecRound as _, Utc};
use std::collections::HashMap;

/// How far the moment at which the gateway's balance changes may be from the one that it tells of.
const LAG_MINUTES: i64 = 60;
/// For how many days money of which the gateway told no time of settlement may still come to its balance: a card's payment is
/// credited when it is captured, and settled some days after.
const UNTIMED_DAYS: i64 = 3;

/// A Jakarta date at the gateway, as far as the history knows; whole rupiah.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayDay {
    /// The date's first moment, or that of the history, in whole seconds.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub until: DateTime<Utc>,
    /// What came in less what went back: each at the time of settlement that the gateway told, and where it told none at the
    /// time of the event that books it.
    pub moved: i128,
    /// The most by which the balance can have grown by what is known. All that can have come in on this date is in it, and of
    /// what went back only what cannot have gone on another.
    pub at_most: i128,
}

/// What the history knows of the gateway's balance.
#[derive(Clone, Debug, Default)]
pub(super) struct AtGateway {
    began: Option<DateTime<Utc>>,
    moves: Vec<Move>,
    ordered: HashMap<TopUpId, DateTime<Utc>>,
    /// Refunds that are on their way: what may have left the balance already, and comes back where it fails.
    refunds: HashMap<PayoutId, (Rupiah, DateTime<Utc>)>,
}

#[derive(Clone, Debug)]
struct Move {
    /// Less than nothing went back.
    amount: i64,
    /// `None` where no book has it: it left the balance and came back.
    at: Option<DateTime<Utc>>,
    /// The first and the last moment at which it can have changed the balance.
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Ledger {
    /// What the history knows of this date at the gateway; `None` where it begins later.
    pub fn gateway_day(&self, day: NaiveDate) -> Option<GatewayDay> {
        let began = self.gateway.began?.trunc_subsecs(0);
        let from = day_begins(day).max(began);
        let until = day_begins(day.succ_opt()?);
        (from < until).then(|| self.gateway.between(from, until))
    }
}

impl AtGateway {
    /// An event of any kind was recorded.
    pub(super) fn goes_on(&mut self, at: DateTime<Utc>) {
        self.began.get_or_insert(at);
    }

    pub(super) fn note(&mut self, order: TopUpId, fact: &TopUpEvent, at: DateTime<Utc>) {
        use TopUpEvent as Did;
        match fact {
            Did::Requested { .. } => {
                self.ordered.insert(order, at);
            }
            Did::Settled {
                amount,
                payment_type,
                settled_at: Some(settled),
                ..
            } => self.moves.push(Move {
                amount: amount.get(),
                at: Some(*settled),
                from: match Channel::of(payment_type, None) {
                    // What is pending counts as well, and a card's is from when it was captured.
                    Channel::Card => self.since(order, *settled),
                    _ => *settled - lag(),
                },
                until: *settled + lag(),
            }),
            Did::Settled {
                amount,
                settled_at: None,
                ..
            }
            | Did::Booked { amount, .. } => self.came_in(order, *amount, at),
            Did::Reversed { amount, .. } | Did::RefundedByGateway { amount, .. } => {
                let from = self.since(order, at);
                self.went_back(*amount, at, from, at + lag());
            }
            // When the gateway takes what the bank takes from it, it does not tell; it may be later.
            Did::ChargedBack { amount, .. } => {
                let from = self.since(order, at);
                self.went_back(*amount, at, from, DateTime::<Utc>::MAX_UTC);
            }
            Did::RefundRequested {
                payout_id, amount, ..
            } => {
                self.refunds.insert(*payout_id, (*amount, at));
            }
            Did::Refunded {
                payout_id, amount, ..
            } => {
                let asked = self.refunds.remove(payout_id);
                let from = asked.map_or_else(|| self.since(order, at), |(_, since)| since);
                self.went_back(*amount, at, from, at + lag());
            }
            Did::RefundFailed { payout_id, .. } => {
                if let Some((amount, from)) = self.refunds.remove(payout_id) {
                    self.moves.push(Move {
                        amount: amount.get(),
                        at: None,
                        from,
                        until: at + Duration::days(UNTIMED_DAYS),
                    });
                }
            }
            Did::PageOpened { .. }
            | Did::Notified { .. }
            | Did::Closed { .. }
            | Did::Disputed { .. } => {}
        }
    }

    /// Money came in, and nobody knows when: after it was ordered.
    pub(super) fn came_in(&mut self, order: TopUpId, amount: Rupiah, at: DateTime<Utc>) {
        self.moves.push(Move {
            amount: amount.get(),
            at: Some(at),
            from: self.since(order, at),
            until: at + Duration::days(UNTIMED_DAYS),
        });
    }

    fn went_back(
        &mut self,
        amount: Rupiah,
        at: DateTime<Utc>,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) {
        self.moves.push(Move {
            amount: -amount.get(),
            at: Some(at),
            from,
            until,
        });
    }

    fn since(&self, order: TopUpId, at: DateTime<Utc>) -> DateTime<Utc> {
        self.ordered.get(&order).copied().unwrap_or(at)
    }

    fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> GatewayDay {
        let mut day = GatewayDay {
            from,
            until,
            moved: 0,
            at_most: 0,
        };
        for one in &self.moves {
            let amount = i128::from(one.amount);
            if one.at.is_some_and(|at| (from..until).contains(&at)) {
                day.moved += amount;
            }
            let can_be = one.from < until && from <= one.until;
            let must_be = from <= one.from && one.until < until;
            if must_be || (can_be && amount > 0) {
                day.at_most += amount;
            }
        }
        let open = self.refunds.values().filter(|(_, since)| *since < until);
        day.at_most += open
            .map(|(amount, _)| i128::from(amount.get()))
            .sum::<i128>();
        day
    }
}

fn lag() -> Duration {
    Duration::minutes(LAG_MINUTES)
}
