//! An SMTP server that answers as the test wants and keeps what it was given.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Instead of a reply: say nothing, and keep the line open.
pub(super) const SILENCE: &str = "";
/// Instead of a reply: end the conversation.
pub(super) const HANGS_UP: &str = "-";

#[derive(Default)]
struct Book {
    replies: Mutex<HashMap<&'static str, &'static str>>,
    lines: Mutex<Vec<String>>,
    messages: Mutex<Vec<String>>,
    connections: Mutex<usize>,
}

/// It ends with the test.
pub(super) struct SmtpServer {
    pub(super) address: SocketAddr,
    book: Arc<Book>,
    task: JoinHandle<()>,
}

impl SmtpServer {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let book = Arc::<Book>::default();
        let kept = Arc::clone(&book);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *kept.connections.lock().unwrap() += 1;
                let book = Arc::clone(&kept);
                tokio::spawn(async move { book.serve(stream).await });
            }
        });
        Self {
            address,
            book,
            task,
        }
    }

    /// From now on this is the reply to `GREETING`, `CONTENT` or a command.
    pub(super) fn replies(&self, to: &'static str, reply: &'static str) {
        self.book.replies.lock().unwrap().insert(to, reply);
    }

    pub(super) fn messages(&self) -> Vec<String> {
        self.book.messages.lock().unwrap().clone()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.book.lines.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        *self.book.connections.lock().unwrap()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Book {
    fn reply(&self, to: &str) -> &'static str {
        let usual = match to {
            "GREETING" => "220 ready",
            "EHLO" => "250-here\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 2.0.0 fine",
        };
        self.replies
            .lock()
            .unwrap()
            .get(to)
            .copied()
            .unwrap_or(usual)
    }

    /// One conversation, to its end or to a silence.
    async fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let mut asked = "GREETING".to_owned();
        loop {
            let reply = self.reply(&asked);
            if reply == HANGS_UP {
                return;
            }
            if reply != SILENCE
                && stream
                    .write_all(format!("{reply}\r\n").as_bytes())
                    .await
                    .is_err()
            {
                return;
            }
            if asked == "DATA" && reply.starts_with('3') {
                let Some(message) = content(&mut stream).await else {
                    return;
                };
                self.messages.lock().unwrap().push(message);
                asked = "CONTENT".to_owned();
                continue;
            }
            let mut line = String::new();
            if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                return;
            }
            asked = line
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_uppercase();
            self.lines.lock().unwrap().push(line.trim_end().to_owned());
        }
    }
}

async fn content(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        match stream.read_line(&mut line).await {
            Ok(1..) if line == ".\r\n" => return Some(message),
            Ok(1..) => message.push_str(&line),
            _ => return None,
        }
    }
}
