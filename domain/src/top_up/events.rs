use super::Channel;
use crate::{
    Rupiah,
    aggregate::event_names,
    ids::{CaseId, PayoutId, UserId, WalletId},
    sealed::Sealed,
    text::Reason,
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
    /// The gateway made a payment page. An order has one; where old histories have two, the later one counts.
    #[serde(rename = "top_up.page_opened")]
    PageOpened { redirect_url: String },
    /// The gateway sent word. The raw body is kept, sealed under the payer's key, before anything is
    /// made of it; `digest` is its SHA-256.
    #[serde(rename = "top_up.notified")]
    Notified {
        digest: String,
        body: Sealed,
        /// The transaction that it names: where to ask, nothing more, since nobody signed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_id: Option<String>,
    },
    /// A status call showed that this transaction is paid. `late` where the page had expired before, `again` where
    /// another transaction had paid the same order: both are for a person to look at.
    #[serde(rename = "top_up.settled")]
    Settled {
        transaction_id: String,
        payment_type: String,
        amount: Rupiah,
        late: bool,
        #[serde(default, skip_serializing_if = "is_false")]
        again: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
        /// When the gateway had the money.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled_at: Option<DateTime<Utc>>,
    },
    /// Staff booked what had been disputed, with what it is worth.
    #[serde(rename = "top_up.booked")]
    Booked {
        transaction_id: String,
        amount: Rupiah,
        reason: Reason,
    },
    /// The channel reported a settled payment back as unpaid.
    #[serde(rename = "top_up.reversed")]
    Reversed {
        transaction_id: String,
        /// What was taken back now.
        amount: Rupiah,
    },
    /// The card's holder disputed the payment.
    #[serde(rename = "top_up.charged_back")]
    ChargedBack {
        transaction_id: String,
        /// What was taken back now.
        amount: Rupiah,
        /// What the gateway says went back in all; where it was paid again in between, what went back in all with this one.
        total: Rupiah,
        /// The case by which staff took it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case_id: Option<CaseId>,
    },
    /// The payment was refunded at the gateway, and not by us.
    #[serde(rename = "top_up.refunded_by_gateway")]
    RefundedByGateway {
        transaction_id: String,
        refund_key: String,
        amount: Rupiah,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed_at: Option<DateTime<Utc>>,
        /// The case by which staff took it; its key is that case's then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case_id: Option<CaseId>,
    },
    /// Staff sends something of a payment back through the gateway; it is on its way.
    #[serde(rename = "top_up.refund_requested")]
    RefundRequested {
        payout_id: PayoutId,
        transaction_id: String,
        amount: Rupiah,
        reason: Reason,
    },
    /// The bank has confirmed that it arrived.
    #[serde(rename = "top_up.refunded")]
    Refunded {
        payout_id: PayoutId,
        transaction_id: String,
        amount: Rupiah,
    },
    /// It did not go out.
    #[serde(rename = "top_up.refund_failed")]
    RefundFailed {
        payout_id: PayoutId,
        transaction_id: String,
        reason: Reason,
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

const fn is_false(flag: &bool) -> bool {
    !*flag
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
    Booked => "top_up.booked" v "1",
    Reversed => "top_up.reversed" v "1",
    ChargedBack => "top_up.charged_back" v "1",
    RefundedByGateway => "top_up.refunded_by_gateway" v "1",
    RefundRequested => "top_up.refund_requested" v "1",
    Refunded => "top_up.refunded" v "1",
    RefundFailed => "top_up.refund_failed" v "1",
    Closed => "top_up.closed" v "1",
    Disputed => "top_up.disputed" v "1",
});
