use super::{CloseCause, Payment, Taking};
use crate::{
    Rupiah,
    ids::{CaseId, PayoutId, UserId, WalletId},
    sealed::Sealed,
    text::Reason,
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
        /// What it says it is about; nobody signed that.
        transaction_id: Option<String>,
    },
    Settle(Payment),
    /// The gateway took something of a credited transaction back.
    TakeBack {
        transaction_id: String,
        taking: Taking,
        /// What the bank gave back of its chargebacks and reversals so far.
        given_back: Rupiah,
        /// Where staff says so, and not the gateway.
        case_id: Option<CaseId>,
    },
    /// Staff sends something of it back through the gateway (billing rule 36).
    RequestRefund {
        payout_id: PayoutId,
        amount: Rupiah,
        reason: Reason,
        at: DateTime<Utc>,
    },
    /// The bank has confirmed it.
    ConfirmRefund {
        payout_id: PayoutId,
    },
    /// It did not go out.
    FailRefund {
        payout_id: PayoutId,
        reason: Reason,
    },
    /// Staff books what was disputed, with what it is worth (billing rule 32).
    BookDisputed {
        transaction_id: String,
        amount: Rupiah,
        reason: Reason,
    },
    Close {
        cause: CloseCause,
    },
    Dispute {
        transaction_id: String,
        finding: String,
    },
}
