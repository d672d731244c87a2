//! A message on its whole way, into the mailbox stand-in.

use super::{letters::letters, sending::config};
use crate::{
    mail::{Letter, MailError, Mailer, Message},
    standins::mailbox::{Faults, MailboxStandin, Options},
};
use purser_domain::user::Locale;
use uuid::Uuid;

async fn mailbox() -> (MailboxStandin, Mailer) {
    let any = "127.0.0.1:0".parse().unwrap();
    let options = Options {
        smtp_listen: any,
        http_listen: any,
        state_file: None,
    };
    let mailbox = MailboxStandin::start(options).await.unwrap();
    let mailer = Mailer::new(config(mailbox.smtp_addr())).unwrap();
    (mailbox, mailer)
}

fn letter(message: &Message, locale: Locale, number: u128) -> Letter {
    let rendered = letters().render(message, locale).unwrap();
    Letter {
        attachment: None,
        message_id: Uuid::from_u128(number),
        to: "budi@example.com".parse().unwrap(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        correlation_id: Uuid::from_u128(9),
        locale,
        at: "2026-08-24T10:00:00Z".parse().unwrap(),
    }
}

/// Line ends are the transport's.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().collect()
}

#[tokio::test]
async fn every_message_arrives_as_it_was_written() {
    let (mailbox, mailer) = mailbox().await;
    let mut sent = Vec::new();
    for (number, message) in Message::samples().iter().enumerate() {
        for locale in [Locale::Id, Locale::En] {
            let letter = letter(message, locale, number as u128);
            mailer.send(&letter).await.unwrap();
            sent.push(letter);
        }
    }
    let arrived = mailbox.messages();
    assert_eq!(arrived.len(), sent.len());
    for (arrived, sent) in arrived.iter().zip(&sent) {
        assert_eq!(
            (arrived.from.as_str(), &arrived.to),
            ("no-reply@example.id", &vec!["budi@example.com".to_owned()])
        );
        assert_eq!(arrived.subject(), sent.subject);
        assert_eq!(lines(&arrived.text().unwrap()), lines(&sent.text));
        assert_eq!(lines(&arrived.html().unwrap()), lines(&sent.html));
        assert_eq!(
            arrived.header("Message-ID").unwrap(),
            format!("<{}@example.id>", sent.message_id)
        );
        assert_eq!(
            arrived.header("X-Correlation-Id").unwrap(),
            sent.correlation_id.to_string()
        );
    }
}

#[tokio::test]
async fn a_name_in_any_script_arrives_whole() {
    let (mailbox, mailer) = mailbox().await;
    let mut letter = letter(
        &Message::Welcome {
            name: "Łucja 林 🌱".into(),
            verify_url: "https://panel.example.id/verify-email?token=1".into(),
        },
        Locale::Id,
        1,
    );
    letter.subject = "Selamat datang — ".to_owned() + &"selamat ".repeat(12) + "🌱";
    mailer.send(&letter).await.unwrap();
    let arrived = mailbox.messages().remove(0);
    assert_eq!(arrived.subject(), letter.subject.trim_end());
    assert!(arrived.text().unwrap().contains("Halo Łucja 林 🌱,"));
    assert!(arrived.html().unwrap().contains("Halo Łucja 林 🌱,"));
}

#[tokio::test]
async fn a_letter_whose_answer_was_lost_comes_again_under_the_same_id() {
    let (mailbox, mailer) = mailbox().await;
    let letter = letter(
        &Message::Welcome {
            name: "Budi".into(),
            verify_url: "https://panel.example.id/verify-email?token=1".into(),
        },
        Locale::En,
        7,
    );
    mailbox.set_fault(Faults {
        accept_then_drop: 1,
        ..Faults::default()
    });
    let error = mailer.send(&letter).await.unwrap_err();
    assert!(matches!(error, MailError::Unanswered { .. }), "{error:?}");
    mailer.send(&letter).await.unwrap();
    let ids: Vec<_> = mailbox
        .messages()
        .iter()
        .map(|message| message.header("Message-ID"))
        .collect();
    assert_eq!(
        ids,
        vec![Some("<00000000-0000-0000-0000-000000000007@example.id>".to_owned()); 2]
    );
}

#[tokio::test]
async fn faults_of_the_server_are_told_apart() {
    let (mailbox, mailer) = mailbox().await;
    let letter = letter(
        &Message::Welcome {
            name: "Budi".into(),
            verify_url: "https://panel.example.id/verify-email?token=1".into(),
        },
        Locale::En,
        7,
    );
    let everyone = || vec![String::new()];
    for (faults, permanent, code) in [
        (
            Faults {
                recipients_later: everyone(),
                ..Faults::default()
            },
            false,
            Some(451),
        ),
        (
            Faults {
                recipients_never: everyone(),
                ..Faults::default()
            },
            true,
            Some(550),
        ),
        (
            Faults {
                busy: true,
                ..Faults::default()
            },
            false,
            Some(421),
        ),
        (
            Faults {
                refuse: true,
                ..Faults::default()
            },
            false,
            None,
        ),
    ] {
        mailbox.set_fault(faults.clone());
        let error = mailer.send(&letter).await.unwrap_err();
        assert_eq!(
            (error.is_permanent(), error.code()),
            (permanent, code),
            "{faults:?}: {error:?}"
        );
    }
    mailbox.set_fault(Faults::default());
    mailer.send(&letter).await.unwrap();
    assert_eq!(mailbox.messages().len(), 1);
}
