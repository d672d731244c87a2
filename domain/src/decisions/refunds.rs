//! Money goes back to whom it came from, through the gateway (billing rule 36): the credit is set aside while it is on its
//! way, and gone or back once its end is known; top-up and wallet in one commit.

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    ids::{PayoutId, TopUpId, WalletId},
    text::Reason,
    top_up::{TopUp, TopUpCommand, TopUpError},
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};

/// Staff sends something of a top-up back.
#[derive(Clone, Debug)]
pub struct RefundTopUp {
    pub payout_id: PayoutId,
    pub top_up_id: TopUpId,
    /// The payer's; any other is refused.
    pub wallet_id: WalletId,
    pub amount: Rupiah,
    pub reason: Reason,
    pub at: DateTime<Utc>,
}

/// The bank has confirmed it.
#[derive(Clone, Debug)]
pub struct ConfirmRefund {
    pub payout_id: PayoutId,
    pub top_up_id: TopUpId,
    pub wallet_id: WalletId,
    /// Who says so, under which name.
    pub proof: Reason,
    pub at: DateTime<Utc>,
}

/// It did not go out.
#[derive(Clone, Debug)]
pub struct FailRefund {
    pub payout_id: PayoutId,
    pub top_up_id: TopUpId,
    pub wallet_id: WalletId,
    pub reason: Reason,
}

/// Staff gives the credit of a payout back that did not go out, through the gateway or by bank.
#[derive(Clone, Debug)]
pub(super) struct CancelPayout {
    pub(super) payout_id: PayoutId,
    /// Of one that goes through the gateway.
    pub(super) top_up_id: Option<TopUpId>,
    pub(super) wallet_id: WalletId,
    pub(super) reason: Reason,
}

impl Decision for RefundTopUp {
    fn streams(&self) -> Vec<StreamId> {
        both(&self.top_up_id, &self.wallet_id)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        if work.state::<TopUp>(&self.top_up_id).wallet_id() != Some(self.wallet_id) {
            return Err(TopUpError::NotFound.into());
        }
        let payout_id = self.payout_id;
        let refund = TopUpCommand::RequestRefund {
            payout_id,
            amount: self.amount,
            reason: self.reason.clone(),
            at: self.at,
        };
        work.execute::<TopUp>(&self.top_up_id, refund)?;
        let payout = WalletCommand::RequestPayout {
            payout_id,
            amount: self.amount,
            top_up_id: Some(self.top_up_id),
            reason: Some(self.reason.clone()),
        };
        work.execute::<Wallet>(&self.wallet_id, payout)?;
        Ok(answer(payout_id))
    }
}

impl Decision for ConfirmRefund {
    fn streams(&self) -> Vec<StreamId> {
        both(&self.top_up_id, &self.wallet_id)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let payout_id = self.payout_id;
        let confirm = TopUpCommand::ConfirmRefund { payout_id };
        work.execute::<TopUp>(&self.top_up_id, confirm)?;
        let paid_out = WalletCommand::ConfirmPayout {
            payout_id,
            proof: self.proof.clone(),
            at: self.at,
        };
        work.execute::<Wallet>(&self.wallet_id, paid_out)?;
        Ok(answer(payout_id))
    }
}

impl Decision for FailRefund {
    fn streams(&self) -> Vec<StreamId> {
        both(&self.top_up_id, &self.wallet_id)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let payout_id = self.payout_id;
        let fail = TopUpCommand::FailRefund {
            payout_id,
            reason: self.reason.clone(),
        };
        work.execute::<TopUp>(&self.top_up_id, fail)?;
        let cancel = WalletCommand::CancelPayout {
            payout_id,
            reason: self.reason.clone(),
        };
        work.execute::<Wallet>(&self.wallet_id, cancel)?;
        Ok(answer(payout_id))
    }
}

impl Decision for CancelPayout {
    fn streams(&self) -> Vec<StreamId> {
        let top_up = self.top_up_id.as_ref().map(StreamId::of::<TopUp>);
        let wallet = StreamId::of::<Wallet>(&self.wallet_id);
        top_up.into_iter().chain([wallet]).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (payout_id, wallet_id, reason) = (self.payout_id, self.wallet_id, self.reason.clone());
        let Some(top_up_id) = self.top_up_id else {
            let cancel = WalletCommand::CancelPayout { payout_id, reason };
            work.execute::<Wallet>(&wallet_id, cancel)?;
            return Ok(answer(payout_id));
        };
        if work.state::<TopUp>(&top_up_id).wallet_id() != Some(wallet_id) {
            return Err(TopUpError::NotFound.into());
        }
        let fail = FailRefund {
            payout_id,
            top_up_id,
            wallet_id,
            reason,
        };
        fail.decide(work)
    }
}

fn both(top_up: &TopUpId, wallet: &WalletId) -> Vec<StreamId> {
    vec![
        StreamId::of::<TopUp>(top_up),
        StreamId::of::<Wallet>(wallet),
    ]
}
