//! The server's side of the protocol, line by line.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{super::MailboxStandin, mailbox};

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
