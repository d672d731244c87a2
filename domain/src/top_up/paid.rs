//! What became of the transactions that were credited: what of each the gateway took back.

use super::{Channel, TopUpError, TopUpEvent, refunds::Refund};
use crate::{Rupiah, ids::CaseId, wallet::ReversalCause};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A transaction that the gateway reports as paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub transaction_id: String,
    /// In the gateway's words.
    pub payment_type: String,
    pub channel: Channel,
    pub amount: Rupiah,
    /// When the gateway had it; a card that is only captured has no such moment yet.
    pub settled_at: Option<DateTime<Utc>>,
}

/// What the gateway says it took back of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taking {
    /// The payment never was one: all of it.
    Reversal,
    /// It is none once more, after it was paid again; everything that was taken so far, with what the bank gave back of it
    /// in between.
    ReversedAgain { total: Rupiah },
    /// The card's holder disputed it; everything that went back so far, whyever.
    Chargeback { total: Rupiah },
    /// Refunded there without us. `key` tells one refund from another.
    Refund {
        key: String,
        amount: Rupiah,
        confirmed_at: Option<DateTime<Utc>>,
    },
    /// Refunded there, of which the gateway lists nothing; everything that was refunded so far, ours among it.
    Refunded { total: Rupiah },
}

impl Taking {
    pub const fn cause(&self) -> ReversalCause {
        match self {
            Self::Reversal | Self::ReversedAgain { .. } => ReversalCause::Reversal,
            Self::Chargeback { .. } => ReversalCause::Chargeback,
            Self::Refund { .. } | Self::Refunded { .. } => ReversalCause::Refund,
        }
    }

    /// Which reversal it was with which so much was gone of what was paid: beyond that nothing goes but what the bank gave back.
    pub fn reversed(paid: Rupiah, gone: Rupiah) -> Self {
        match gone > paid {
            true => Self::ReversedAgain { total: gone },
            false => Self::Reversal,
        }
    }

    /// Tells it from every other of the same transaction.
    pub fn name(&self) -> String {
        match self {
            Self::Reversal => "reversal".into(),
            Self::ReversedAgain { total } => format!("reversal-{}", total.get()),
            Self::Chargeback { total } => format!("chargeback-{}", total.get()),
            Self::Refund { key, .. } => format!("refund-{key}"),
            Self::Refunded { total } => format!("refunded-{}", total.get()),
        }
    }
}

/// A transaction that was credited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Paid {
    pub(super) transaction_id: String,
    pub(super) channel: Channel,
    pub(super) amount: Rupiah,
    pub(super) settled_at: Option<DateTime<Utc>>,
    /// What went back of it; more than it was where the bank gave something back in between.
    pub(super) returned: Rupiah,
    /// The totals by which chargebacks of it are known.
    pub(super) chargebacks: Vec<Rupiah>,
    /// What was gone of it with each of its reversals.
    #[serde(default)]
    reversals: Vec<Rupiah>,
    /// The refunds among it that were not ours, by their keys.
    refunds: BTreeSet<String>,
    /// What we sent back.
    pub(super) sent: Vec<Refund>,
    /// What of the returned went by chargebacks.
    #[serde(default)]
    charged_back: Rupiah,
    /// Whether staff took a refund of it back.
    #[serde(default)]
    pub(super) by_hand: bool,
}

