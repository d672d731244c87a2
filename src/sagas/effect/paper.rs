//! What is put on paper. Who it is made out to, in which language and by whom is looked up when it is issued.

use chrono::{DateTime, Utc};
use purser_domain::{
    Rupiah,
    document::{BillCause, ReturnCause, ToppedUp},
    ids::{ChargeId, CreditId, SubscriptionId, UserId},
    period::{BillingCycle, Period},
    text::Title,
    vat::VatPolicy,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// A top-up was paid.
    Receipt {
        to: UserId,
        topped_up: ToppedUp,
        amount: Rupiah,
        at: DateTime<Utc>,
    },
    /// A period begins.
    Invoice {
        subscription_id: SubscriptionId,
        charge_id: ChargeId,
        bill: Bill,
        /// What was paid of the charge and did not come back.
        total: Rupiah,
        at: DateTime<Utc>,
    },
    /// Something of an invoice is given back.
    CreditNote {
        subscription_id: SubscriptionId,
        charge_id: ChargeId,
        credit_id: CreditId,
        amount: Rupiah,
        cause: ReturnCause,
        at: DateTime<Utc>,
    },
}

/// What was charged for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// `None` where it was ordered before there was paper: what it has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Title>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_cycle: Option<BillingCycle>,
    pub period: Period,
    pub cause: BillCause,
    pub price: Rupiah,
    pub discount: Rupiah,
    pub promotional: Rupiah,
    /// What had come back before the period began.
    pub returned: Rupiah,
    /// As it was agreed with the price.
    #[serde(default, skip_serializing_if = "VatPolicy::is_none")]
    pub vat: VatPolicy,
}
