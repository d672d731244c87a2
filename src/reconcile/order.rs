//! The books of one order, each from its own source.

use crate::payments::{Expected, StatusReport, Verdict};
use chrono::{DateTime, Utc};
use purser_domain::{
    Rupiah,
    ids::{PayoutId, ReversalId, TopUpId, WalletId},
    ledger::Cleared,
    top_up::{Taking, TopUpEvent},
    wallet::WalletEvent,
};
use purser_projections::wallet_transactions::Moved;
use std::collections::BTreeMap;

/// What the gateway says of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub transaction_id: String,
    /// In the gateway's words.
    pub status: String,
    /// What it says that must not be booked.
    pub finding: Option<String>,
    /// What it says that went back, in its own text.
    pub went_back: Option<String>,
    pub paid: i64,
    /// What went back of it for good.
    pub returned: i64,
    /// What is to go back and no bank has confirmed.
    pub unconfirmed: i64,
    /// What of the returned no bank has confirmed, by its key: beside a chargeback the gateway counts it as gone.
    pub counted_early: BTreeMap<String, i64>,
}

impl Told {
    pub(super) fn of(report: &StatusReport, expected: &Expected) -> Self {
        let mut told = Self {
            transaction_id: report.transaction_id.clone(),
            status: report.transaction_status.clone(),
            finding: None,
            went_back: report.went_back(),
            paid: 0,
            returned: 0,
            unconfirmed: 0,
            counted_early: BTreeMap::new(),
        };
        match report.verdict(expected) {
            Verdict::Paid(payment) => told.paid = payment.amount.get(),
            Verdict::Refunded(returned) | Verdict::PartiallyRefunded(returned) => {
                told.paid = returned.payment.amount.get();
                let open = returned.reversals.iter();
                let open = open.filter(|one| one.confirmed_at.is_none());
                told.unconfirmed = open.map(|one| one.amount.get()).sum();
                told.returned = returned.total.get() - told.unconfirmed;
            }
            Verdict::ChargedBack(returned) | Verdict::PartiallyChargedBack(returned) => {
                told.paid = returned.payment.amount.get();
                told.returned = returned.total.get();
                let open = returned.reversals.into_iter();
                let open = open.filter(|one| one.confirmed_at.is_none());
                told.counted_early = open
                    .filter_map(|one| Some((one.key?, one.amount.get())))
                    .collect();
            }
            Verdict::Mismatch(finding) => told.finding = Some(finding.to_string()),
            Verdict::Pending
            | Verdict::Challenged
            | Verdict::Denied
            | Verdict::Expired
            | Verdict::Cancelled
            | Verdict::Failed
            | Verdict::Reversed => {}
        }
        told
    }
}

/// What the top-up says of one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    pub credited: i64,
    pub returned: i64,
    /// What the bank gave back of that.
    pub given_back: i64,
    /// Staff booked it, whatever the gateway says of it.
    pub by_hand: bool,
    /// What of the returned went by chargebacks.
    pub charged_back: i64,
    /// What of the returned staff took as refunds, where the gateway's word of them could not be booked.
    pub refunded_by_hand: i64,
    /// Refunds that are on their way, and since when.
    pub under_way: BTreeMap<PayoutId, (i64, DateTime<Utc>)>,
}

/// What moved in the wallet because of the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    pub credited: i64,
    pub returned: i64,
    /// What went of credit: what was spent already is owed instead.
    pub gone: i64,
}

/// One order in all books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBooks {
    pub top_up_id: TopUpId,
    pub order_id: String,
    pub wallet_id: WalletId,
    pub told: Vec<Told>,
    /// By transaction.
    pub paid: BTreeMap<String, Paid>,
    pub booked: Booked,
    /// The ledger's.
    pub cleared: Cleared,
    /// What the customer is shown; `None` where the statements do not know of everything yet.
    pub shown: Option<Moved>,
    payouts: BTreeMap<PayoutId, i64>,
    /// The transaction of what was taken back.
    reversals: BTreeMap<ReversalId, String>,
}

impl OrderBooks {
    pub fn new(top_up_id: TopUpId, order_id: &str, wallet_id: WalletId, told: Vec<Told>) -> Self {
        Self {
            top_up_id,
            order_id: order_id.to_owned(),
            wallet_id,
            told,
            paid: BTreeMap::new(),
            booked: Booked::default(),
            cleared: Cleared::default(),
            shown: Some(Moved::default()),
            payouts: BTreeMap::new(),
            reversals: BTreeMap::new(),
        }
    }

