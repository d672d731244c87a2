//! The two buckets of a wallet: paid credit and promotional credit (billing rule 21).

use super::Purpose;
use crate::{Rupiah, ids::GrantId, period::jakarta_date};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// So much of an amount belongs to this grant of promotional credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantPart {
    pub grant_id: GrantId,
    pub amount: Rupiah,
}

/// What of an amount is promotional.
pub fn promotional(parts: &[GrantPart]) -> Rupiah {
    sum(parts.iter().map(|part| part.amount))
}

pub(super) fn sum(amounts: impl Iterator<Item = Rupiah>) -> Rupiah {
    amounts.fold(Rupiah::ZERO, |sum, amount| {
        sum.checked_add(amount).unwrap_or(Rupiah::MAX)
    })
}

pub(super) fn less(amount: Rupiah, by: Rupiah) -> Rupiah {
    amount.checked_sub(by).unwrap_or(Rupiah::ZERO)
}

pub(super) fn more(amount: Rupiah, by: Rupiah) -> Rupiah {
    amount.checked_add(by).unwrap_or(Rupiah::MAX)
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Purse {
    pub(super) paid: Rupiah,
    /// By last day, the earliest first.
    lots: Vec<Lot>,
    young: Vec<Young>,
    /// After a chargeback, until staff says otherwise.
    pub(super) frozen: bool,
}

/// One grant of promotional credit. It stays when it is spent, for what may come back to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Lot {
    grant_id: GrantId,
    expires_on: NaiveDate,
    left: Rupiah,
}

/// Paid credit whose channel may take it back until then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Young {
    amount: Rupiah,
    until: DateTime<Utc>,
}

impl Purse {
    /// Paid and promotional credit together.
    pub(super) fn whole(&self) -> Rupiah {
        more(self.paid, self.promotional())
    }

    pub(super) fn promotional(&self) -> Rupiah {
        sum(self.lots.iter().map(|lot| lot.left))
    }

    /// What can be spent on this at that moment.
    pub(super) fn spendable(&self, purpose: Purpose, at: DateTime<Utc>) -> Rupiah {
        more(
            self.spendable_paid(purpose, at),
            sum(self.open(at).map(|lot| lot.left)),
        )
    }

    /// When there will be more for new orders; `None` where none of it is young.
    pub(super) fn young_until(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.young.iter().map(|young| young.until);
        until.filter(|until| *until > at).max()
    }

    fn spendable_paid(&self, purpose: Purpose, at: DateTime<Utc>) -> Rupiah {
        match purpose {
            Purpose::Running => self.paid,
            Purpose::Order => {
                let young = self.young.iter().filter(|young| young.until > at);
                less(self.paid, sum(young.map(|young| young.amount)))
            }
        }
    }

    fn open(&self, at: DateTime<Utc>) -> impl Iterator<Item = &Lot> {
        let today = jakarta_date(at);
        let open = move |lot: &&Lot| !self.frozen && lot.expires_on >= today && !lot.left.is_zero();
        self.lots.iter().filter(open)
    }

    /// What of this amount would come from promotional credit, which is spent first and the earliest to expire before
    /// the rest; `None` where the credit does not reach.
    pub(super) fn split(
        &self,
        amount: Rupiah,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Option<Vec<GrantPart>> {
        let mut parts = Vec::new();
        let mut rest = amount;
        for lot in self.open(at) {
            let taken = rest.min(lot.left);
            if taken.is_zero() {
                break;
            }
            rest = less(rest, taken);
            parts.push(GrantPart {
                grant_id: lot.grant_id,
                amount: taken,
            });
        }
        (rest <= self.spendable_paid(purpose, at)).then_some(parts)
    }

    /// The parts of what comes back to promotional credit whose last day is over.
    pub(super) fn over(&self, parts: &[GrantPart], at: DateTime<Utc>) -> Vec<GrantPart> {
        let today = jakarta_date(at);
        let is_over = |part: &&GrantPart| {
            let lot = self.lots.iter().find(|lot| lot.grant_id == part.grant_id);
            lot.is_some_and(|lot| lot.expires_on < today)
        };
        parts.iter().filter(is_over).copied().collect()
    }

    /// What is left of grants whose last day is over.
    pub(super) fn expired(&self, at: DateTime<Utc>) -> Vec<GrantPart> {
        let today = jakarta_date(at);
        let over = |lot: &&Lot| lot.expires_on < today && !lot.left.is_zero();
        let part = |lot: &Lot| GrantPart {
            grant_id: lot.grant_id,
            amount: lot.left,
        };
        self.lots.iter().filter(over).map(part).collect()
    }

    pub(super) fn knows(&self, grant: GrantId) -> bool {
        self.lots.iter().any(|lot| lot.grant_id == grant)
    }

    pub(super) fn grant(&mut self, grant_id: GrantId, amount: Rupiah, expires_on: NaiveDate) {
        let place = self
            .lots
            .partition_point(|lot| lot.expires_on <= expires_on);
        let lot = Lot {
            grant_id,
            expires_on,
            left: amount,
        };
        self.lots.insert(place, lot);
    }

    pub(super) fn credit(&mut self, amount: Rupiah, orders_from: Option<DateTime<Utc>>) {
        self.paid = more(self.paid, amount);
        self.young
            .extend(orders_from.map(|until| Young { amount, until }));
    }

    /// So much goes, of which these parts from promotional credit.
    pub(super) fn take(&mut self, amount: Rupiah, parts: &[GrantPart]) {
        self.paid = less(self.paid, less(amount, promotional(parts)));
        self.each(parts, less);
    }

    /// So much comes back, of which these parts to promotional credit.
    pub(super) fn give(&mut self, amount: Rupiah, parts: &[GrantPart]) {
        self.paid = more(self.paid, less(amount, promotional(parts)));
        self.each(parts, more);
    }

    fn each(&mut self, parts: &[GrantPart], change: fn(Rupiah, Rupiah) -> Rupiah) {
        for part in parts {
            let mut lots = self.lots.iter_mut();
            if let Some(lot) = lots.find(|lot| lot.grant_id == part.grant_id) {
                lot.left = change(lot.left, part.amount);
            }
        }
    }
}

/// Of what is left of a charge, so much given back: paid credit first, which was spent last, then promotional credit, the
/// latest to expire first.
pub(super) fn give_back(kept: Rupiah, kept_parts: &[GrantPart], amount: Rupiah) -> Vec<GrantPart> {
    let mut rest = less(amount, less(kept, promotional(kept_parts)));
    let mut parts = Vec::new();
    for part in kept_parts.iter().rev() {
        let given = rest.min(part.amount);
        if given.is_zero() {
            continue;
        }
        rest = less(rest, given);
        parts.push(GrantPart {
            amount: given,
            ..*part
        });
    }
    parts
}
