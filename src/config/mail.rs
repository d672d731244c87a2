//! The mail server of Purser's own letters.

use super::{Environment, Secret};
use crate::mail::{MailConfig, MailTls};
use lettre::message::Mailbox;

pub(super) fn mail(env: &mut Environment) -> MailConfig {
    let tls = [
        ("none", MailTls::None),
        ("starttls", MailTls::StartTls),
        ("implicit", MailTls::Implicit),
    ];
    MailConfig {
        host: env.required("SMTP_HOST", "the mail server"),
        port: env.within("SMTP_PORT", 587, 1..=u16::MAX),
        user: env.get("SMTP_USER").map(str::to_owned),
        password: env.get("SMTP_PASS").map(Secret::new),
        tls: env.choose("SMTP_TLS", MailTls::StartTls, &tls),
        from: env.required_as::<Mailbox>("MAIL_FROM", "`Name <address>` of the sender"),
        timeout_ms: env.within("SMTP_TIMEOUT_MS", 20_000, 100..=600_000),
    }
}
