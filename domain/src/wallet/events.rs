use super::GrantPart;
use crate::{
    Rupiah,
    aggregate::event_names,
    ids::{
        AdjustmentId, ChargeId, CreditId, GrantId, HoldId, PayoutId, ReversalId, SubscriptionId,
        TopUpId, UserId,
    },
    text::Reason,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WalletEvent {
    #[serde(rename = "wallet.opened")]
    Opened { owner: UserId },
    /// A payment that the gateway confirmed became credit.
    #[serde(rename = "wallet.credited")]
    Credited {
        credit_id: CreditId,
        amount: Rupiah,
        top_up_id: TopUpId,
        /// From when new orders can be paid from it, where its channel may take it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        orders_from: Option<DateTime<Utc>>,
    },
    #[serde(rename = "wallet.charged")]
    Charged {
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        /// What of the amount came from promotional credit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        promotional: Vec<GrantPart>,
    },
    /// A charge was given back, in whole or in part.
    #[serde(rename = "wallet.refunded")]
    Refunded {
        credit_id: CreditId,
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        /// What of the amount went back to promotional credit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        promotional: Vec<GrantPart>,
    },
    /// Credit was set aside: it cannot be spent and is no revenue.
    #[serde(rename = "wallet.held")]
    Held {
        hold_id: HoldId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        promotional: Vec<GrantPart>,
    },
    /// A hold became a charge.
    #[serde(rename = "wallet.captured")]
    Captured {
        hold_id: HoldId,
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        promotional: Vec<GrantPart>,
    },
    /// A hold was given back.
    #[serde(rename = "wallet.released")]
    Released {
        hold_id: HoldId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        promotional: Vec<GrantPart>,
    },
    #[serde(rename = "wallet.promotion_granted")]
    PromotionGranted {
        grant_id: GrantId,
        amount: Rupiah,
        /// The last Jakarta date on which it can be spent.
        expires_on: NaiveDate,
        cause: GrantCause,
    },
    #[serde(rename = "wallet.promotion_expired")]
    PromotionExpired { grant_id: GrantId, amount: Rupiah },
    /// The gateway took a payment back: what was there went, the rest is owed.
    #[serde(rename = "wallet.reversed")]
    Reversed {
        reversal_id: ReversalId,
        top_up_id: TopUpId,
        /// What the gateway took.
        amount: Rupiah,
        /// What of it was still there as paid credit.
        taken: Rupiah,
        cause: ReversalCause,
    },
    /// Something that is owed was paid from credit.
    #[serde(rename = "wallet.receivable_paid")]
    ReceivablePaid {
        reversal_id: ReversalId,
        amount: Rupiah,
    },
    #[serde(rename = "wallet.receivable_written_off")]
    ReceivableWrittenOff {
        reversal_id: ReversalId,
        amount: Rupiah,
        reason: Reason,
    },
    /// The bank gave something back of what the gateway had taken.
    #[serde(rename = "wallet.reversal_returned")]
    ReversalReturned {
        credit_id: CreditId,
        reversal_id: ReversalId,
        /// What the bank gave back.
        amount: Rupiah,
        /// What of it only makes good what was written off, and is no credit.
        #[serde(default, skip_serializing_if = "Rupiah::is_nothing")]
        recovered: Rupiah,
        reason: Reason,
    },
    #[serde(rename = "wallet.promotion_unfrozen")]
    PromotionUnfrozen { reason: Reason },
    #[serde(rename = "wallet.adjusted")]
    Adjusted {
        adjustment_id: AdjustmentId,
        side: AdjustmentSide,
        amount: Rupiah,
        reason: Reason,
    },
    /// Paid credit was set aside to go back to where it was paid from.
    #[serde(rename = "wallet.payout_requested")]
    PayoutRequested {
        payout_id: PayoutId,
        amount: Rupiah,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        top_up_id: Option<TopUpId>,
        /// Why it goes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    #[serde(rename = "wallet.paid_out")]
    PaidOut {
        payout_id: PayoutId,
        amount: Rupiah,
        /// The bank's or the gateway's reference.
        proof: Reason,
        /// When the bank confirmed it.
        at: DateTime<Utc>,
    },
    /// It did not go out: the credit is back.
    #[serde(rename = "wallet.payout_cancelled")]
    PayoutCancelled {
        payout_id: PayoutId,
        amount: Rupiah,
        reason: Reason,
    },
}

/// Why promotional credit was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantCause {
    /// A coupon was redeemed.
    Coupon,
    /// The e-mail address of a new customer was verified.
    Welcome,
    /// Staff gave it.
    Staff(Reason),
}

/// Why the gateway took a payment back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReversalCause {
    /// The channel reported it paid by mistake.
    Reversal,
    /// The card's holder disputed it.
    Chargeback,
    /// It was refunded at the gateway without us.
    Refund,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentSide {
    Credit,
    Debit,
}

event_names!(WalletEvent {
    Opened => "wallet.opened" v "1",
    Credited => "wallet.credited" v "1",
    Charged => "wallet.charged" v "1",
    Refunded => "wallet.refunded" v "1",
    Held => "wallet.held" v "1",
    Captured => "wallet.captured" v "1",
    Released => "wallet.released" v "1",
    PromotionGranted => "wallet.promotion_granted" v "1",
    PromotionExpired => "wallet.promotion_expired" v "1",
    Reversed => "wallet.reversed" v "1",
    ReceivablePaid => "wallet.receivable_paid" v "1",
    ReceivableWrittenOff => "wallet.receivable_written_off" v "1",
    ReversalReturned => "wallet.reversal_returned" v "1",
    PromotionUnfrozen => "wallet.promotion_unfrozen" v "1",
    Adjusted => "wallet.adjusted" v "1",
    PayoutRequested => "wallet.payout_requested" v "1",
    PaidOut => "wallet.paid_out" v "1",
    PayoutCancelled => "wallet.payout_cancelled" v "1",
});
