//! The mailer over a real socket.

use super::server::{HANGS_UP, SILENCE, SmtpServer};
use crate::{
    config::Secret,
    mail::{Letter, MailConfig, MailError, MailTls, Mailer},
};
use purser_domain::user::Locale;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use uuid::Uuid;

pub(super) fn config(address: SocketAddr) -> MailConfig {
    MailConfig {
        host: address.ip().to_string(),
        port: address.port(),
        user: None,
        password: None,
        tls: MailTls::None,
        from: "Warung Awan <no-reply@example.id>".into(),
        timeout_ms: 10_000,
    }
}

fn mailer(server: &SmtpServer) -> Mailer {
    Mailer::new(config(server.address)).unwrap()
}

fn letter() -> Letter {
    Letter {
        attachment: None,
        message_id: Uuid::from_u128(7),
        to: "budi@example.com".parse().unwrap(),
        subject: "Your WordPress is ready".into(),
        text: "Hello Budi,\n.\nYour app is running.\n".into(),
        html: "<p>Hello Budi</p>".into(),
        correlation_id: Uuid::from_u128(9),
        locale: Locale::En,
        at: "2026-08-24T10:00:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_letter_arrives_with_its_headers_and_both_forms() {
    let server = SmtpServer::start().await;
    mailer(&server).send(&letter()).await.unwrap();
    let message = server.messages().remove(0);
    for line in [
        "From: \"Warung Awan\" <no-reply@example.id>\r\n",
        "To: budi@example.com\r\n",
        "Subject: Your WordPress is ready\r\n",
        "Date: Mon, 24 Aug 2026 10:00:00 +0000\r\n",
        "Message-ID: <00000000-0000-0000-0000-000000000007@example.id>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "X-Correlation-Id: 00000000-0000-0000-0000-000000000009\r\n",
        "Content-Language: en\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
        "Your app is running.",
        "<p>Hello Budi</p>",
    ] {
        assert!(message.contains(line), "{line} is not in {message}");
    }
    assert!(message.contains("multipart/alternative"));
    assert!(
        message.contains("\r\n..\r\n"),
        "a lone dot is doubled on the way: {message}"
    );
    let lines = server.lines();
    assert!(
        lines.contains(&"MAIL FROM:<no-reply@example.id>".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"RCPT TO:<budi@example.com>".to_owned()),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_subject_stays_one_header_and_foreign_letters_are_encoded() {
    let server = SmtpServer::start().await;
    let mut letter = letter();
    letter.subject = "Siap\r\nBcc: all@example.com\r\n\r\nbody — ✓".into();
    letter.text = "Terima kasih — ✓".into();
    mailer(&server).send(&letter).await.unwrap();
    let message = server.messages().remove(0);
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("\r\nBcc:"), "{head}");
    assert!(
        head.contains("Subject: Siap Bcc: all@example.com body =?utf-8?"),
        "{head}"
    );
    assert!(
        message.is_ascii() && body.contains("Terima kasih"),
        "{message}"
    );
    assert!(
        !server
            .lines()
            .iter()
            .any(|line| line.contains("all@example.com"))
    );
}

#[tokio::test]
async fn letters_share_a_connection_and_a_closed_one_is_replaced() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    mailer.send(&letter()).await.unwrap();
    mailer.send(&letter()).await.unwrap();
    assert_eq!((server.connections(), server.messages().len()), (1, 2));
    server.replies("NOOP", "421 4.3.2 going down");
    mailer.send(&letter()).await.unwrap();
    assert_eq!((server.connections(), server.messages().len()), (2, 3));
}

#[tokio::test]
async fn a_refused_recipient_or_content_is_permanent_and_a_busy_server_is_not() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    for (step, reply, permanent, code) in [
        (
            "RCPT",
            "550 5.1.1 <budi@example.com> no such user",
            true,
            550,
        ),
        ("MAIL", "553 5.1.8 sender refused", true, 553),
        ("CONTENT", "554 5.7.1 looks like spam", true, 554),
        ("DATA", "552 too large", true, 552),
        ("RCPT", "450 4.2.1 <budi@example.com> is busy", false, 450),
        ("CONTENT", "451-4.3.0 try\r\n451 4.3.0 later", false, 451),
        ("MAIL", "530 5.7.0 sign in first", false, 530),
        ("EHLO", "554 5.5.0 not you", false, 554),
        ("GREETING", "421 4.3.2 too many connections", false, 421),
    ] {
        server.replies(step, reply);
        let error = mailer.send(&letter()).await.unwrap_err();
        assert_eq!(
            (error.is_permanent(), error.code()),
            (permanent, Some(code)),
            "{reply}: {error:?}"
        );
        assert!(!error.to_string().contains("budi"), "{error}");
        let usual = match step {
            "GREETING" => "220 ready",
            "DATA" => "354 go on",
            _ => "250 fine",
        };
        server.replies(step, usual);
    }
    mailer.send(&letter()).await.unwrap();
}

#[tokio::test]
async fn the_reply_is_told_by_its_codes() {
    let server = SmtpServer::start().await;
    server.replies("RCPT", "550 5.1.1 <budi@example.com> no such user");
    let error = mailer(&server).send(&letter()).await.unwrap_err();
    let told = "the mail server refused the letter for good: reply 550 5.1.1";
    assert_eq!(error.to_string(), told);
}