    /// Takes a fact of the top-up in.
    pub fn top_up(&mut self, fact: &TopUpEvent, at: DateTime<Utc>) {
        match fact {
            TopUpEvent::Settled {
                transaction_id,
                amount,
                ..
            } => self.transaction(transaction_id).credited += amount.get(),
            TopUpEvent::Booked {
                transaction_id,
                amount,
                ..
            } => {
                let paid = self.transaction(transaction_id);
                paid.credited += amount.get();
                paid.by_hand = true;
            }
            TopUpEvent::Reversed {
                transaction_id,
                amount,
            } => {
                let paid = self.transaction(transaction_id);
                let gone = paid.returned + amount.get();
                let rupiah = |amount: i64| Rupiah::try_from(amount).unwrap_or(Rupiah::MAX);
                let taking = Taking::reversed(rupiah(paid.credited), rupiah(gone));
                self.taken(transaction_id, *amount, &taking);
            }
            TopUpEvent::ChargedBack {
                transaction_id,
                amount,
                total,
                ..
            } => {
                let taking = Taking::Chargeback { total: *total };
                self.taken(transaction_id, *amount, &taking);
                self.transaction(transaction_id).charged_back += amount.get();
            }
            TopUpEvent::RefundedByGateway {
                transaction_id,
                amount,
                case_id,
                ..
            } => {
                let paid = self.transaction(transaction_id);
                paid.returned += amount.get();
                if case_id.is_some() {
                    paid.refunded_by_hand += amount.get();
                }
            }
            TopUpEvent::RefundRequested {
                payout_id,
                transaction_id,
                amount,
                ..
            } => {
                let refund = (amount.get(), at);
                let paid = self.transaction(transaction_id);
                paid.under_way.insert(*payout_id, refund);
            }
            TopUpEvent::Refunded {
                payout_id,
                transaction_id,
                amount,
            } => {
                let paid = self.transaction(transaction_id);
                paid.under_way.remove(payout_id);
                paid.returned += amount.get();
            }
            TopUpEvent::RefundFailed {
                payout_id,
                transaction_id,
                ..
            } => {
                self.transaction(transaction_id).under_way.remove(payout_id);
            }
            TopUpEvent::Requested { .. }
            | TopUpEvent::PageOpened { .. }
            | TopUpEvent::Notified { .. }
            | TopUpEvent::Closed { .. }
            | TopUpEvent::Disputed { .. } => {}
        }
    }

    /// Takes a fact of the wallet in, where this order moved it; those of the top-up come first.
    pub fn wallet(&mut self, fact: &WalletEvent) {
        match fact {
            WalletEvent::Credited {
                top_up_id, amount, ..
            } if *top_up_id == self.top_up_id => self.booked.credited += amount.get(),
            WalletEvent::Reversed {
                top_up_id,
                amount,
                taken,
                ..
            } if *top_up_id == self.top_up_id => {
                self.booked.returned += amount.get();
                self.booked.gone += taken.get();
            }
            WalletEvent::PayoutRequested {
                payout_id,
                amount,
                top_up_id,
                ..
            } if *top_up_id == Some(self.top_up_id) => self.asked_back(*payout_id, *amount),
            WalletEvent::ReversalReturned {
                reversal_id,
                amount,
                ..
            } => {
                if let Some(transaction) = self.reversals.get(reversal_id).cloned() {
                    self.transaction(&transaction).given_back += amount.get();
                }
            }
            WalletEvent::PaidOut { payout_id, .. } => {
                self.booked.returned += self.payouts.remove(payout_id).unwrap_or_default();
            }
            _ => {}
        }
    }

    fn taken(&mut self, transaction: &str, amount: Rupiah, taking: &Taking) {
        let reversal = ReversalId::of(self.top_up_id, transaction, &taking.name());
        self.reversals.insert(reversal, transaction.to_owned());
        self.transaction(transaction).returned += amount.get();
    }

    fn asked_back(&mut self, payout: PayoutId, amount: Rupiah) {
        self.payouts.insert(payout, amount.get());
        self.booked.gone += amount.get();
    }

    fn transaction(&mut self, id: &str) -> &mut Paid {
        self.paid.entry(id.to_owned()).or_default()
    }
}
