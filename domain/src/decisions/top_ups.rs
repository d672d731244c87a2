//! Topping up: the order of credit, and its settlement together with the credit itself.

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    ids::{CreditId, TopUpId, UserId, WalletId},
    top_up::{TopUp, TopUpCommand, TopUpError},
    user::User,
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub struct RequestTopUp {
    pub top_up_id: TopUpId,
    pub user_id: UserId,
    pub amount: Rupiah,
    pub order_id: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpRequested {
    pub top_up_id: TopUpId,
    pub order_id: String,
}

/// A status call of the gateway showed that a transaction is paid.
#[derive(Clone, Debug)]
pub struct SettleTopUp {
    pub top_up_id: TopUpId,
    /// The payer's; any other is refused, since a payment into two wallets would be credited twice.
    pub wallet_id: WalletId,
    pub transaction_id: String,
    pub payment_type: String,
    pub amount: Rupiah,
}

impl Decision for RequestTopUp {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<TopUp>(&self.top_up_id),
            StreamId::of::<User>(&self.user_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.state::<User>(&self.user_id).require_active()?;
        let request = TopUpCommand::Request {
            user_id: self.user_id,
            wallet_id: WalletId::of(self.user_id),
            amount: self.amount,
            order_id: self.order_id.clone(),
            expires_at: self.expires_at,
        };
        work.execute::<TopUp>(&self.top_up_id, request)?;
        Ok(answer(TopUpRequested {
            top_up_id: self.top_up_id,
            order_id: self.order_id.clone(),
        }))
    }
}

impl Decision for SettleTopUp {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<TopUp>(&self.top_up_id),
            StreamId::of::<Wallet>(&self.wallet_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        if work.state::<TopUp>(&self.top_up_id).wallet_id() != Some(self.wallet_id) {
            return Err(TopUpError::NotFound.into());
        }
        let settle = TopUpCommand::Settle {
            transaction_id: self.transaction_id.clone(),
            payment_type: self.payment_type.clone(),
            amount: self.amount,
        };
        work.execute::<TopUp>(&self.top_up_id, settle)?;
        let credit = WalletCommand::Credit {
            credit_id: CreditId::of_transaction(self.top_up_id, &self.transaction_id),
            amount: self.amount,
            top_up_id: self.top_up_id,
            orders_from: None,
        };
        work.execute::<Wallet>(&self.wallet_id, credit)?;
        Ok(answer(self.top_up_id))
    }
}
