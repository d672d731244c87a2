//! What a document says.

use crate::{
    Rupiah,
    ids::{ChargeId, CreditId, DocumentId, SubscriptionId, TopUpId, UserId},
    period::{BillingCycle, Period},
    sealed::Sealed,
    text::Title,
    user::Locale,
    vat::{VatRate, VatShare},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Each has numbers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Of a top-up, without VAT: credit is not the tax point (billing rule 25).
    Receipt,
    /// Of a period that has begun.
    Invoice,
    /// Of what is given back of an invoice.
    CreditNote,
}

impl DocumentKind {
    pub const ALL: [Self; 3] = [Self::Receipt, Self::Invoice, Self::CreditNote];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }

    /// What its numbers begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Receipt => "RCP",
            Self::Invoice => "INV",
            Self::CreditNote => "CRN",
        }
    }
}

/// Everything that stands on it but its number and date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub user_id: UserId,
    pub locale: Locale,
    pub seller: Seller,
    /// The name of whom it is made out to, under the key of his paper; `None` where he was erased before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Sealed>,
    /// His address and NPWP, under the same key; `None` where he gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_details: Option<Sealed>,
    pub matter: Matter,
    /// What was paid, or given back.
    pub total: Rupiah,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<ContentVat>,
    /// Whether the law wants a stamp on it: an e-meterai (billing rule 28).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub e_meterai: bool,
}

impl Content {
    pub fn kind(&self) -> DocumentKind {
        match self.matter {
            Matter::TopUp(_) => DocumentKind::Receipt,
            Matter::Period(_) => DocumentKind::Invoice,
            Matter::Return(_) => DocumentKind::CreditNote,
        }
    }
}

/// Who issues it, as he stood in the settings then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    pub name: String,
    /// Line by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
    /// His NPWP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
}

/// The VAT in the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentVat {
    pub rate: VatRate,
    #[serde(flatten)]
    pub share: VatShare,
}

impl ContentVat {
    /// The VAT in a whole amount.
    pub fn within(rate: VatRate, total: Rupiah) -> Self {
        let share = rate.within(total);
        Self { rate, share }
    }
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    TopUp(ToppedUp),
    Period(Billed),
    Return(Returned),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToppedUp {
    pub top_up_id: TopUpId,
    pub credit_id: CreditId,
    pub order_id: String,
    /// How it was paid, in the gateway's words.
    pub payment_type: String,
}

/// A period that was charged for. Its price, with VAT where that comes on top, less discounts and what had come back is the
/// total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Billed {
    pub subscription_id: SubscriptionId,
    pub charge_id: ChargeId,
    pub service: Title,
    pub plan: Title,
    pub billing_cycle: BillingCycle,
    pub period: Period,
    pub cause: BillCause,
    pub price: Rupiah,
    /// What a coupon took off.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discount: Rupiah,
    /// What was paid out of promotional credit: a discount, no payment (billing rule 21).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub promotional: Rupiah,
    /// What had come back of the charge before the period began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returned: Rupiah,
}

fn is_zero(amount: &Rupiah) -> bool {
    amount.is_zero()
}

/// What a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillCause {
    /// The first one.
    Order,
    Renewal,
    /// The first one after a suspension.
    Resumption,
    /// The days of grace before a suspension, which were paid days after all.
    Grace,
    /// The rest of the paid time after a change of plan or cycle.
    PlanChange,
}

/// What is given back of an invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    pub invoice_id: DocumentId,
    pub subscription_id: SubscriptionId,
    pub charge_id: ChargeId,
    pub credit_id: CreditId,
    pub service: Title,
    pub plan: Title,
    pub period: Period,
    pub cause: ReturnCause,
}

/// Why something is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnCause {
    /// Its subscription ended before its paid time did.
    Ended,
    /// Another plan or cycle took its place.
    PlanChange,
    /// The app was down on this day for a cause on our side.
    LostDay(NaiveDate),
    Other,
}
