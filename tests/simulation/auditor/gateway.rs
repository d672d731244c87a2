//! What the gateway took in is what customers were credited, once, and what it took back is what they lost or owe.

use super::Auditor;
use crate::support::TestApp;
use chrono::{DateTime, Duration, Utc};
use purser::standins::midtrans::{Status, Transaction};
use std::collections::BTreeMap;

/// How long it may take until a payment is known that nobody told of.
const CREDITED_WITHIN_DAYS: i64 = 2;
/// How long it may take until it is known what was taken back and nobody told of.
const TAKEN_WITHIN_DAYS: i64 = 9;

/// All payments of one order.
struct Paid {
    paid: i64,
    back: i64,
    /// Of payments that went back whole: who hears of them no sooner books nothing at all.
    in_vain: i64,
    youngest: DateTime<Utc>,
}

impl Auditor {
    pub(in super::super) fn audit_gateway(&mut self, app: &TestApp) {
        let mut orders: BTreeMap<String, Paid> = BTreeMap::new();
        for payment in app.midtrans.transactions() {
            let (paid, back) = money_of(&payment);
            let youngest = payment.transaction_time;
            let sums = orders.entry(payment.order_id).or_insert(Paid {
                paid: 0,
                back: 0,
                in_vain: 0,
                youngest,
            });
            sums.paid += paid;
            sums.back += back;
            sums.in_vain += if back == paid { paid } else { 0 };
            sums.youngest = sums.youngest.max(youngest);
        }
        for (order, sums) in orders {
            let Some(top_up) = self.orders.get(&order) else {
                self.finds(format!("nobody knows the order {order}"));
                continue;
            };
            let age = app.clock.now() - sums.youngest;
            if age < Duration::days(CREDITED_WITHIN_DAYS) || self.disputed.contains(top_up) {
                continue;
            }
            let story = self.stories.get(top_up).cloned().unwrap_or_default();
            let (credited, taken) = self.purses.of_top_up(top_up);
            if !(sums.paid - sums.in_vain..=sums.paid).contains(&credited) {
                let paid = sums.paid;
                self.finds(format!(
                    "{order} was paid with {paid} and credited with {credited}: {story:#?}"
                ));
            }
            if age >= Duration::days(TAKEN_WITHIN_DAYS) && credited - taken != sums.paid - sums.back
            {
                let back = sums.back;
                self.finds(format!(
                    "of {order} {back} went back and {taken} was taken: {story:#?}"
                ));
            }
        }
    }
}

/// What was paid, and what of it went back.
fn money_of(payment: &Transaction) -> (i64, i64) {
    let whole = payment.gross_amount;
    match payment.status {
        Status::Capture | Status::Settlement => (whole, 0),
        Status::Chargeback => (whole, whole),
        Status::Deny if payment.settlement_time.is_some() => (whole, whole),
        Status::Pending | Status::Deny | Status::Cancel | Status::Expire => (0, 0),
        Status::Refund | Status::PartialRefund | Status::PartialChargeback => {
            let back = payment.refunds.iter().map(|refund| refund.amount).sum();
            (whole, back)
        }
    }
}
