//! One SMTP conversation.

use std::{io, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::net::TcpStream;

use super::{
    command::{self, Command},
    shelf::Shelf,
    wire::{Line, Wire},
};

/// Of a message, told in EHLO.
const MOST_BYTES: usize = 10 * 1024 * 1024;
/// RFC 5321 4.5.3.1.6, with CRLF.
const LONGEST_TEXT_LINE: usize = 1_000;
/// Room for every extension's parameters, and for SASL (RFC 4954 4).
const LONGEST_COMMAND: usize = 12_288;
const MOST_RECIPIENTS: usize = 100;

struct Session {
    wire: Wire,
    shelf: Arc<Shelf>,
    greeted: bool,
    logged_in: bool,
    envelope: Option<Envelope>,
}

#[derive(Default)]
struct Envelope {
    from: String,
    to: Vec<String>,
    utf8: bool,
}

/// The connection is over.
struct Over;

pub(super) async fn hold(stream: TcpStream, shelf: Arc<Shelf>) {
    let faults = shelf.faults();
    if faults.refuse {
        return;
    }
    let mut session = Session {
        wire: Wire::new(stream),
        shelf,
        greeted: false,
        logged_in: false,
        envelope: None,
    };
    let held = async {
        if faults.busy {
            return session.reply("421 4.3.2 Too busy, try again later").await;
        }
        session
            .reply("220 mailbox.localhost ESMTP Purser stand-in")
            .await?;
        while session.turn().await?.is_ok() {}
        Ok(())
    };
    if let Err(error) = held.await {
        tracing::debug!(%error, "a mail session broke off");
    }
}

impl Session {
    async fn reply(&mut self, reply: &str) -> io::Result<()> {
        tokio::time::sleep(Duration::from_millis(self.shelf.faults().slow_ms)).await;
        self.wire.say(reply).await
    }

    async fn turn(&mut self) -> io::Result<Result<(), Over>> {
        let line = match self.wire.line(LONGEST_COMMAND).await? {
            Line::Closed => return Ok(Err(Over)),
            Line::TooLong { .. } => return self.reply("500 5.5.6 Line too long").await.map(Ok),
            Line::Whole(line) => line,
        };
        let Ok(line) = String::from_utf8(line) else {
            return self.reply("500 5.5.2 That is not UTF-8").await.map(Ok);
        };
        let command = match command::parse(line.trim_end_matches(['\r', '\n'])) {
            Ok(command) => command,
            Err(complaint) => return self.reply(complaint).await.map(Ok),
        };
        match command {
            Command::Quit => {
                self.reply("221 2.0.0 Bye").await?;
                return Ok(Err(Over));
            }
            Command::Data
                if self
                    .envelope
                    .as_ref()
                    .is_some_and(|envelope| !envelope.to.is_empty()) =>
            {
                return self.data().await;
            }
            Command::Auth { mechanism, initial } => self.auth(&mechanism, initial).await?,
            Command::Ehlo => self.ehlo().await?,
            other => {
                let reply = self.answer(other);
                self.reply(reply).await?;
            }
        }
        Ok(Ok(()))
    }

    fn answer(&mut self, command: Command) -> &'static str {
        let faults = self.shelf.faults();
        match (command, &mut self.envelope) {
            (Command::Helo, envelope) => {
                *envelope = None;
                self.greeted = true;
                "250 mailbox.localhost"
            }
            (Command::Rset, envelope) => {
                *envelope = None;
                "250 2.0.0 Forgotten"
            }
            (Command::Noop, _) => "250 2.0.0 OK",
            (Command::Vrfy, _) => "252 2.1.5 Send some mail, I will try my best",
            (Command::Help, _) => "214 2.0.0 RFC 5321",
            (Command::Mail { .. }, _) if !self.greeted => "503 5.5.1 EHLO first",
            (Command::Mail { .. }, _) if !self.logged_in && self.shelf.asks_for_login() => {
                "530 5.7.0 Authentication required"
            }
            (Command::Mail { .. }, Some(_)) => "503 5.5.1 One message at a time",
            (Command::Mail { size, .. }, None) if size > MOST_BYTES => "552 5.3.4 Message too big",
            (Command::Mail { from, utf8, .. }, envelope) => {
                *envelope = Some(Envelope {
                    from,
                    to: Vec::new(),
                    utf8,
                });
                "250 2.1.0 OK"
            }
            (Command::Rcpt { .. }, None) => "503 5.5.1 MAIL first",
            (Command::Rcpt { to }, Some(envelope)) if !envelope.utf8 && !to.is_ascii() => {
                "553 5.6.7 SMTPUTF8 was not asked for"
            }
            (Command::Rcpt { .. }, Some(envelope)) if envelope.to.len() >= MOST_RECIPIENTS => {
                "452 4.5.3 Too many recipients"
            }
            (Command::Rcpt { to }, _) if faults.never(&to) => "550 5.1.1 No such mailbox",
            (Command::Rcpt { to }, _) if faults.later(&to) => {
                "451 4.2.1 Mailbox busy, try again later"
            }
            (Command::Rcpt { to }, Some(envelope)) => {
                envelope.to.push(to);
                "250 2.1.5 OK"
            }
            // Those that can be answered well never come here.
            (Command::Data | Command::Quit | Command::Ehlo | Command::Auth { .. }, _) => {
                "503 5.5.1 MAIL and RCPT first"
            }
        }
    }

    async fn ehlo(&mut self) -> io::Result<()> {
        self.greeted = true;
        self.envelope = None;
        let extensions = [
            "PIPELINING",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            "AUTH PLAIN LOGIN",
        ];
        let mut reply = String::from("250-mailbox.localhost\r\n");
        for extension in extensions {
            reply.push_str(&format!("250-{extension}\r\n"));
        }
        reply.push_str(&format!("250 SIZE {MOST_BYTES}"));
        self.reply(&reply).await
    }

    async fn auth(&mut self, mechanism: &str, initial: Option<String>) -> io::Result<()> {
        if !self.greeted || self.logged_in || self.envelope.is_some() {
            return self.reply("503 5.5.1 Not now").await;
        }
        let given = if mechanism == "PLAIN" {
            let whole = match initial {
                Some(whole) => decode(&whole),
                None => self.ask("334 ").await?,
            };
            whole.and_then(|whole| {
                let mut parts = whole.split('\0').skip(1).map(str::to_owned);
                parts.next().zip(parts.next())
            })
        } else {
            let user = match initial {
                Some(user) => decode(&user),
                None => self.ask("334 VXNlcm5hbWU6").await?,
            };
            match user {
                Some(user) => self
                    .ask("334 UGFzc3dvcmQ6")
                    .await?
                    .map(|password| (user, password)),
                None => None,
            }
        };
        let reply = match given {
            Some((user, password)) if self.shelf.knows(&user, &password) => {
                self.logged_in = true;
                "235 2.7.0 Welcome"
            }
            Some(_) => "535 5.7.8 Wrong user or password",
            None => "501 5.5.2 Cannot read that",
        };
        self.reply(reply).await
    }

    /// One more line of a login; `None` when it is called off or unreadable.
    async fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        self.reply(prompt).await?;
        match self.wire.line(LONGEST_COMMAND).await? {
            Line::Whole(line) => Ok(std::str::from_utf8(&line)
                .ok()
                .and_then(|line| decode(line.trim()))),
            Line::TooLong { .. } => Ok(None),
            Line::Closed => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    async fn data(&mut self) -> io::Result<Result<(), Over>> {
        self.reply("354 End with a dot on a line of its own")
            .await?;
        let mut raw = Vec::new();
        let mut refusal = None;
        let mut after_crlf = true;
        loop {
            let line = match self.wire.line(LONGEST_TEXT_LINE + 1).await? {
                Line::Closed => return Ok(Err(Over)),
                Line::TooLong { crlf } => {
                    refusal = Some("500 5.5.6 Line too long");
                    after_crlf = crlf;
                    continue;
                }
                Line::Whole(line) => line,
            };
            if after_crlf && line == b".\r\n" {
                break;
            }
            // A lone line feed could hide a second message behind a false end of this one.
            after_crlf = line.ends_with(b"\r\n");
            if !after_crlf {
                refusal = Some("554 5.6.0 Lines must end with CRLF");
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            if raw.len() + line.len() > MOST_BYTES {
                refusal = Some("552 5.3.4 Message too big");
            }
            if refusal.is_none() {
                raw.extend_from_slice(line);
            }
        }
        let envelope = self.envelope.take().unwrap_or_default();
        if let Some(refusal) = refusal {
            return self.reply(refusal).await.map(Ok);
        }
        let id = self.shelf.add(envelope.from, envelope.to, raw);
        if self.shelf.drops_after_accepting() {
            return Ok(Err(Over));
        }
        self.reply(&format!("250 2.0.0 Kept as {id}")).await.map(Ok)
    }
}

fn decode(text: &str) -> Option<String> {
    let text = if text == "=" { "" } else { text };
    STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
}
