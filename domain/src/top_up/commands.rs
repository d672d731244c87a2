use super::CloseCause;
use crate::{
    Rupiah,
    ids::{UserId, WalletId},
    sealed::Sealed,
};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum TopUpCommand {
    Request {
        user_id: UserId,
        wallet_id: WalletId,
        amount: Rupiah,
        order_id: String,
        expires_at: DateTime<Utc>,
    },
    OpenPage {
        redirect_url: String,
    },
    RecordNotification {
        digest: String,
        body: Sealed,
    },
    Settle {
        transaction_id: String,
        payment_type: String,
        amount: Rupiah,
    },
    Close {
        cause: CloseCause,
    },
    Dispute {
        transaction_id: String,
        finding: String,
    },
}
