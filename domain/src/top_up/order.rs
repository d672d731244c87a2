//! An order of credit with its payments.

use super::{CloseCause, Payment, Taking, TopUpError, TopUpEvent, paid::Paid};
use crate::{
    Rupiah,
    ids::{CaseId, UserId, WalletId},
    text::Reason,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// So many transactions of one order are asked about by name.
const MOST_HEARD: usize = 20;
/// How a transaction that was paid again was described before the sum stood in it: the first time it was taken back.
const PAID_AGAIN_ONCE: &str = "it is reported as paid again after it had been taken back";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) user_id: UserId,
    pub(super) wallet_id: WalletId,
    pub(super) amount: Rupiah,
    pub(super) order_id: String,
    /// When its page is over.
    pub(super) expires_at: DateTime<Utc>,
    pub(super) redirect_url: Option<String>,
    pub(super) notifications: HashSet<String>,
    /// The transactions that the gateway named, the first ones.
    pub(super) heard: BTreeSet<String>,
    pub(super) paid: Vec<Paid>,
    /// By transaction, with what was found.
    pub(super) disputed: BTreeSet<(String, String)>,
    pub(super) closed: Option<CloseCause>,
}

impl Order {
    pub(super) fn new(
        user_id: UserId,
        wallet_id: WalletId,
        amount: Rupiah,
        order_id: String,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self {
            user_id,
            wallet_id,
            amount,
            order_id,
            expires_at,
            redirect_url: None,
            notifications: HashSet::new(),
            heard: BTreeSet::new(),
            paid: Vec::new(),
            disputed: BTreeSet::new(),
            closed: None,
        }
    }

    /// The page that is recorded first is the order's: whoever comes second is sent to that one.
    pub(super) fn open_page(&self, redirect_url: String) -> Result<Vec<TopUpEvent>, TopUpError> {
        if self.redirect_url.is_some() {
            return Ok(vec![]);
        }
        if !self.paid.is_empty() {
            return Err(TopUpError::AlreadySettled);
        }
        if self.closed.is_some() {
            return Err(TopUpError::AlreadyClosed);
        }
        Ok(vec![TopUpEvent::PageOpened { redirect_url }])
    }

    pub(super) fn paid_by(&self, transaction: &str) -> Option<&Paid> {
        let mut paid = self.paid.iter();
        paid.find(|paid| paid.transaction_id == transaction)
    }

    pub(super) fn settle(&self, payment: Payment) -> Result<Vec<TopUpEvent>, TopUpError> {
        if self.paid_by(&payment.transaction_id).is_some() {
            return Ok(vec![]);
        }
        if payment.amount != self.amount {
            return Err(TopUpError::WrongAmount {
                paid: payment.amount,
                asked: self.amount,
            });
        }
        Ok(vec![TopUpEvent::Settled {
            transaction_id: payment.transaction_id,
            payment_type: payment.payment_type,
            amount: payment.amount,
            late: self.closed.is_some(),
            again: !self.paid.is_empty(),
            channel: Some(payment.channel),
            settled_at: payment.settled_at,
        }])
    }

    /// What it is found to be once the gateway reports a transaction as paid again, of which something had been taken
    /// back: another finding after every taking.
    pub(super) fn paid_again(&self, transaction: &str) -> Option<String> {
        let returned = self.paid_by(transaction)?.returned;
        (!returned.is_zero()).then(|| {
            format!("it is reported as paid again after {returned} of it had been taken back")
        })
    }

    /// A chargeback of all of a transaction that was paid again since the last one is another one, though the gateway's sum
    /// is the same: its total goes on from there. So is a reversal of what the bank gave back and was paid again. Whatever else
    /// was taken is known by what it is.
    pub(super) fn known_as(
        &self,
        transaction: &str,
        taking: &Taking,
        given_back: Rupiah,
    ) -> Taking {
        let Some(paid) = self.paid_by(transaction) else {
            return taking.clone();
        };
        match taking {
            Taking::Chargeback { total } if self.was_paid_again(paid) && *total >= paid.amount => {
                Taking::Chargeback {
                    total: paid.ever(given_back).max(*total),
                }
            }
            Taking::Reversal if self.was_paid_again(paid) && !given_back.is_zero() => {
                Taking::ReversedAgain {
                    total: paid.ever(given_back),
                }
            }
            known => known.clone(),
        }
    }

    /// Whether that was found since something was taken back of it last.
    fn was_paid_again(&self, paid: &Paid) -> bool {
        let transaction = &paid.transaction_id;
        let is_found = |finding: String| self.disputed.contains(&(transaction.to_owned(), finding));
        self.paid_again(transaction).is_some_and(is_found)
            || paid.times_taken() == 1 && is_found(PAID_AGAIN_ONCE.to_owned())
    }

    /// Once, with whatever it is worth; what is credited can be taken back and sent back like any other payment.
    pub(super) fn book_disputed(
        &self,
        transaction_id: String,
        amount: Rupiah,
        reason: Reason,
    ) -> Result<Vec<TopUpEvent>, TopUpError> {
        let mut disputed = self.disputed.iter();
        if self.paid_by(&transaction_id).is_some() {
            return Err(TopUpError::AlreadySettled);
        }
        if !disputed.any(|(disputed, _)| *disputed == transaction_id) {
            return Err(TopUpError::NotDisputed);
        }
        Ok(vec![TopUpEvent::Booked {
            transaction_id,
            amount,
            reason,
        }])
    }

    pub(super) fn dispute(&self, transaction_id: String, finding: String) -> Vec<TopUpEvent> {
        let found = (transaction_id, finding);
        if self.disputed.contains(&found) {
            return vec![];
        }
        let (transaction_id, finding) = found;
        vec![TopUpEvent::Disputed {
            transaction_id,
            finding,
        }]
    }

    /// Whoever has one signed body can name transactions without end; an order has a few.
    pub(super) fn hear(&mut self, transaction: Option<String>) {
        if self.heard.len() < MOST_HEARD {
            self.heard.extend(transaction);
        }
    }

    pub(super) fn went_back(&mut self, transaction: &str, amount: Rupiah, refund: Option<String>) {
        if let Some(paid) = self.paid_mut(transaction) {
            paid.went_back(amount, refund);
        }
    }

    pub(super) fn reversed(&mut self, transaction: &str, amount: Rupiah) {
        if let Some(paid) = self.paid_mut(transaction) {
            paid.reversed(amount);
        }
    }

    pub(super) fn charged_back(&mut self, transaction: &str, amount: Rupiah, total: Rupiah) {
        if let Some(paid) = self.paid_mut(transaction) {
            paid.charged_back(amount, total);
        }
    }

    pub(super) fn refunded_by_hand(&mut self, transaction: &str, case_id: Option<CaseId>) {
        if let Some(paid) = self.paid_mut(transaction) {
            paid.by_hand |= case_id.is_some();
        }
    }

    pub(super) fn paid_mut(&mut self, transaction: &str) -> Option<&mut Paid> {
        let mut paid = self.paid.iter_mut();
        paid.find(|paid| paid.transaction_id == transaction)
    }
}
