//! One answer of the gateway: the code that counts, the texts, and the body for whoever understands it.

use super::{
    error::GatewayError,
    wire::{self, text},
};
use serde::{Deserialize, de::IgnoredAny};

#[derive(Debug)]
pub(super) struct Answer {
    /// The inner code where there is one: the Core API refuses with HTTP 200.
    pub(super) code: u16,
    pub(super) messages: Vec<String>,
    /// Whether it is a list of payments, readable or not.
    pub(super) lists: bool,
    pub(super) body: Vec<u8>,
    http: u16,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope {
    #[serde(deserialize_with = "text")]
    status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    status_message: Option<String>,
    error_messages: Option<Vec<String>>,
    validation_messages: Option<Vec<String>>,
    transactions: Option<IgnoredAny>,
}

impl Answer {
    /// Sorts out what concerns every call alike: the key, the rate, an outage, an unreadable body.
    pub(super) fn read(http: u16, body: Vec<u8>) -> Result<Self, GatewayError> {
        let envelope = serde_json::from_slice::<Envelope>(&body).ok();
        let inner = envelope
            .as_ref()
            .and_then(|envelope| wire::code(envelope.status_code.as_deref()));
        let code = inner
            .filter(|inner| http < 400 || (http < 500 && *inner >= 400))
            .unwrap_or(http);
        match code {
            401 => return Err(GatewayError::Unauthorised),
            429 => return Err(GatewayError::RateLimited),
            500.. => return Err(GatewayError::Unavailable { status: code }),
            _ => {}
        }
        let Some(envelope) = envelope else {
            return Err(GatewayError::Malformed {
                status: http,
                what: "it is not a JSON object",
            });
        };
        let lists = envelope.transactions.is_some();
        let mut messages = envelope.error_messages.unwrap_or_default();
        messages.extend(envelope.validation_messages.unwrap_or_default());
        if messages.is_empty() {
            messages.extend(envelope.status_message);
        }
        Ok(Self {
            code,
            messages,
            lists,
            body,
            http,
        })
    }

    /// Whether a text of the answer holds these words, whatever their case.
    pub(super) fn says(&self, words: &str) -> bool {
        self.messages
            .iter()
            .any(|message| message.to_lowercase().contains(words))
    }

    pub(super) fn refused(self) -> GatewayError {
        GatewayError::Refused {
            status: self.code,
            messages: self.messages,
        }
    }

    pub(super) fn malformed(&self, what: &'static str) -> GatewayError {
        GatewayError::Malformed {
            status: self.http,
            what,
        }
    }
}
