//! Connections on which nothing moves are closed: poem sets no clock to hyper, so whoever sends half a request, or nothing at
//! all, or a byte from time to time, would hold his connection for ever.

use poem::{
    http::uri::Scheme,
    listener::Acceptor,
    web::{LocalAddr, RemoteAddr},
};
use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

/// Longer than the 90 s for which proxies keep a connection to us that nobody uses: they would send into one that we close. No
/// request is silent for as long; a followed log says something every 15 s. So long a request has as well, from its first byte to
/// the first one of the answer.
pub(super) const SILENCE: Duration = Duration::from_secs(120);

/// Accepts connections that may be silent for so long.
pub(super) struct Patient<A> {
    pub(super) acceptor: A,
    pub(super) silence: Duration,
}

impl<A: Acceptor> Acceptor for Patient<A> {
    type Io = Heard<A::Io>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.acceptor.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let (io, local, remote, scheme) = self.acceptor.accept().await?;
        Ok((Heard::new(io, self.silence), local, remote, scheme))
    }
}

/// A connection on which something has to move from time to time: what is read once, and then what is written.
pub(super) struct Heard<T> {
    io: T,
    silence: Duration,
    over: Pin<Box<Sleep>>,
    /// Whether something was read since the last write: then no more of it makes the time longer.
    reads: bool,
}

impl<T> Heard<T> {
    fn new(io: T, silence: Duration) -> Self {
        Self {
            io,
            silence,
            over: Box::pin(tokio::time::sleep(silence)),
            reads: false,
        }
    }

    /// Notes that something moved, or fails where nothing did for too long.
    fn moved<O>(
        &mut self,
        context: &mut Context<'_>,
        moved: Poll<io::Result<O>>,
    ) -> Poll<io::Result<O>> {
        match moved {
            Poll::Ready(_) => self.over.as_mut().reset(Instant::now() + self.silence),
            Poll::Pending if self.over.as_mut().poll(context).is_ready() => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Poll::Pending => {}
        }
        moved
    }

    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.reads &= written.is_pending();
        self.moved(context, written)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Heard<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.reads && self.over.deadline() <= Instant::now() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if self.reads && read.is_ready() {
            return read;
        }
        self.reads |= read.is_ready();
        self.moved(context, read)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Heard<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.wrote(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.wrote(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn half_a_request_does_not_hold_a_connection_for_ever() {
        let (mut sender, ours) = tokio::io::duplex(64);
        sender.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
        let mut ours = Heard::new(ours, Duration::from_millis(5));
        let mut heard = Vec::new();
        let error = ours.read_to_end(&mut heard).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(heard, b"GET / HTTP/1.1\r\nHost: ");
        drop(sender);
    }

    #[tokio::test]
    async fn nor_does_a_request_that_comes_byte_by_byte() {
        const MORE_THAN_COMES_IN_TIME: usize = 1_000_000;
        let (mut sender, ours) = tokio::io::duplex(1);
        let ours = Heard::new(ours, Duration::from_millis(100));
        let drips = async move { while sender.write_all(b"a").await.is_ok() {} };
        let reads = async move {
            let mut ours = ours;
            for _ in 0..MORE_THAN_COMES_IN_TIME {
                ours.read_u8().await?;
            }
            Ok(())
        };
        let (read, ()) = tokio::join!(reads, drips);
        let error: io::Error = read.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn what_is_answered_has_its_time_anew() {
        let (mut sender, ours) = tokio::io::duplex(64);
        let mut ours = Heard::new(ours, Duration::from_secs(600));
        sender.write_all(b"ask").await.unwrap();
        ours.read_exact(&mut [0; 3]).await.unwrap();
        let first = ours.over.deadline();
        sender.write_all(b"ask").await.unwrap();
        ours.read_exact(&mut [0; 3]).await.unwrap();
        assert_eq!(ours.over.deadline(), first);
        ours.write_all(b"answer").await.unwrap();
        let answered = ours.over.deadline();
        assert!(answered > first);
        sender.write_all(b"ask").await.unwrap();
        ours.read_exact(&mut [0; 3]).await.unwrap();
        assert!(ours.over.deadline() > answered);
    }

    #[tokio::test]
    async fn whoever_reads_nothing_does_not_hold_one_either() {
        let (reader, ours) = tokio::io::duplex(4);
        let mut ours = Heard::new(ours, Duration::from_millis(5));
        let error = ours.write_all(b"more than fits").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(reader);
    }

    #[tokio::test]
    async fn what_moves_is_let_be() {
        let (mut sender, ours) = tokio::io::duplex(64);
        let mut ours = Heard::new(ours, Duration::from_secs(600));
        sender.write_all(b"all of it").await.unwrap();
        drop(sender);
        let mut heard = String::new();
        ours.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "all of it");
    }
}
