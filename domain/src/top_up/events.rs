use crate::{
    Rupiah,
    aggregate::event_names,
    ids::{UserId, WalletId},
    sealed::Sealed,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TopUpEvent {
    #[serde(rename = "top_up.requested")]
    Requested {
        user_id: UserId,
        wallet_id: WalletId,
        amount: Rupiah,
        order_id: String,
        expires_at: DateTime<Utc>,
    },
    /// The gateway made a payment page; a later one takes the place of an earlier.
    #[serde(rename = "top_up.page_opened")]
    PageOpened { redirect_url: String },
    /// The gateway sent word. The raw body is kept, sealed under the payer's key, before anything is
    /// made of it; `digest` is its SHA-256.
    #[serde(rename = "top_up.notified")]
    Notified { digest: String, body: Sealed },
    /// A status call showed that this transaction is paid. `late` where the page had expired before.
    #[serde(rename = "top_up.settled")]
    Settled {
        transaction_id: String,
        payment_type: String,
        amount: Rupiah,
        late: bool,
    },
    /// No payment will come on the attempts so far.
    #[serde(rename = "top_up.closed")]
    Closed { cause: CloseCause },
    /// The gateway reported what is not to be booked: another amount, currency or merchant.
    #[serde(rename = "top_up.disputed")]
    Disputed {
        transaction_id: String,
        finding: String,
    },
}

/// Why a top-up was closed without a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseCause {
    Expired,
    Cancelled,
    Failed,
}

event_names!(TopUpEvent {
    Requested => "top_up.requested" v "1",
    PageOpened => "top_up.page_opened" v "1",
    Notified => "top_up.notified" v "1",
    Settled => "top_up.settled" v "1",
    Closed => "top_up.closed" v "1",
    Disputed => "top_up.disputed" v "1",
});
