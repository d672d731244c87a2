//! What staff sends back through the gateway: on its way until the bank confirms it, or until it failed.

use super::{TopUpError, TopUpEvent, order::Order, paid::Paid};
use crate::{Rupiah, ids::PayoutId, text::Reason};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) payout_id: PayoutId,
    pub(super) amount: Rupiah,
    pub(super) stage: RefundStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RefundStage {
    UnderWay,
    Arrived,
    Failed,
}

impl Paid {
    /// Whether so much of it can be sent back at this moment.
    fn can_send_back(&self, amount: Rupiah, at: DateTime<Utc>) -> Result<(), TopUpError> {
        let rule = self.channel.refund_rule();
        let rule = rule.ok_or(TopUpError::NotRefundable)?;
        let since = self.settled_at.unwrap_or(at);
        if let Some(days) = rule.days
            && at > since + Duration::days(days)
        {
            return Err(TopUpError::RefundTooLate { days });
        }
        let left = self.refundable();
        if amount > left || left.is_zero() {
            return Err(TopUpError::MoreThanLeft { left });
        }
        if !rule.in_part && amount != self.amount {
            return Err(TopUpError::OnlyWhole { whole: self.amount });
        }
        Ok(())
    }

    /// What neither went back nor is on its way.
    fn refundable(&self) -> Rupiah {
        let under_way = self.under_way().map(|refund| refund.amount);
        under_way.fold(self.rest(), |left, amount| {
            left.checked_sub(amount).unwrap_or(Rupiah::ZERO)
        })
    }

    pub(super) fn under_way(&self) -> impl Iterator<Item = &Refund> {
        let sent = self.sent.iter();
        sent.filter(|refund| refund.stage == RefundStage::UnderWay)
    }

    /// Whether the gateway's refund of this key is one of ours that did not fail: that one is booked as such.
    pub(super) fn is_ours(&self, key: &str) -> bool {
        let mut sent = self.sent.iter();
        sent.any(|refund| {
            refund.stage != RefundStage::Failed && refund.payout_id.to_string() == key
        })
    }
}

impl Order {
    pub(super) fn request_refund(
        &self,
        payout_id: PayoutId,
        amount: Rupiah,
        reason: Reason,
        at: DateTime<Utc>,
    ) -> Result<Vec<TopUpEvent>, TopUpError> {
        if self.refund(payout_id).is_some() {
            return Ok(vec![]);
        }
        let mut refused = TopUpError::NotCredited;
        for paid in &self.paid {
            match paid.can_send_back(amount, at) {
                Ok(()) => {
                    return Ok(vec![TopUpEvent::RefundRequested {
                        payout_id,
                        transaction_id: paid.transaction_id.clone(),
                        amount,
                        reason,
                    }]);
                }
                Err(reason) => refused = reason,
            }
        }
        Err(refused)
    }

    pub(super) fn confirm_refund(
        &self,
        payout_id: PayoutId,
    ) -> Result<Vec<TopUpEvent>, TopUpError> {
        let (paid, refund) = self.known(payout_id)?;
        match refund.stage {
            RefundStage::Arrived => Ok(vec![]),
            RefundStage::Failed => Err(TopUpError::RefundOver),
            RefundStage::UnderWay => Ok(vec![TopUpEvent::Refunded {
                payout_id,
                transaction_id: paid.transaction_id.clone(),
                amount: refund.amount,
            }]),
        }
    }

    pub(super) fn fail_refund(
        &self,
        payout_id: PayoutId,
        reason: Reason,
    ) -> Result<Vec<TopUpEvent>, TopUpError> {
        let (paid, refund) = self.known(payout_id)?;
        match refund.stage {
            RefundStage::Failed => Ok(vec![]),
            RefundStage::Arrived => Err(TopUpError::RefundOver),
            RefundStage::UnderWay => Ok(vec![TopUpEvent::RefundFailed {
                payout_id,
                transaction_id: paid.transaction_id.clone(),
                reason,
            }]),
        }
    }

    fn known(&self, payout_id: PayoutId) -> Result<(&Paid, &Refund), TopUpError> {
        self.refund(payout_id)
            .ok_or(TopUpError::UnknownRefund(payout_id))
    }

    fn refund(&self, payout_id: PayoutId) -> Option<(&Paid, &Refund)> {
        for paid in &self.paid {
            let mut sent = paid.sent.iter();
            if let Some(refund) = sent.find(|refund| refund.payout_id == payout_id) {
                return Some((paid, refund));
            }
        }
        None
    }

    pub(super) fn send_back(&mut self, transaction: &str, payout_id: PayoutId, amount: Rupiah) {
        if let Some(paid) = self.paid_mut(transaction) {
            paid.sent.push(Refund {
                payout_id,
                amount,
                stage: RefundStage::UnderWay,
            });
        }
    }

    pub(super) fn end_refund(
        &mut self,
        transaction: &str,
        payout_id: PayoutId,
        stage: RefundStage,
        amount: Rupiah,
    ) {
        let Some(paid) = self.paid_mut(transaction) else {
            return;
        };
        paid.went_back(amount, None);
        let mut sent = paid.sent.iter_mut();
        if let Some(refund) = sent.find(|refund| refund.payout_id == payout_id) {
            refund.stage = stage;
        }
    }
}
