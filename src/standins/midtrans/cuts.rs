//! Connections that can be cut under a request: the caller then knows neither whether it arrived nor what came of it.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use poem::{
    http::uri::Scheme,
    listener::{Acceptor, TcpAcceptor},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::gateway::hold;

#[derive(Default)]
pub(super) struct Cuts(Mutex<HashMap<SocketAddr, Arc<AtomicBool>>>);

impl Cuts {
    /// From now on nothing is written to this caller.
    pub(super) fn cut(&self, caller: &RemoteAddr) {
        let cut = caller
            .as_socket_addr()
            .and_then(|address| hold(&self.0).get(address).cloned());
        if let Some(cut) = cut {
            cut.store(true, Ordering::Release);
        }
    }
}

pub(super) struct CuttableAcceptor {
    pub(super) inner: TcpAcceptor,
    pub(super) cuts: Arc<Cuts>,
}

impl Acceptor for CuttableAcceptor {
    type Io = CuttableStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let (stream, local, remote, scheme) = self.inner.accept().await?;
        let caller = stream.peer_addr()?;
        let cut = Arc::new(AtomicBool::new(false));
        hold(&self.cuts.0).insert(caller, Arc::clone(&cut));
        let stream = CuttableStream {
            stream,
            cut,
            caller,
            cuts: Arc::clone(&self.cuts),
        };
        Ok((stream, local, remote, scheme))
    }
}

pub(super) struct CuttableStream {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
    caller: SocketAddr,
    cuts: Arc<Cuts>,
}

impl CuttableStream {
    fn check(&self) -> io::Result<()> {
        if self.cut.load(Ordering::Acquire) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl Drop for CuttableStream {
    fn drop(&mut self) {
        let mut open = hold(&self.cuts.0);
        // The port may belong to a newer connection already.
        if open
            .get(&self.caller)
            .is_some_and(|cut| Arc::ptr_eq(cut, &self.cut))
        {
            open.remove(&self.caller);
        }
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
