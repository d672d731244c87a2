//! A message as it arrived, and what a person or a test wants to know of it.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use mailparse::{DispositionType, MailHeaderMap, ParsedMail};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Counts arrivals, from 1.
    pub id: u64,
    /// The envelope's sender; empty for a bounce.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    pub received_at: DateTime<Utc>,
    /// As sent, with CRLF, without the dots of the transfer.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub raw: Vec<u8>,
}

impl Message {
    /// The first header of this name, decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        self.parsed()?.headers.get_first_value(name)
    }

    /// All headers in order, decoded.
    pub fn headers(&self) -> Vec<(String, String)> {
        let headers = self.parsed().map(|mail| {
            mail.headers
                .iter()
                .map(|header| (header.get_key(), header.get_value()))
                .collect()
        });
        headers.unwrap_or_default()
    }

    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The body as plain text, if the message has one.
    pub fn text(&self) -> Option<String> {
        self.body("text/plain")
    }

    pub fn html(&self) -> Option<String> {
        self.body("text/html")
    }

    fn body(&self, mimetype: &str) -> Option<String> {
        let mail = self.parsed()?;
        let wanted = |part: &&ParsedMail<'_>| {
            part.ctype.mimetype == mimetype
                && part.get_content_disposition().disposition != DispositionType::Attachment
        };
        mail.parts().find(wanted)?.get_body().ok()
    }

    fn parsed(&self) -> Option<ParsedMail<'_>> {
        mailparse::parse_mail(&self.raw).ok()
    }
}

fn to_base64<S: Serializer>(raw: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(raw))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD
        .decode(String::deserialize(deserializer)?)
        .map_err(D::Error::custom)
}