impl Paid {
    pub(super) fn new(
        transaction_id: String,
        channel: Channel,
        amount: Rupiah,
        settled_at: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            transaction_id,
            channel,
            amount,
            settled_at,
            returned: Rupiah::ZERO,
            chargebacks: Vec::new(),
            reversals: Vec::new(),
            refunds: BTreeSet::new(),
            sent: Vec::new(),
            charged_back: Rupiah::ZERO,
            by_hand: false,
        }
    }

    /// What is left to go back.
    pub(super) fn rest(&self) -> Rupiah {
        self.amount
            .checked_sub(self.returned)
            .unwrap_or(Rupiah::ZERO)
    }

    /// What of the returned did not go by chargebacks: the gateway's sum of refunds knows nothing of those.
    pub(super) fn refunded(&self) -> Rupiah {
        self.returned
            .checked_sub(self.charged_back)
            .unwrap_or(Rupiah::ZERO)
    }

    /// What this takes of it: nothing where it is known already. What the bank gave back can be taken once more.
    pub(super) fn taken_by(&self, taking: &Taking, given_back: Rupiah) -> Rupiah {
        match taking {
            Taking::Reversal => self.rest(),
            Taking::ReversedAgain { total } | Taking::Chargeback { total } => {
                let total = (*total).min(self.ever(given_back));
                total.checked_sub(self.returned).unwrap_or(Rupiah::ZERO)
            }
            Taking::Refunded { total } => {
                let more = total.checked_sub(self.refunded());
                more.unwrap_or(Rupiah::ZERO).min(self.rest())
            }
            Taking::Refund { key, .. } if self.refunds.contains(key) || self.is_ours(key) => {
                Rupiah::ZERO
            }
            Taking::Refund { amount, .. } => {
                let left = self.ever(given_back).checked_sub(self.returned);
                (*amount).min(left.unwrap_or(Rupiah::ZERO))
            }
        }
    }

    /// All that can have been taken of it in the end.
    pub(super) fn ever(&self, given_back: Rupiah) -> Rupiah {
        self.amount.checked_add(given_back).unwrap_or(self.amount)
    }

    pub(super) fn take_back(
        &self,
        taking: Taking,
        given_back: Rupiah,
        case_id: Option<CaseId>,
    ) -> Result<Vec<TopUpEvent>, TopUpError> {
        let amount = self.taken_by(&taking, given_back);
        let transaction_id = self.transaction_id.clone();
        if amount.is_zero() {
            return Ok(vec![]);
        }
        let name = taking.name();
        Ok(vec![match taking {
            Taking::Reversal | Taking::ReversedAgain { .. } => TopUpEvent::Reversed {
                transaction_id,
                amount,
            },
            Taking::Chargeback { total } => TopUpEvent::ChargedBack {
                transaction_id,
                amount,
                total,
                case_id,
            },
            Taking::Refund {
                key, confirmed_at, ..
            } => TopUpEvent::RefundedByGateway {
                transaction_id,
                refund_key: key,
                amount,
                confirmed_at,
                case_id,
            },
            Taking::Refunded { .. } => TopUpEvent::RefundedByGateway {
                transaction_id,
                refund_key: name,
                amount,
                confirmed_at: None,
                case_id,
            },
        }])
    }

    pub(super) fn went_back(&mut self, amount: Rupiah, refund: Option<String>) {
        self.returned = self.returned.checked_add(amount).unwrap_or(self.amount);
        self.refunds.extend(refund);
    }

    /// Its chargebacks and its reversals so far: what the bank can give back.
    pub(super) fn taken(&self) -> impl Iterator<Item = Taking> {
        let chargebacks = self.chargebacks.iter();
        let chargebacks = chargebacks.map(|total| Taking::Chargeback { total: *total });
        let reversals = self.reversals.iter();
        chargebacks.chain(reversals.map(|gone| Taking::reversed(self.amount, *gone)))
    }

    pub(super) fn reversed(&mut self, amount: Rupiah) {
        self.went_back(amount, None);
        self.reversals.push(self.returned);
    }

    /// How many chargebacks and reversals there were of it.
    pub(super) fn times_taken(&self) -> usize {
        self.chargebacks.len() + self.reversals.len()
    }

    pub(super) fn charged_back(&mut self, amount: Rupiah, total: Rupiah) {
        self.went_back(amount, None);
        let sum = self.charged_back.checked_add(amount);
        self.charged_back = sum.unwrap_or(self.returned);
        self.chargebacks.push(total);
    }
}
