//! What the stand-in knows of an order: the payment pages opened for it, and the payments tried on them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::method::Method;

/// A Snap page: one token. It becomes a [`Transaction`] only when the customer chooses a method.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    pub token: String,
    pub order_id: String,
    pub gross_amount: i64,
    pub items: Vec<Item>,
    pub customer: String,
    pub methods: Vec<Method>,
    /// Where the customer's browser goes afterwards.
    pub finish: Option<String>,
    pub opened_at: DateTime<Utc>,
    pub page_ends_at: DateTime<Utc>,
    /// End of the payment codes given out here; a method's own lifetime where the merchant set none.
    pub codes_end_at: Option<DateTime<Utc>>,
    /// `custom_field1` to `3`, sent back with every notification.
    pub custom_fields: [Option<String>; 3],
    pub hooks: Hooks,
    pub state: PageState,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    pub name: String,
    pub price: i64,
    pub quantity: i64,
}

/// Notification addresses given with the request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Hooks {
    pub instead: Vec<String>,
    pub besides: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    Open,
    /// A newer page was opened for the same order.
    Replaced,
    Canceled,
}

/// One try to pay an order; an order may have several.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction {
    pub transaction_id: String,
    pub order_id: String,
    pub token: String,
    pub method: Method,
    pub gross_amount: i64,
    pub status: Status,
    pub fraud: Fraud,
    pub transaction_time: DateTime<Utc>,
    pub expiry_time: DateTime<Utc>,
    pub settlement_time: Option<DateTime<Utc>>,
    pub refunds: Vec<Refund>,
    /// Account, bill and approval numbers are made of it.
    pub number: u64,
    pub custom_fields: [Option<String>; 3],
    pub hooks: Hooks,
    /// A notification held back until the next one is out.
    pub withheld: Option<Value>,
}

impl Transaction {
    pub(super) fn refunded(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.amount).sum()
    }

    /// What the merchant has of it. No fees are taken.
    pub(super) fn worth(&self) -> i64 {
        match self.status {
            Status::Capture if self.fraud == Fraud::Accept => self.gross_amount,
            Status::Settlement
            | Status::Refund
            | Status::PartialRefund
            | Status::PartialChargeback => self.gross_amount - self.refunded(),
            Status::Capture
            | Status::Pending
            | Status::Deny
            | Status::Cancel
            | Status::Expire
            | Status::Chargeback => 0,
        }
    }

    /// What this try means for its order.
    pub(super) fn hold(&self) -> Hold {
        match self.status {
            Status::Pending => Hold::Active,
            Status::Expire | Status::Cancel => Hold::Over,
            // A refusal before any money moved leaves the page open for another try.
            Status::Deny if self.settlement_time.is_none() => Hold::Refused,
            _ => Hold::Paid,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Active,
    Paid,
    Refused,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pending,
    Capture,
    Settlement,
    Deny,
    Cancel,
    Expire,
    Refund,
    PartialRefund,
    Chargeback,
    PartialChargeback,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Capture => "capture",
            Self::Settlement => "settlement",
            Self::Deny => "deny",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Refund => "refund",
            Self::PartialRefund => "partial_refund",
            Self::Chargeback => "chargeback",
            Self::PartialChargeback => "partial_chargeback",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fraud {
    Accept,
    Challenge,
    Deny,
}

impl Fraud {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Challenge => "challenge",
            Self::Deny => "deny",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    pub id: u64,
    pub amount: i64,
    pub key: String,
    pub reason: String,
    /// Asked for through the API; otherwise from the dashboard.
    pub online: bool,
    pub created_at: DateTime<Utc>,
    /// Set some time later, with a second notification.
    pub bank_confirmed_at: Option<DateTime<Utc>>,
    /// When the bank confirms, in real time.
    pub confirmation_due: DateTime<Utc>,
}
