//! Everything the stand-in remembers: pages, transactions, notifications. Knows no socket; time is handed in.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    body::{self, Merchant},
    delivery::{Delivery, Outcome},
    quirks::Quirks,
    transaction::{Fraud, Hold, Page, Status, Transaction},
};

/// Finished deliveries beyond this many are forgotten, the oldest first.
const HISTORY: usize = 2_000;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Book {
    pub(super) pages: Vec<Page>,
    pub(super) transactions: Vec<Transaction>,
    /// Notifications that still have to be sent, oldest first.
    pub(super) queue: Vec<Delivery>,
    pub(super) history: VecDeque<Delivery>,
    pub(super) last_delivery: u64,
    pub(super) last_refund: u64,
    /// What is held for the merchant in whole rupiah, from each moment on at which it changed.
    #[serde(default)]
    pub(super) balances: Vec<(DateTime<Utc>, i64)>,
    #[serde(skip)]
    pub(super) merchant: Merchant,
    #[serde(skip)]
    pub(super) quirks: Quirks,
    #[serde(skip)]
    pub(super) order_quirks: BTreeMap<String, Quirks>,
}

impl Book {
    pub(super) fn quirks_of(&self, order_id: &str) -> &Quirks {
        self.order_quirks.get(order_id).unwrap_or(&self.quirks)
    }

    /// By token, or the latest page of an order.
    pub(super) fn page(&self, order_or_token: &str) -> Option<&Page> {
        self.pages
            .iter()
            .rev()
            .find(|page| page.token == order_or_token || page.order_id == order_or_token)
    }

    /// By transaction id, by page token, or the latest of an order.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        let is_it = |transaction: &Transaction| {
            transaction.transaction_id == id
                || transaction.order_id == id
                || transaction.token == id
        };
        self.transactions.iter().rposition(is_it)
    }

    /// As the Core API finds it: tokens mean nothing there, and DANA is known by its transaction id alone.
    pub(super) fn find_for_merchant(&self, id: &str) -> Option<usize> {
        let by_order = |transaction: &Transaction| {
            transaction.order_id == id && transaction.method.name != "dana"
        };
        self.transactions
            .iter()
            .rposition(|transaction| transaction.transaction_id == id || by_order(transaction))
    }

    /// What stands in the way of opening another page for this order.
    pub(super) fn hold_on_order(&self, order_id: &str) -> Option<Hold> {
        let tries = self
            .transactions
            .iter()
            .rev()
            .filter(|transaction| transaction.order_id == order_id);
        tries
            .map(Transaction::hold)
            .find(|hold| matches!(hold, Hold::Active | Hold::Paid))
    }

    pub(super) fn describe(
        &self,
        transaction: &Transaction,
        code: &str,
        message: &str,
    ) -> serde_json::Value {
        body::describe(
            transaction,
            &self.merchant,
            self.quirks_of(&transaction.order_id),
            code,
            message,
        )
    }

    /// Lets time take effect: codes run out, held card payments are given up, banks confirm refunds.
    /// Returns whether anything changed. Pages end without a word.
    pub(super) fn let_time_pass(&mut self, now: DateTime<Utc>, real_now: DateTime<Utc>) -> bool {
        let mut changed = Vec::new();
        let quirks = |order: &str| self.order_quirks.get(order).unwrap_or(&self.quirks);
        for (index, transaction) in self.transactions.iter_mut().enumerate() {
            match transaction.status {
                Status::Pending if now >= transaction.expiry_time => {
                    transaction.status = Status::Expire
                }
                Status::Capture
                    if transaction.fraud == Fraud::Challenge
                        && now >= transaction.transaction_time + TimeDelta::days(1) =>
                {
                    transaction.status = Status::Cancel;
                }
                Status::Refund | Status::PartialRefund
                    if !quirks(&transaction.order_id).slow_banks =>
                {
                    let due = |refund: &&mut super::transaction::Refund| {
                        refund.bank_confirmed_at.is_none() && refund.confirmation_due <= real_now
                    };
                    let Some(refund) = transaction.refunds.iter_mut().find(due) else {
                        continue;
                    };
                    refund.bank_confirmed_at = Some(now);
                }
                _ => continue,
            }
            changed.push(index);
        }
        for index in &changed {
            self.announce(*index);
        }
        !changed.is_empty()
    }

    /// Queues a notification of what the transaction is now.
    pub(super) fn announce(&mut self, index: usize) {
        let quirks = self.quirks_of(&self.transactions[index].order_id).clone();
        let transaction = &mut self.transactions[index];
        let told = body::notification(transaction, &self.merchant, &quirks);
        if quirks.disorder && transaction.status == Status::Pending {
            transaction.withheld = Some(told);
            return;
        }
        let withheld = transaction.withheld.take();
        let transaction = self.transactions[index].clone();
        for body in [Some(told), withheld].into_iter().flatten() {
            for _ in 0..=quirks.duplicates {
                self.queue_for_all(&transaction, &body, quirks.drop_notifications);
            }
        }
    }

    fn queue_for_all(
        &mut self,
        transaction: &Transaction,
        body: &serde_json::Value,
        dropped: bool,
    ) {
        let hooks = &transaction.hooks;
        let mut addresses: Vec<Option<String>> = hooks.instead.iter().cloned().map(Some).collect();
        if addresses.is_empty() {
            addresses.push(None);
            addresses.extend(hooks.besides.iter().cloned().map(Some));
        }
        for address in addresses {
            self.last_delivery += 1;
            let mut delivery = Delivery::new(self.last_delivery, transaction, body, address);
            if dropped {
                delivery.outcome = Outcome::Dropped;
                self.remember(delivery);
            } else {
                self.queue.push(delivery);
            }
        }
    }

    pub(super) fn remember(&mut self, delivery: Delivery) {
        self.history.push_back(delivery);
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
    }
}
