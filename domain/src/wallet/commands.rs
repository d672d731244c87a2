use super::{AdjustmentSide, GrantCause, ReversalCause};
use crate::{
    Rupiah,
    ids::{
        AdjustmentId, ChargeId, CreditId, GrantId, HoldId, PayoutId, ReversalId, SubscriptionId,
        TopUpId, UserId,
    },
    text::Reason,
};
use chrono::{DateTime, NaiveDate, Utc};

#[derive(Clone, Debug)]
pub enum WalletCommand {
    Open {
        owner: UserId,
    },
    /// Books a payment. What is owed is paid from it first.
    Credit {
        credit_id: CreditId,
        amount: Rupiah,
        top_up_id: TopUpId,
        /// Until when new orders cannot be paid from it: the channel may still take it back (billing
        /// rule 35).
        orders_from: Option<DateTime<Utc>>,
    },
    Charge {
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        purpose: Purpose,
        at: DateTime<Utc>,
    },
    /// Gives back so much of a charge, or all that is left of it.
    Refund {
        credit_id: CreditId,
        charge_id: ChargeId,
        amount: Option<Rupiah>,
        at: DateTime<Utc>,
    },
    /// Sets credit aside until it is captured or released.
    Hold {
        hold_id: HoldId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        purpose: Purpose,
        at: DateTime<Utc>,
    },
    /// Turns a hold into a charge of as much. No decision asks for it: a change of plan releases what was set aside for it and
    /// charges what the days to come cost.
    Capture {
        hold_id: HoldId,
        charge_id: ChargeId,
    },
    /// Gives a hold back.
    Release {
        hold_id: HoldId,
        at: DateTime<Utc>,
    },
    /// Grants promotional credit that can be spent up to and on `expires_on`.
    Grant {
        grant_id: GrantId,
        amount: Rupiah,
        expires_on: NaiveDate,
        cause: GrantCause,
    },
    /// Takes what is left of promotional credit whose last day is over.
    ExpireGrants {
        at: DateTime<Utc>,
    },
    /// The gateway took a payment back.
    Reverse {
        reversal_id: ReversalId,
        top_up_id: TopUpId,
        amount: Rupiah,
        cause: ReversalCause,
    },
    /// Gives up what is owed.
    WriteOff {
        reversal_id: ReversalId,
        reason: Reason,
    },
    /// The bank gave something back of what the gateway had taken (billing rule 34).
    ReturnReversal {
        credit_id: CreditId,
        reversal_id: ReversalId,
        amount: Rupiah,
        reason: Reason,
    },
    /// Staff lets promotional credit be spent again after a chargeback.
    Unfreeze {
        reason: Reason,
    },
    /// Staff corrects the paid credit.
    Adjust {
        adjustment_id: AdjustmentId,
        side: AdjustmentSide,
        amount: Rupiah,
        reason: Reason,
    },
    /// Sets paid credit aside that goes back to where it was paid from.
    RequestPayout {
        payout_id: PayoutId,
        amount: Rupiah,
        /// The payment that the gateway refunds; `None` where staff pays by bank.
        top_up_id: Option<TopUpId>,
        reason: Option<Reason>,
    },
    /// The money has arrived there.
    ConfirmPayout {
        payout_id: PayoutId,
        proof: Reason,
        at: DateTime<Utc>,
    },
    /// It did not: the credit comes back.
    CancelPayout {
        payout_id: PayoutId,
        reason: Reason,
    },
}

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Something new, that waits for young credit to settle.
    Order,
    /// What runs already.
    Running,
}
