//! The connection to NATS, and the one stream of this installation.

use super::message::HASH;
use async_nats::{
    ConnectOptions, Event, ServerAddr,
    jetstream::{
        self, ErrorCode,
        consumer::pull::OrderedConfig,
        context::GetStreamErrorKind,
        stream::{Compression, Config, DiscardPolicy, Stream},
    },
};
use futures_util::StreamExt as _;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use std::{
    io,
    path::{Path, PathBuf},
    str::FromStr as _,
    time::Duration,
};
use tokio::sync::watch;
use uuid::Uuid;

/// NATS could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("{0:?} is not a NATS URL")]
    Url(String),
    #[error("NATS_CA_FILE cannot be used: {}", .path.display())]
    Authority {
        path: PathBuf,
        #[source]
        why: io::Error,
    },
    #[error("NATS cannot be reached")]
    Connect(#[source] async_nats::ConnectError),
    #[error("JetStream did not answer as hoped: {0}")]
    JetStream(String),
}

impl BusError {
    pub(super) fn jetstream(error: impl std::fmt::Display) -> Self {
        Self::JetStream(error.to_string())
    }
}

/// What the stream holds of the history.
#[derive(Clone, Debug)]
pub struct Copied {
    /// The position that it has come to. A stream that was made anew begins after the head: it has come
    /// there without holding a message.
    pub last: i64,
    /// Position and hash of every message, in order.
    pub hashes: Vec<(i64, String)>,
}

/// A connection that comes back by itself, and the names under which this installation publishes.
#[derive(Clone, Debug)]
pub struct Bus {
    jetstream: jetstream::Context,
    installation: Uuid,
    connections: watch::Receiver<u64>,
    replicas: usize,
}

