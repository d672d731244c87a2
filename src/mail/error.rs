use lettre::transport::smtp;
use std::{error::Error, path::PathBuf};

/// Why a letter was not taken. The server's words stay out: they like to repeat the recipient.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Later may be better: no connection, no permission to send, a 4xx reply. The letter was not taken.
    #[error("the mail server did not take the letter for now: {cause}")]
    Temporary { code: Option<u16>, cause: String },
    /// The letter was on its way, to its end or not, and no answer came to it, or none that can be read.
    #[error("the mail server may have taken the letter and did not say so: {cause}")]
    Unanswered { cause: String },
    /// This letter will never be taken: a 5xx reply to its sender, recipient or content.
    #[error("the mail server refused the letter for good: {cause}")]
    Permanent { code: Option<u16>, cause: String },
}

/// Settings no mailer can be made from.
#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    #[error("the sender is no address like Purser <no-reply@example.com>")]
    From,
    #[error("a user and a password belong together")]
    HalfCredentials,
    #[error("TLS to the mail server cannot be set up")]
    Tls(#[source] smtp::Error),
}

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    #[error("the mail template {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("the mail template {name} does not work")]
    Template {
        name: String,
        #[source]
        cause: minijinja::Error,
    },
    #[error("the mail template {name} gives nothing")]
    Empty { name: String },
}

/// Replies that are about us and not about the letter: sign-in needed, too weak or wrong.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

impl MailError {
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent { .. })
    }

    /// The reply's code, where there was a reply.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Temporary { code, .. } | Self::Permanent { code, .. } => *code,
            Self::Unanswered { .. } => None,
        }
    }

    /// Before the letter was named, nothing can be said against it.
    pub(super) fn connecting(error: &smtp::Error) -> Self {
        Self::Temporary {
            code: code(error),
            cause: cause(error),
        }
    }

    pub(super) fn sending(error: &smtp::Error) -> Self {
        let (code, cause) = (code(error), cause(error));
        let about_us = code.is_some_and(|code| ABOUT_US.contains(&code));
        if (error.is_permanent() && !about_us) || error.is_client() {
            Self::Permanent { code, cause }
        } else {
            Self::Temporary { code, cause }
        }
    }

    /// Once the letter itself was on its way. A reply with a code says what became of it.
    pub(super) fn handing_over(error: &smtp::Error) -> Self {
        match error.status() {
            Some(_) => Self::sending(error),
            None => Self::Unanswered {
                cause: cause(error),
            },
        }
    }

    /// Not done in time; `on_its_way` says whether the letter itself was.
    pub(super) fn silent(timeout_ms: u64, on_its_way: bool) -> Self {
        let cause = format!("not done within {timeout_ms} ms");
        match on_its_way {
            true => Self::Unanswered { cause },
            false => Self::Temporary { code: None, cause },
        }
    }

    pub(super) fn unwritable(what: &str) -> Self {
        Self::Permanent {
            code: None,
            cause: format!("the letter has no valid {what}"),
        }
    }
}

fn code(error: &smtp::Error) -> Option<u16> {
    error.status().map(u16::from)
}

fn cause(error: &smtp::Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    match code(error) {
        Some(code) => match enhanced(&text) {
            Some(detail) => format!("reply {code} {detail}"),
            None => format!("reply {code}"),
        },
        // The parser's complaint quotes the reply.
        None if error.is_response() => "an unreadable reply".to_owned(),
        None => text,
    }
}

/// The code at the head of a reply's text, like `5.1.1` (RFC 3463).
fn enhanced(text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let digits =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(digits)).then_some(word)
}
