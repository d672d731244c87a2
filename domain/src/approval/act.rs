use crate::{
    Rupiah,
    coupon::{CouponCode, Gives, Limits},
    ids::{
        AdjustmentId, CaseId, CreditId, GrantId, PayoutId, ReversalId, SubscriptionId, TopUpId,
        UserId,
    },
    text::Reason,
    user::Role,
    wallet::AdjustmentSide,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The exact command of a member of the staff, as data: it can be held for another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Whose money or account it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    pub deed: Deed,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Corrects the paid credit.
    Adjust {
        adjustment_id: AdjustmentId,
        side: AdjustmentSide,
        amount: Rupiah,
        reason: Reason,
    },
    /// Grants promotional credit.
    Grant {
        grant_id: GrantId,
        amount: Rupiah,
        /// The last Jakarta date on which it can be spent.
        expires_on: NaiveDate,
        reason: Reason,
    },
    /// Gives up what is owed for a payment that was taken back.
    WriteOff {
        reversal_id: ReversalId,
        reason: Reason,
    },
    /// Lets promotional credit be spent again after a chargeback.
    Unfreeze { reason: Reason },
    /// The bank gave back what the gateway had taken.
    ReturnReversal {
        credit_id: CreditId,
        reversal_id: ReversalId,
        amount: Rupiah,
        reason: Reason,
    },
    /// Books a payment that was parked as a case, with what it is worth.
    BookPayment {
        case_id: CaseId,
        top_up_id: TopUpId,
        transaction_id: String,
        amount: Rupiah,
        reason: Reason,
    },
    /// Takes back what went back of a credited payment at the gateway, where its word of it cannot be booked as it stands: the
    /// case says what it was.
    TakeBack {
        case_id: CaseId,
        top_up_id: TopUpId,
        transaction_id: String,
        amount: Rupiah,
        cause: TakenFor,
        /// What of it had gone back when it was asked for: where more has since, it may be the same money.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        returned: Option<Rupiah>,
        reason: Reason,
    },
    /// Sends something of a payment back through the gateway.
    Refund {
        payout_id: PayoutId,
        top_up_id: TopUpId,
        amount: Rupiah,
        reason: Reason,
    },
    /// Sets credit aside that staff pays out by bank.
    PayOut {
        payout_id: PayoutId,
        amount: Rupiah,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    /// Gives the credit of a payout back that did not go out.
    CancelPayout {
        payout_id: PayoutId,
        /// Of one that goes through the gateway: which payment it sends back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        top_up_id: Option<TopUpId>,
        reason: Reason,
    },
    /// Moves the end of a subscription's paid time, at no price.
    Extend {
        subscription_id: SubscriptionId,
        days: u32,
        /// What its next period costs, as the catalogue has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Rupiah>,
        reason: Reason,
    },
    /// Gives back something of what was used of a subscription, to the credit that it came from.
    GiveBack {
        credit_id: CreditId,
        subscription_id: SubscriptionId,
        amount: Rupiah,
        reason: Reason,
    },
    /// Ends a subscription at once and gives back what is left of what was paid.
    End {
        subscription_id: SubscriptionId,
        reason: Reason,
    },
    /// Books what the gateway kept for itself in a month.
    BookFees {
        /// Its first day.
        month: NaiveDate,
        amount: Rupiah,
        /// What is booked and was wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<Rupiah>,
        reason: Reason,
    },
    /// Makes a coupon.
    CreateCoupon {
        code: CouponCode,
        gives: Gives,
        limits: Box<Limits>,
        /// What the dearest period costs that it could take something off, as the catalogue has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dearest: Option<Rupiah>,
    },
    /// Takes a second factor away whose authenticator was lost.
    ResetSecondFactor { reason: Reason },
    /// Says what a person may do from now on.
    ChangeRoles { roles: Vec<Role>, reason: Reason },
    /// Shuts somebody's account.
    Deactivate { reason: Reason },
    /// Says how much is moved without a second person from now on.
    SetApprovalLimit { above: Rupiah, reason: Reason },
}

/// Why a payment went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenFor {
    /// The gateway or the bank sent it back to its payer, or never had it.
    Refund,
    /// The card's holder disputed it.
    Chargeback,
}

impl Deed {
    /// The name under which it is stored and listed.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Adjust { .. } => "adjust",
            Self::Grant { .. } => "grant",
            Self::WriteOff { .. } => "write_off",
            Self::Unfreeze { .. } => "unfreeze",
            Self::ReturnReversal { .. } => "return_reversal",
            Self::BookPayment { .. } => "book_payment",
            Self::TakeBack { .. } => "take_back",
            Self::Refund { .. } => "refund",
            Self::PayOut { .. } => "pay_out",
            Self::CancelPayout { .. } => "cancel_payout",
            Self::Extend { .. } => "extend",
            Self::GiveBack { .. } => "give_back",
            Self::End { .. } => "end",
            Self::BookFees { .. } => "book_fees",
            Self::CreateCoupon { .. } => "create_coupon",
            Self::ResetSecondFactor { .. } => "reset_second_factor",
            Self::ChangeRoles { .. } => "change_roles",
            Self::Deactivate { .. } => "deactivate",
            Self::SetApprovalLimit { .. } => "set_approval_limit",
        }
    }

    /// Why, in the words of who asked for it.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Adjust { reason, .. }
            | Self::Grant { reason, .. }
            | Self::WriteOff { reason, .. }
            | Self::Unfreeze { reason }
            | Self::ReturnReversal { reason, .. }
            | Self::BookPayment { reason, .. }
            | Self::TakeBack { reason, .. }
            | Self::Refund { reason, .. }
            | Self::CancelPayout { reason, .. }
            | Self::Extend { reason, .. }
            | Self::GiveBack { reason, .. }
            | Self::End { reason, .. }
            | Self::BookFees { reason, .. }
            | Self::ResetSecondFactor { reason }
            | Self::ChangeRoles { reason, .. }
            | Self::Deactivate { reason }
            | Self::SetApprovalLimit { reason, .. } => Some(reason),
            Self::PayOut { reason, .. } => reason.as_ref(),
            // What it gives says enough.
            Self::CreateCoupon { .. } => None,
        }
    }
}
