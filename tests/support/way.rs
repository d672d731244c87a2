//! A way to a server that can be closed as hosts vanish: nothing comes through any more, and nobody says so.

use sqlx::postgres::PgConnectOptions;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// The message by which a client asks for nothing but an answer.
const PING: &[u8] = b"S\0\0\0\x04";

pub(crate) struct Way {
    /// The database's address by this way.
    pub(crate) url: String,
    open: watch::Sender<bool>,
    pings: Arc<AtomicUsize>,
}

impl Way {
    /// A way to the database at this address.
    pub(crate) fn to(database: &str) -> Self {
        let options: PgConnectOptions = database.parse().unwrap();
        let server: SocketAddr = format!("{}:{}", options.get_host(), options.get_port())
            .parse()
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = database.replace(
            &server.to_string(),
            &listener.local_addr().unwrap().to_string(),
        );
        let open = watch::Sender::new(true);
        let pings = Arc::default();
        let listener = TcpListener::from_std(listener).unwrap();
        let leading = lead(listener, server, open.subscribe(), Arc::clone(&pings));
        tokio::spawn(leading);
        Self { url, open, pings }
    }

    /// How often the database was asked whether it is there, and nothing else.
    pub(crate) fn pings(&self) -> usize {
        self.pings.load(Ordering::SeqCst)
    }

    /// Connections stand, and are made; nothing comes through.
    pub(crate) fn closes(&self) {
        self.open.send_replace(false);
    }

    /// What was held back goes on first.
    pub(crate) fn opens(&self) {
        self.open.send_replace(true);
    }
}

async fn lead(
    listener: TcpListener,
    server: SocketAddr,
    open: watch::Receiver<bool>,
    pings: Arc<AtomicUsize>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let (open, pings) = (open.clone(), Arc::clone(&pings));
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(server).await else {
                return;
            };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::join!(
                carry(from_client, to_server, open.clone(), |bytes| {
                    if bytes == PING {
                        pings.fetch_add(1, Ordering::SeqCst);
                    }
                }),
                carry(from_server, to_client, open, |_| ()),
            );
        });
    }
}

/// That one side has hung up is held back as well.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut open: watch::Receiver<bool>,
    seen: impl Fn(&[u8]),
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut bytes).await.unwrap_or(0);
        seen(&bytes[..count]);
        let is_open = open.wait_for(|open| *open).await.is_ok();
        if count == 0 || !is_open || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