#[tokio::test]
async fn a_server_that_falls_silent_costs_the_time_limit_and_its_late_answer_is_never_read() {
    let server = SmtpServer::start().await;
    let mut config = config(server.address);
    config.timeout_ms = 300;
    let mailer = Mailer::new(config).unwrap();
    mailer.send(&letter()).await.unwrap();
    for step in ["CONTENT", "RCPT", "GREETING"] {
        server.replies(step, SILENCE);
        let error = mailer.send(&letter()).await.unwrap_err();
        let told = match step {
            "CONTENT" => matches!(error, MailError::Unanswered { .. }),
            _ => matches!(error, MailError::Temporary { code: None, .. }),
        };
        assert!(told, "{step}: {error:?}");
        server.replies(
            step,
            if step == "GREETING" {
                "220 ready"
            } else {
                "250 fine"
            },
        );
    }
    let before = server.connections();
    server.replies("CONTENT", "554 5.7.1 no");
    let error = mailer.send(&letter()).await.unwrap_err();
    assert_eq!(error.code(), Some(554), "{error:?}");
    assert_eq!(server.connections(), before + 1);
}

#[tokio::test]
async fn a_letter_whose_answer_is_lost_may_have_been_taken() {
    let server = SmtpServer::start().await;
    for answer in [HANGS_UP, "gibberish for budi@example.com"] {
        server.replies("CONTENT", answer);
        let error = mailer(&server).send(&letter()).await.unwrap_err();
        assert!(matches!(error, MailError::Unanswered { .. }), "{error:?}");
        assert!(!error.is_permanent() && error.code().is_none());
        assert!(!error.to_string().contains("budi"), "{error}");
    }
    assert_eq!(server.messages().len(), 2);
    for step in ["MAIL", "RCPT", "DATA"] {
        server.replies(step, HANGS_UP);
        let error = mailer(&server).send(&letter()).await.unwrap_err();
        assert!(matches!(error, MailError::Temporary { .. }), "{error:?}");
        server.replies(
            step,
            if step == "DATA" {
                "354 go on"
            } else {
                "250 fine"
            },
        );
    }
    assert_eq!(server.messages().len(), 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_ends_early_is_temporary() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Mailer::new(config(address))
        .unwrap()
        .send(&letter())
        .await
        .unwrap_err();
    assert!(
        matches!(error, MailError::Temporary { code: None, .. }),
        "{error:?}"
    );
    let server = SmtpServer::start().await;
    server.replies("RCPT", "gibberish for budi@example.com");
    let error = mailer(&server).send(&letter()).await.unwrap_err();
    assert!(
        matches!(error, MailError::Temporary { code: None, .. }),
        "{error:?}"
    );
    assert!(!error.to_string().contains("budi"), "{error}");
}

#[tokio::test]
async fn signing_in_comes_first_and_its_refusal_is_not_the_letters_fault() {
    let server = SmtpServer::start().await;
    let mut config = config(server.address);
    config.user = Some("purser".into());
    config.password = Some(Secret::new("hunter2"));
    let mailer = Mailer::new(config.clone()).unwrap();
    mailer.send(&letter()).await.unwrap();
    let signed_in = server
        .lines()
        .iter()
        .any(|line| line == "AUTH PLAIN AHB1cnNlcgBodW50ZXIy");
    assert!(signed_in, "{:?}", server.lines());
    server.replies("AUTH", "535 5.7.8 wrong");
    let error = Mailer::new(config.clone())
        .unwrap()
        .send(&letter())
        .await
        .unwrap_err();
    assert_eq!((error.is_permanent(), error.code()), (false, Some(535)));
    assert!(!format!("{config:?}").contains("hunter2"));
    config.password = None;
    assert!(Mailer::new(config).is_err());
}

#[tokio::test]
async fn without_starttls_nothing_is_sent_in_the_clear() {
    let server = SmtpServer::start().await;
    let mut config = config(server.address);
    config.tls = MailTls::StartTls;
    let error = Mailer::new(config)
        .unwrap()
        .send(&letter())
        .await
        .unwrap_err();
    assert!(!error.is_permanent(), "{error:?}");
    assert!(
        !server
            .lines()
            .iter()
            .any(|line| line.starts_with("MAIL") || line.starts_with("AUTH"))
    );
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gets_nothing_where_tls_is_asked_for() {
    let server = SmtpServer::start().await;
    let mut config = config(server.address);
    config.tls = MailTls::Implicit;
    let error = Mailer::new(config)
        .unwrap()
        .send(&letter())
        .await
        .unwrap_err();
    assert!(
        matches!(error, MailError::Temporary { code: None, .. }),
        "{error:?}"
    );
    assert!(server.messages().is_empty());
}

#[tokio::test]
async fn a_date_no_mail_can_bear_is_refused() {
    let server = SmtpServer::start().await;
    for at in ["1969-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"] {
        let mut letter = letter();
        letter.at = at.parse().unwrap();
        assert!(
            mailer(&server)
                .send(&letter)
                .await
                .unwrap_err()
                .is_permanent()
        );
    }
    assert_eq!(server.connections(), 0);
}
