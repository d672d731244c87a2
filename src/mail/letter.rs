use super::{error::MailError, one_line::one_line};
use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use purser_domain::{text::Email, user::Locale};
use std::time::{Duration, UNIX_EPOCH};
use uuid::Uuid;

/// The last second the date of a mail can name: the end of the year 9999.
const LATEST: u64 = 253_402_300_799;

/// One letter to one person. Sent twice with the same `message_id`, it is one letter to a mailbox that
/// looks at Message-IDs.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Derived from what the letter tells, so that a second try has the same one.
    pub message_id: Uuid,
    pub to: Email,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub attachment: Option<Attachment>,
    pub correlation_id: Uuid,
    pub locale: Locale,
    /// The date it bears: when what it tells happened.
    pub at: DateTime<Utc>,
}

/// A PDF that comes with a letter.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Letter {
    pub(super) fn compose(&self, from: &Mailbox) -> Result<Message, MailError> {
        let to: Address = self
            .to
            .as_str()
            .parse()
            .map_err(|_| MailError::unwritable("recipient"))?;
        let seconds = u64::try_from(self.at.timestamp())
            .ok()
            .filter(|seconds| *seconds <= LATEST);
        let seconds = seconds.ok_or_else(|| MailError::unwritable("date"))?;
        Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.subject))
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!(
                "<{}@{}>",
                self.message_id,
                from.email.domain()
            )))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Correlation-Id", &self.correlation_id.to_string()))
            .raw_header(header("Content-Language", self.locale.as_str()))
            .multipart(self.body()?)
            .map_err(|_| MailError::unwritable("form"))
    }
}

impl Letter {
    /// The two forms of the text, and beside them what is attached.
    fn body(&self) -> Result<MultiPart, MailError> {
        let words = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        let Some(attachment) = &self.attachment else {
            return Ok(words);
        };
        let kind = ContentType::parse("application/pdf");
        let kind = kind.map_err(|_| MailError::unwritable("attachment"))?;
        let file = lettre::message::Attachment::new(attachment.name.clone());
        let file = file.body(attachment.bytes.clone(), kind);
        Ok(MultiPart::mixed().multipart(words).singlepart(file))
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
