//! Connections are bounded, in number and in silence. Those on which nothing moves are closed: poem sets no clock to hyper, so
//! whoever sends half a request, or nothing at all, or a byte from time to time, would hold his connection for ever.

use poem::{
    http::uri::Scheme,
    listener::Acceptor,
    web::{LocalAddr, RemoteAddr},
};
use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep},
};

/// Longer than the 90 s for which proxies keep a connection to us that nobody uses: they would send into one that we close. No
/// request is silent for as long; a followed log says something every 15 s. So long a request has as well, from its first byte to
/// the first one of the answer.
pub(super) const SILENCE: Duration = Duration::from_secs(120);

/// How many connections are open at once. A request of nobody yet holds up to 64 KiB of its body in memory while it is read, so
/// these are 128 MiB at most, where a process has a GiB; proxies keep far fewer open to us.
pub(super) const CONNECTIONS: usize = 2_048;

/// How many requests of HTTP/2 a connection carries at once, each with a body of its own: as many as a page asks for together.
pub(super) const STREAMS: u32 = 16;

/// How long nobody is let in after the system could not: most likely it has no descriptors left, and asked again at once it would
/// say so again at once.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// Accepts so many connections at once, each of which may be silent for so long. Further ones wait in the kernel's queue until
/// one has ended, rather than to be closed: they are as good as those before them.
pub(super) struct Patient<A> {
    acceptor: A,
    silence: Duration,
    room: Arc<Semaphore>,
}

impl<A> Patient<A> {
    pub(super) fn new(acceptor: A, silence: Duration, connections: usize) -> Self {
        Self {
            acceptor,
            silence,
            room: Arc::new(Semaphore::new(connections)),
        }
    }
}

impl<A: Acceptor> Acceptor for Patient<A> {
    type Io = Heard<A::Io>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.acceptor.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let room = self.room.clone().acquire_owned().await;
        let room = room.map_err(io::Error::other)?;
        let accepted = self.acceptor.accept().await;
        if let Err(error) = &accepted
            && !is_about_one(error)
        {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "no connection can be accepted; it is tried again in a second"
            );
            tokio::time::sleep(AFTER_TROUBLE).await;
        }
        let (io, local, remote, scheme) = accepted?;
        let heard = Heard::new(io, self.silence, Some(room));
        Ok((heard, local, remote, scheme))
    }
}

/// Whether the next connection fares better.
fn is_about_one(error: &io::Error) -> bool {
    use io::ErrorKind as Is;
    matches!(
        error.kind(),
        Is::ConnectionAborted | Is::ConnectionRefused | Is::ConnectionReset
    )
}

/// A connection on which something has to move from time to time: what is read once, and then what is written.
pub(super) struct Heard<T> {
    io: T,
    silence: Duration,
    over: Pin<Box<Sleep>>,
    /// Whether something was read since the last write: then no more of it makes the time longer.
    reads: bool,
    /// Its place among those that are open at once: given back with it.
    _room: Option<OwnedSemaphorePermit>,
}

impl<T> Heard<T> {
    fn new(io: T, silence: Duration, room: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            io,
            silence,
            over: Box::pin(tokio::time::sleep(silence)),
            reads: false,
            _room: room,
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
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    /// Somebody always wants to be let in.
    struct Crowd;

    impl Acceptor for Crowd {
        type Io = DuplexStream;

        fn local_addr(&self) -> Vec<LocalAddr> {
            vec![]
        }

        async fn accept(&mut self) -> io::Result<(DuplexStream, LocalAddr, RemoteAddr, Scheme)> {
            let (ours, _) = tokio::io::duplex(64);
            Ok((
                ours,
                LocalAddr::default(),
                RemoteAddr::default(),
                Scheme::HTTP,
            ))
        }
    }

    #[tokio::test]
    async fn no_more_are_let_in_than_there_is_room_for_until_one_has_gone() {
        let mut door = Patient::new(Crowd, SILENCE, 2);
        let first = door.accept().await.unwrap();
        let _second = door.accept().await.unwrap();
        assert!(door.accept().now_or_never().is_none());
        drop(first);
        assert!(door.accept().now_or_never().is_some());
    }

    /// Nobody can be let in.
    struct Trouble(io::ErrorKind);

    impl Acceptor for Trouble {
        type Io = DuplexStream;

        fn local_addr(&self) -> Vec<LocalAddr> {
            vec![]
        }

        async fn accept(&mut self) -> io::Result<(DuplexStream, LocalAddr, RemoteAddr, Scheme)> {
            Err(self.0.into())
        }
    }

    #[tokio::test]
    async fn what_fails_for_everybody_is_not_tried_again_at_once() {
        let mut door = Patient::new(Trouble(io::ErrorKind::Other), SILENCE, 2);
        assert!(door.accept().now_or_never().is_none());
        let one = Trouble(io::ErrorKind::ConnectionAborted);
        let mut door = Patient::new(one, SILENCE, 2);
        let gone = door.accept().now_or_never().unwrap();
        assert!(gone.is_err());
    }

    #[tokio::test]
    async fn half_a_request_does_not_hold_a_connection_for_ever() {
        let (mut sender, ours) = tokio::io::duplex(64);
        sender.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
        let mut ours = Heard::new(ours, Duration::from_millis(5), None);
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
        let ours = Heard::new(ours, Duration::from_millis(100), None);
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
        let mut ours = Heard::new(ours, Duration::from_secs(600), None);
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
        let mut ours = Heard::new(ours, Duration::from_millis(5), None);
        let error = ours.write_all(b"more than fits").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(reader);
    }

    #[tokio::test]
    async fn what_moves_is_let_be() {
        let (mut sender, ours) = tokio::io::duplex(64);
        let mut ours = Heard::new(ours, Duration::from_secs(600), None);
        sender.write_all(b"all of it").await.unwrap();
        drop(sender);
        let mut heard = String::new();
        ours.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "all of it");
    }
}
