//! The listening socket: connections that can all be cut at once, and that are closed without an answer while the
//! server plays dead.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

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
}

impl Connection {
    fn poll_cut(&mut self, context: &mut Context<'_>) -> Result<()> {
        match self.cut.as_mut().poll(context) {
            Poll::Ready(()) => Err(Error::from(ErrorKind::ConnectionReset)),
            Poll::Pending => Ok(()),
        }
    }

    /// Whether a request may pass: the stand-in's own switches stay within reach during an outage.
    fn passes(&self, request: &[u8]) -> bool {
        self.cluster.outage() != Outage::Refuse
            || request.is_empty()
            || request.windows(9).any(|window| window == b"/standin/")
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        self.poll_cut(context)?;
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_ready() && !self.passes(&buffer.filled()[before..]) {
            return Poll::Ready(Err(Error::from(ErrorKind::ConnectionReset)));
        }
        polled
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
