//! Over real sockets: lettre as the sender here, raw lines in `dialogue` where lettre is too polite.

mod dialogue;

use std::{sync::Arc, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Outgoing, Tokio1Executor,
    message::MultiPart,
    transport::smtp::authentication::{Credentials, Mechanism},
};
use serde_json::Value;

use super::*;

const LONG: Duration = Duration::from_secs(30);

async fn mailbox_with(state_file: Option<PathBuf>) -> MailboxStandin {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    MailboxStandin::start(Options {
        smtp_listen: any,
        http_listen: any,
        state_file,
    })
    .await
    .unwrap()
}

pub(super) async fn mailbox() -> MailboxStandin {
    mailbox_with(None).await
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

fn builder(mailbox: &MailboxStandin) -> lettre::transport::smtp::AsyncSmtpTransportBuilder {
    Transport::builder_dangerous("127.0.0.1")
        .port(mailbox.smtp_addr().port())
        .timeout(Some(LONG))
}

fn mail(to: &str) -> Outgoing {
    let body = MultiPart::alternative_plain_html(
        "Halo Budi,\n.titik\nKredit Anda: Rp 10.000 ✓".to_owned(),
        format!("<p>Halo {}</p><script>x()</script>", "é".repeat(600)),
    );
    let builder = Outgoing::builder()
        .from("Purser <no-reply@purser.example>".parse().unwrap())
        .to(to.parse().unwrap());
    builder
        .subject("Pembayaran diterima – terima kasih, René ✓")
        .multipart(body)
        .unwrap()
}

async fn json(url: String) -> Value {
    crate::choose_crypto();
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_mail_is_kept_and_can_be_read_in_every_form() {
    let mailbox = mailbox().await;
    builder(&mailbox)
        .build()
        .send(mail("Budi <budi@example.com>"))
        .await
        .unwrap();
    let message = mailbox
        .wait_for(|message| message.to == ["budi@example.com"], LONG)
        .await
        .unwrap();
    assert_eq!(message.from, "no-reply@purser.example");
    assert_eq!(
        message.subject(),
        "Pembayaran diterima – terima kasih, René ✓"
    );
    assert_eq!(
        message.text().unwrap().replace("\r\n", "\n").trim_end(),
        "Halo Budi,\n.titik\nKredit Anda: Rp 10.000 ✓"
    );
    assert!(message.html().unwrap().contains(&"é".repeat(600)));

    let list = json(format!("{}/api/messages?to=BUDI", mailbox.url())).await;
    assert_eq!(
        list[0]["subject"],
        "Pembayaran diterima – terima kasih, René ✓"
    );
    assert_eq!(
        json(format!("{}/api/messages?to=siti", mailbox.url())).await,
        serde_json::json!([])
    );
    let whole = json(format!("{}/api/messages/{}", mailbox.url(), message.id)).await;
    assert!(
        whole["raw"].as_str().unwrap().starts_with("From: "),
        "{whole}"
    );

    let get = async |path: String| {
        reqwest::get(format!("{}{path}", mailbox.url()))
            .await
            .unwrap()
    };
    assert!(
        get("/".to_owned())
            .await
            .text()
            .await
            .unwrap()
            .contains("terima kasih")
    );
    let page = get(format!("/messages/{}", message.id)).await;
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    let page = page.text().await.unwrap();
    assert!(
        page.contains("<iframe sandbox")
            && page.contains("srcdoc=\"&lt;p&gt;")
            && !page.contains("<script>"),
        "{page}"
    );
    assert_eq!(
        get(format!("/messages/{}/raw", message.id))
            .await
            .bytes()
            .await
            .unwrap(),
        message.raw
    );
    assert_eq!(get("/messages/99".to_owned()).await.status(), 404);

    reqwest::Client::new()
        .delete(format!("{}/api/messages", mailbox.url()))
        .send()
        .await
        .unwrap();
    assert!(mailbox.messages().is_empty());
}

#[tokio::test]
async fn one_connection_carries_many_mails() {
    let mailbox = mailbox().await;
    let transport = builder(&mailbox).build();
    for index in 0..5 {
        transport
            .send(mail(&format!("u{index}@example.com")))
            .await
            .unwrap();
    }
    let to: Vec<String> = mailbox
        .messages()
        .into_iter()
        .flat_map(|message| message.to)
        .collect();
    assert_eq!(
        to,
        [
            "u0@example.com",
            "u1@example.com",
            "u2@example.com",
            "u3@example.com",
            "u4@example.com"
        ]
    );
}

#[tokio::test]
async fn a_login_is_asked_for_when_one_is_set() {
    let mailbox = mailbox().await;
    let login = |password: &str, mechanism| {
        let credentials = Credentials::new("purser".to_owned(), password.to_owned());
        builder(&mailbox)
            .credentials(credentials)
            .authentication(vec![mechanism])
            .build()
    };
    login("anything", Mechanism::Plain)
        .send(mail("a@example.com"))
        .await
        .unwrap();
    mailbox.set_login(Some(("purser".to_owned(), "right".to_owned())));
    for mechanism in [Mechanism::Plain, Mechanism::Login] {
        login("right", mechanism)
            .send(mail("a@example.com"))
            .await
            .unwrap();
        let refused = login("wrong", mechanism)
            .send(mail("a@example.com"))
            .await
            .unwrap_err();
        assert_eq!(refused.status().unwrap().to_string(), "535");
    }
    let refused = builder(&mailbox)
        .build()
        .send(mail("a@example.com"))
        .await
        .unwrap_err();
    assert_eq!(refused.status().unwrap().to_string(), "530");
    assert_eq!(mailbox.messages().len(), 3);
}

#[tokio::test]
async fn recipients_are_refused_for_now_or_for_good() {
    let mailbox = mailbox().await;
    let transport = builder(&mailbox).build();
    mailbox.set_fault(Faults {
        recipients_later: vec!["later@".to_owned()],
        recipients_never: vec!["never@".to_owned()],
        ..Faults::default()
    });
    let later = transport.send(mail("later@example.com")).await.unwrap_err();
    assert!(
        later.is_transient() && later.status().unwrap().to_string() == "451",
        "{later}"
    );
    let never = transport.send(mail("never@example.com")).await.unwrap_err();
    assert!(
        never.is_permanent() && never.status().unwrap().to_string() == "550",
        "{never}"
    );
    transport.send(mail("now@example.com")).await.unwrap();
    assert_eq!(mailbox.messages().len(), 1);
}

#[tokio::test]
async fn a_server_may_be_busy_closed_or_slow() {
    let mailbox = mailbox().await;
    mailbox.set_fault(Faults {
        busy: true,
        ..Faults::default()
    });
    let busy = builder(&mailbox)
        .build()
        .send(mail("a@example.com"))
        .await
        .unwrap_err();
    assert_eq!(busy.status().unwrap().to_string(), "421");
    mailbox.set_fault(Faults {
        refuse: true,
        ..Faults::default()
    });
    assert!(
        builder(&mailbox)
            .build()
            .send(mail("a@example.com"))
            .await
            .is_err()
    );
    mailbox.set_fault(Faults {
        slow_ms: 60_000,
        ..Faults::default()
    });
    let transport = builder(&mailbox).build();
    let slow = transport.send(mail("a@example.com"));
    assert!(
        tokio::time::timeout(Duration::from_millis(100), slow)
            .await
            .is_err()
    );
    mailbox.set_fault(Faults::default());
    builder(&mailbox)
        .build()
        .send(mail("a@example.com"))
        .await
        .unwrap();
    assert_eq!(mailbox.messages().len(), 1);
}

#[tokio::test]
async fn a_mail_can_be_taken_without_a_word() {
    let mailbox = mailbox().await;
    mailbox.set_fault(Faults {
        accept_then_drop: 1,
        ..Faults::default()
    });
    let transport = builder(&mailbox).build();
    let lost = transport.send(mail("a@example.com")).await.unwrap_err();
    assert!(!lost.is_permanent() && lost.status().is_none(), "{lost:?}");
    assert_eq!(mailbox.messages().len(), 1);
    transport.send(mail("a@example.com")).await.unwrap();
    assert_eq!(mailbox.messages().len(), 2);
}

#[tokio::test]
async fn mails_survive_a_restart() {
    let folder = std::env::temp_dir().join(format!("purser-mailbox-{}", uuid::Uuid::now_v7()));
    let file = Some(folder.join("mail.json"));
    let first = mailbox_with(file.clone()).await;
    builder(&first)
        .build()
        .send(mail("a@example.com"))
        .await
        .unwrap();
    let kept = first.messages();
    first.stop().await;
    let second = mailbox_with(file).await;
    assert_eq!(second.messages(), kept);
    builder(&second)
        .build()
        .send(mail("b@example.com"))
        .await
        .unwrap();
    assert_eq!(second.messages()[1].id, 2);
    drop(second);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn waiting_ends_with_the_mail_or_with_patience() {
    let mailbox = Arc::new(mailbox().await);
    let missing = mailbox
        .wait_for(|_| true, Duration::from_millis(10))
        .await
        .unwrap_err();
    assert!(missing.to_string().contains("no such mail"));
    let waiting = tokio::spawn({
        let mailbox = Arc::clone(&mailbox);
        async move {
            mailbox
                .wait_for(|message| message.subject().contains("René"), LONG)
                .await
        }
    });
    builder(&mailbox)
        .build()
        .send(mail("a@example.com"))
        .await
        .unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().id, 1);
}
