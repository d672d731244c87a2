//! What Midtrans posts to us. It is a hint that something happened: the signature covers neither the status
//! nor the transaction, so nothing here is ever booked.

use super::{
    report::Body,
    wire::{time, word},
};
use crate::config::Secret;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha512};
use subtle::{Choice, ConstantTimeEq};

/// A notification as read from its body, before and after its signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub order_id: String,
    /// Not signed: somebody may have put another one in.
    pub transaction_id: Option<String>,
    /// In lower case. Not signed.
    pub transaction_status: Option<String>,
    pub payment_type: Option<String>,
    pub merchant_id: Option<String>,
    pub transaction_time: Option<DateTime<Utc>>,
    status_code: String,
    gross_amount: String,
    signature_key: String,
}

/// Why a body is no notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableNotification {
    #[error("the notification is larger than {} bytes", Notification::MAX_BYTES)]
    TooLarge,
    #[error("the notification is not the JSON of a payment")]
    Malformed,
}

impl Notification {
    /// No genuine body comes near it.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Reads the bytes as they came.
    pub fn parse(raw: &[u8]) -> Result<Self, UnreadableNotification> {
        if raw.len() > Self::MAX_BYTES {
            return Err(UnreadableNotification::TooLarge);
        }
        serde_json::from_slice(raw)
            .ok()
            .and_then(Self::from_body)
            .ok_or(UnreadableNotification::Malformed)
    }

    fn from_body(body: Body) -> Option<Self> {
        Some(Self {
            order_id: body.order_id?,
            transaction_id: body.transaction_id,
            transaction_status: word(body.transaction_status),
            payment_type: body.payment_type,
            merchant_id: body.merchant_id,
            transaction_time: time(body.transaction_time),
            status_code: body.status_code?,
            gross_amount: body.gross_amount?,
            signature_key: word(body.signature_key)?,
        })
    }

    /// Whether one of the keys signed it. Every key is tried and compared in full, so the time taken tells
    /// nothing.
    pub(super) fn is_signed_by(&self, keys: &[Secret]) -> bool {
        let mut signed = Choice::from(0);
        for key in keys {
            let mut hash = Sha512::new();
            for part in [
                self.order_id.as_str(),
                &self.status_code,
                &self.gross_amount,
                key.expose(),
            ] {
                hash.update(part);
            }
            let expected = hex::encode(hash.finalize());
            signed |= expected.as_bytes().ct_eq(self.signature_key.as_bytes());
        }
        signed.into()
    }
}
