//! The listening socket: connections that can all be cut at once, and that are closed without an answer while the
//! server plays dead.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::cluster::Cluster;
use super::faults::Outage;

pub(super) struct Listening {
    inner: TcpAcceptor,
    cluster: Arc<Cluster>,
}

impl Listening {
    pub(super) fn new(listener: TcpListener, cluster: Arc<Cluster>) -> Result<Self> {
        Ok(Self {
            inner: TcpAcceptor::from_tokio(listener)?,
            cluster,
        })
    }
}

impl Acceptor for Listening {
    type Io = Connection;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let (stream, local, remote, scheme) = self.inner.accept().await?;
        // Watch events are small and awaited.
        stream.set_nodelay(true)?;
        let cut = Box::pin(self.cluster.connections().cancelled_owned());
        Ok((
            Connection {
                stream,
                cut,
                cluster: self.cluster.clone(),
                own: false,
            },
            local,
            remote,
            scheme,
        ))
    }
}

pub(super) struct Connection {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    cluster: Arc<Cluster>,
    /// Whether it last brought a request for the stand-in's own switches, which stay within reach during an outage.
    own: bool,
}

impl Connection {
    fn poll_cut(&mut self, context: &mut Context<'_>) -> Result<()> {
        while self.cut.as_mut().poll(context).is_ready() {
            if !self.own || self.cluster.stopped.is_cancelled() {
                return Err(Error::from(ErrorKind::ConnectionReset));
            }
            self.cut = Box::pin(self.cluster.connections().cancelled_owned());
        }
        Ok(())
    }

    /// Whether what waits to be read may pass. A request is looked at where it begins; the rest of it follows suit.
    fn passes(&mut self, waiting: &[u8]) -> bool {
        const METHODS: [&[u8]; 5] = [b"GET ", b"PUT ", b"POST ", b"PATCH ", b"DELETE "];
        if METHODS.iter().any(|method| waiting.starts_with(method)) {
            self.own = waiting.windows(9).any(|window| window == b"/standin/");
        }
        waiting.is_empty() || self.own || self.cluster.outage() != Outage::Refuse
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        self.poll_cut(context)?;
        let mut line = [0; 512];
        let mut waiting = ReadBuf::new(&mut line);
        ready!(self.stream.poll_peek(context, &mut waiting))?;
        if !self.passes(waiting.filled()) {
            return Poll::Ready(Err(Error::from(ErrorKind::ConnectionReset)));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.poll_cut(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
