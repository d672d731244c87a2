//! What Midtrans says of one transaction, read leniently: unknown fields pass, values may be numbers.

use super::wire::{text, time, word};
use chrono::{DateTime, Utc};
use purser_domain::top_up::Channel;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The body shared by notifications, status answers and the answers to cancel and expire.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Body {
    #[serde(deserialize_with = "text")]
    pub(super) order_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) transaction_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) transaction_status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) fraud_status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) payment_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) gross_amount: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) currency: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) merchant_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) signature_key: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) transaction_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) settlement_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) expiry_time: Option<String>,
    #[serde(deserialize_with = "text")]
    store: Option<String>,
    #[serde(deserialize_with = "text")]
    permata_va_number: Option<String>,
    #[serde(deserialize_with = "text")]
    transaction_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) refund_amount: Option<String>,
    pub(super) refunds: Option<Vec<RefundBody>>,
}

#[derive(Deserialize)]
struct List {
    transactions: Vec<Box<RawValue>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RefundBody {
    #[serde(deserialize_with = "text")]
    refund_key: Option<String>,
    #[serde(deserialize_with = "text")]
    refund_chargeback_id: Option<String>,
    #[serde(deserialize_with = "text")]
    refund_amount: Option<String>,
    #[serde(deserialize_with = "text")]
    bank_confirmed_at: Option<String>,
}

/// One transaction as a call to the gateway reported it. Amounts are the gateway's own text;
/// [`StatusReport::verdict`] reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    pub order_id: String,
    pub transaction_id: String,
    /// In lower case, like `fraud_status`.
    pub transaction_status: String,
    pub fraud_status: Option<String>,
    /// The code inside the body, `200` for success.
    pub status_code: String,
    pub payment_type: String,
    pub channel: Channel,
    pub gross_amount: String,
    pub currency: Option<String>,
    pub merchant_id: Option<String>,
    pub transaction_time: Option<DateTime<Utc>>,
    pub settlement_time: Option<DateTime<Utc>>,
    pub expiry_time: Option<DateTime<Utc>>,
    /// All refunds together.
    pub refund_amount: Option<String>,
    pub refunds: Vec<RefundReport>,
}

/// One refund or chargeback of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundReport {
    /// Ours where we asked for it; the dashboard gives its own or none, and then the gateway's number stands in.
    pub key: Option<String>,
    pub amount: Option<String>,
    pub bank_confirmed_at: Option<DateTime<Utc>>,
}

impl Body {
    /// Banks and stores are named in fields of their own, not in the type of the payment.
    fn channel(&self) -> Channel {
        let place = match &self.permata_va_number {
            Some(_) => Some("permata".to_owned()),
            None => word(self.store.clone()).or_else(|| word(self.transaction_type.clone())),
        };
        let payment_type = self.payment_type.as_deref().unwrap_or_default();
        Channel::of(payment_type, place.as_deref())
    }
}

impl StatusReport {
    /// Whether the gateway has a refund of this key.
    pub fn knows_refund(&self, key: &str) -> bool {
        let mut refunds = self.refunds.iter();
        refunds.any(|refund| refund.key.as_deref() == Some(key))
    }

    /// What went back of it so far, in the gateway's own text; `None` where it names no amount.
    pub fn went_back(&self) -> Option<String> {
        let listed = self.refunds.iter();
        let listed: Vec<&str> = listed
            .filter_map(|refund| refund.amount.as_deref())
            .collect();
        let sum = self.refund_amount.clone();
        sum.or_else(|| (!listed.is_empty()).then(|| listed.join(" and ")))
    }

    /// The payments of a list; `None` where it is none, or holds one that cannot be read: which one it leaves out, nobody
    /// could say.
    pub(super) fn parse_all(raw: &[u8]) -> Option<Vec<Self>> {
        let list: List = serde_json::from_slice(raw).ok()?;
        let listed = list.transactions.iter();
        listed
            .map(|one| Self::parse(one.get().as_bytes()))
            .collect()
    }

    /// `None` where the body is no JSON object or does not say which payment it is about.
    pub fn parse(raw: &[u8]) -> Option<Self> {
        let body: Body = serde_json::from_slice(raw).ok()?;
        let channel = body.channel();
        Some(Self {
            order_id: body.order_id?,
            transaction_id: body.transaction_id?,
            transaction_status: word(body.transaction_status)?,
            fraud_status: word(body.fraud_status),
            status_code: body.status_code?,
            payment_type: body.payment_type?,
            channel,
            gross_amount: body.gross_amount?,
            currency: body.currency,
            merchant_id: body.merchant_id,
            transaction_time: time(body.transaction_time),
            settlement_time: time(body.settlement_time),
            expiry_time: time(body.expiry_time),
            refund_amount: body.refund_amount,
            refunds: body
                .refunds
                .unwrap_or_default()
                .into_iter()
                .map(RefundReport::from)
                .collect(),
        })
    }
}

impl From<RefundBody> for RefundReport {
    fn from(body: RefundBody) -> Self {
        Self {
            key: body
                .refund_key
                .or_else(|| Some(format!("number-{}", body.refund_chargeback_id?))),
            amount: body.refund_amount,
            bank_confirmed_at: time(body.bank_confirmed_at),
        }
    }
}