impl Bus {
    /// Connects, or goes on trying in the background while NATS is away. With certificates in `ca_file` it has to show one
    /// that one of those has signed, and nothing is said without TLS; without, what the machine trusts is trusted.
    ///
    /// # Errors
    /// A URL that is none, credentials that are refused, a file without a certificate.
    pub async fn connect(
        url: &str,
        ca_file: Option<&Path>,
        installation: Uuid,
        replicas: usize,
    ) -> Result<Self, BusError> {
        let address = ServerAddr::from_str(url).map_err(|_| BusError::Url(redact(url)))?;
        let (connected, connections) = watch::channel(0);
        // The crate leaves out what stands before the host of a URL.
        let credentials = address.username().zip(address.password());
        let mut options = match credentials {
            Some((user, password)) => {
                ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
            }
            None => ConnectOptions::new(),
        };
        if let Some(path) = ca_file {
            // Else it would go on trying for ever.
            authority(path).map_err(|why| BusError::Authority {
                path: path.to_owned(),
                why,
            })?;
            options = options
                .add_root_certificates(path.to_owned())
                .require_tls(true);
        }
        let client = options
            .retry_on_initial_connect()
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis((50 << attempts.min(5)) as u64)
            })
            .request_timeout(Some(Duration::from_secs(3)))
            .event_callback(move |event| {
                match event {
                    Event::Connected => connected.send_modify(|count| *count += 1),
                    Event::Disconnected => {
                        tracing::warn!("NATS is away, reading goes on from Postgres")
                    }
                    _ => {}
                }
                std::future::ready(())
            })
            .connect(address)
            .await
            .map_err(BusError::Connect)?;
        let mut jetstream = jetstream::new(client);
        jetstream.set_timeout(Duration::from_secs(3));
        Ok(Self {
            jetstream,
            installation,
            connections,
            replicas,
        })
    }

    /// Changes whenever the connection is made anew.
    pub(super) fn connections(&self) -> watch::Receiver<u64> {
        self.connections.clone()
    }

    pub fn is_connected(&self) -> bool {
        self.jetstream.client().connection_state() == async_nats::connection::State::Connected
    }

    pub(super) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// The stream's name.
    pub fn stream_name(&self) -> String {
        format!("purser-{}", self.installation)
    }

    /// The subject of one event.
    pub(super) fn subject(&self, aggregate_type: &str, aggregate_id: &str) -> String {
        format!("ev.{}.{aggregate_type}.{aggregate_id}", self.installation)
    }

    pub(super) async fn stream(&self) -> Result<Stream, BusError> {
        self.jetstream
            .get_stream(self.stream_name())
            .await
            .map_err(BusError::jetstream)
    }

    /// The stream; `None` only where JetStream says that there is none.
    pub(super) async fn known_stream(&self) -> Result<Option<Stream>, BusError> {
        let gone = |kind| match kind {
            GetStreamErrorKind::JetStream(why) => why.error_code() == ErrorCode::STREAM_NOT_FOUND,
            _ => false,
        };
        match self.jetstream.get_stream(self.stream_name()).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if gone(error.kind()) => Ok(None),
            Err(error) => Err(BusError::jetstream(error)),
        }
    }

    /// Makes the stream so that its next sequence is `next`.
    pub(super) async fn create_stream(&self, next: u64) -> Result<Stream, BusError> {
        let config = Config {
            name: self.stream_name(),
            subjects: vec![format!("ev.{}.>", self.installation)],
            first_sequence: Some(next),
            discard: DiscardPolicy::Old,
            max_age: Duration::from_secs(14 * 24 * 3600),
            // Not in bytes: JetStream reserves those on disk, and refuses where the disk is smaller.
            max_messages: 2_000_000,
            duplicate_window: Duration::from_secs(1),
            deny_delete: true,
            deny_purge: true,
            allow_direct: true,
            compression: Some(Compression::S2),
            num_replicas: self.replicas,
            description: Some("Purser's events in order; stream sequence = position. Disposable: the history is in Postgres.".into()),
            ..Config::default()
        };
        self.jetstream
            .create_stream(config)
            .await
            .map_err(BusError::jetstream)
    }

    /// What the stream holds now.
    ///
    /// # Errors
    /// JetStream is away, or a message is not the relay's.
    pub async fn copied(&self) -> Result<Copied, BusError> {
        let stream = self.stream().await?;
        let state = stream.get_info().await.map_err(BusError::jetstream)?.state;
        let mut hashes = Vec::new();
        let last = i64::try_from(state.last_sequence).unwrap_or(i64::MAX);
        if state.messages == 0 {
            return Ok(Copied { last, hashes });
        }
        let config = OrderedConfig {
            headers_only: true,
            ..OrderedConfig::default()
        };
        let consumer = stream
            .create_consumer(config)
            .await
            .map_err(BusError::jetstream)?;
        let mut messages = consumer.messages().await.map_err(BusError::jetstream)?;
        let patience = Duration::from_secs(5);
        while let Some(message) = tokio::time::timeout(patience, messages.next())
            .await
            .map_err(BusError::jetstream)?
        {
            let message = message.map_err(BusError::jetstream)?;
            let sequence = message.info().map_err(BusError::jetstream)?.stream_sequence;
            let hash = message
                .headers
                .as_ref()
                .and_then(|headers| headers.get(HASH));
            let hash = hash
                .ok_or_else(|| BusError::jetstream("a message without a hash"))?
                .to_string();
            hashes.push((i64::try_from(sequence).unwrap_or(i64::MAX), hash));
            if sequence >= state.last_sequence {
                break;
            }
        }
        Ok(Copied { last, hashes })
    }

    pub(super) async fn delete_stream(&self) -> Result<(), BusError> {
        self.jetstream
            .delete_stream(self.stream_name())
            .await
            .map(drop)
            .map_err(BusError::jetstream)
    }
}

/// Whether the file has certificates and nothing that only looks like one.
fn authority(path: &Path) -> io::Result<()> {
    let not = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let pem = std::fs::read(path)?;
    let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(|error| not(error.to_string()))?;
    match RootCertStore::empty().add_parsable_certificates(found) {
        (1.., 0) => Ok(()),
        (0, 0) => Err(not("there is no certificate in it".into())),
        _ => Err(not("not every certificate in it can be read".into())),
    }
}

/// A URL without what stands before the host.
fn redact(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(path: &Path) -> String {
        let bus = Bus::connect("tls://127.0.0.1:1", Some(path), Uuid::nil(), 1).await;
        let error = bus.unwrap_err();
        let why = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", why.unwrap_or_default())
    }

    #[tokio::test]
    async fn a_file_without_a_certificate_is_refused_at_the_start() {
        let folder = std::env::temp_dir().join(format!("nats-ca-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("ca.crt");
        let missing = refused(&file).await;
        assert!(missing.contains("NATS_CA_FILE"), "{missing}");
        assert!(missing.contains("ca.crt"), "{missing}");
        for (text, why) in [
            ("", "no certificate"),
            ("a note about certificates", "no certificate"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "can be read",
            ),
        ] {
            std::fs::write(&file, text).unwrap();
            let refused = refused(&file).await;
            assert!(refused.contains("NATS_CA_FILE"), "{refused}");
            assert!(refused.contains(why), "{text}: {refused}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
