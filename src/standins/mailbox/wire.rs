//! Lines on a connection, never longer than allowed, whatever the other side sends.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// RFC 5321 4.5.3.2.7: a server waits at least five minutes for the next command.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) struct Wire(BufReader<TcpStream>);

#[derive(Debug)]
pub(super) enum Line {
    /// With its ending.
    Whole(Vec<u8>),
    /// Read to its end and forgotten; whether that end was a whole CRLF.
    TooLong {
        crlf: bool,
    },
    Closed,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    pub(super) async fn line(&mut self, longest: usize) -> io::Result<Line> {
        timeout(PATIENCE, self.unhurried_line(longest)).await?
    }

    async fn unhurried_line(&mut self, longest: usize) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut before = 0;
        loop {
            let waiting = self.0.fill_buf().await?;
            if waiting.is_empty() {
                return Ok(Line::Closed);
            }
            let end = waiting.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(waiting.len(), |end| end + 1);
            too_long |= line.len() + taken > longest;
            if !too_long {
                line.extend_from_slice(&waiting[..taken]);
            }
            let crlf = match end {
                Some(0) | None => before == b'\r',
                Some(end) => waiting[end - 1] == b'\r',
            };
            before = waiting[taken - 1];
            self.0.consume(taken);
            if end.is_some() {
                return Ok(if too_long {
                    Line::TooLong { crlf }
                } else {
                    Line::Whole(line)
                });
            }
        }
    }

    pub(super) async fn say(&mut self, reply: &str) -> io::Result<()> {
        self.0
            .get_mut()
            .write_all(format!("{reply}\r\n").as_bytes())
            .await
    }
}
