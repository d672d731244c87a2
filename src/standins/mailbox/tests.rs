//! Over real sockets: lettre as the sender, and raw lines where lettre is too polite.

use std::{sync::Arc, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Outgoing, Tokio1Executor,
    message::MultiPart,
    transport::smtp::authentication::{Credentials, Mechanism},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

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

async fn mailbox() -> MailboxStandin {
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
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// What a client that sends these bytes and then closes gets to read.
async fn talk(mailbox: &MailboxStandin, said: &[u8]) -> String {
    let mut stream = TcpStream::connect(mailbox.smtp_addr()).await.unwrap();
    stream.write_all(said).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    heard
}

fn codes(heard: &str) -> Vec<&str> {
    heard
        .lines()
        .filter(|line| line.as_bytes().get(3) == Some(&b' '))
        .map(|line| &line[..3])
        .collect()
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
async fn pipelined_commands_are_answered_in_turn() {
    let mailbox = mailbox().await;
    let said = b"EHLO me\r\nMAIL FROM:<> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<@relay:b@example.com>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n\xe9\r\n.\r\nQUIT\r\n";
    let heard = talk(&mailbox, said).await;
    assert_eq!(
        codes(&heard),
        ["220", "250", "250", "250", "250", "354", "250", "221"],
        "{heard}"
    );
    for extension in [
        "PIPELINING",
        "8BITMIME",
        "SMTPUTF8",
        "SIZE 10485760",
        "AUTH PLAIN LOGIN",
    ] {
        assert!(heard.contains(extension), "{heard}");
    }
    let kept = &mailbox.messages()[0];
    assert_eq!((kept.from.as_str(), kept.to.len()), ("", 2));
    assert_eq!(kept.to[1], "b@example.com");
    assert_eq!(kept.raw, b"Subject: x\r\n\r\n.dot\r\n\xe9\r\n");
}

#[tokio::test]
async fn what_is_out_of_order_or_malformed_gets_its_code() {
    let mailbox = mailbox().await;
    let long = "x".repeat(13_000);
    let cases = [
        ("MAIL FROM:<a@example.com>", "503"),
        ("EHLO", "501"),
        ("HELO me", "250"),
        ("RCPT TO:<a@example.com>", "503"),
        ("DATA", "503"),
        ("NOOP anything", "250"),
        ("VRFY budi", "252"),
        ("EXPN all", "502"),
        ("STARTTLS", "502"),
        ("HELLO", "500"),
        (&long, "500"),
        ("AUTH CRAM-MD5", "504"),
        ("AUTH PLAIN !", "501"),
        ("MAIL FROM:a@example.com", "501"),
        ("MAIL FROM:<a@example.com> SIZE=99999999", "552"),
        ("MAIL FROM:<a@example.com> WHAT=ever", "555"),
        ("MAIL FROM:<é@example.com>", "553"),
        ("MAIL FROM:<é@example.com> SMTPUTF8", "250"),
        ("MAIL FROM:<a@example.com>", "503"),
        ("RCPT TO:<nobody>", "553"),
        ("RCPT TO:<Postmaster>", "250"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("QUIT now", "501"),
        ("quit", "221"),
    ];
    let said: String = cases
        .iter()
        .map(|(line, _)| format!("{line}\r\n"))
        .collect();
    let heard = talk(&mailbox, said.as_bytes()).await;
    let expected: Vec<&str> = std::iter::once("220")
        .chain(cases.iter().map(|(_, code)| *code))
        .collect();
    assert_eq!(codes(&heard), expected, "{heard}");
    assert!(mailbox.messages().is_empty());
}

#[tokio::test]
async fn a_message_is_refused_for_smuggling_length_and_size() {
    let mailbox = mailbox().await;
    let said = |body: &str| {
        format!(
            "EHLO me\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\n{body}\r\n.\r\nQUIT\r\n"
        )
    };
    let smuggled = talk(&mailbox, said("hello\n.\r\nMAIL FROM:<x@y.z>").as_bytes()).await;
    assert_eq!(codes(&smuggled)[5..], ["554", "221"], "{smuggled}");
    let long = talk(&mailbox, said(&"x".repeat(1_001)).as_bytes()).await;
    assert_eq!(codes(&long)[5..], ["500", "221"], "{long}");
    let line = format!("{}\r\n", "x".repeat(998));
    let big = talk(&mailbox, said(&line.repeat(10_600)).as_bytes()).await;
    assert_eq!(codes(&big)[5..], ["552", "221"], "{big}");
    assert!(mailbox.messages().is_empty());
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
