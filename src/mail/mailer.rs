use super::{
    error::{MailConfigError, MailError},
    letter::Letter,
};
use crate::config::Secret;
use lettre::{
    address::Envelope,
    message::Mailbox,
    transport::smtp::{
        self,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, MailBodyParameter, MailParameter},
    },
};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Connections kept open between letters, and for how long.
const PARKED: usize = 4;
const PARKED_FOR: Duration = Duration::from_secs(60);

/// Where letters go and who signs them.
#[derive(Clone, Debug)]
pub struct MailConfig {
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
    pub tls: MailTls,
    /// `Purser <no-reply@example.com>`. Its domain also stands in every Message-ID.
    pub from: String,
    /// For one whole letter, connecting and signing in included.
    pub timeout_ms: u64,
}

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// In the clear: for a server on the same machine.
    None,
    /// From a STARTTLS command on, which must succeed.
    StartTls,
    /// From the first byte on.
    Implicit,
}

/// Sends letters over connections it keeps.
///
/// The connections are its own and not in lettre's pool: that one reads without a time limit, and takes
/// back a connection that was given up in mid-conversation, whose next letter would read the answers of
/// the one before.
pub struct Mailer {
    config: MailConfig,
    from: Mailbox,
    hello: ClientId,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    parked: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl Mailer {
    pub fn new(config: MailConfig) -> Result<Self, MailConfigError> {
        let from: Mailbox = config.from.parse().map_err(|_| MailConfigError::From)?;
        let credentials = match (&config.user, &config.password) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.expose().to_owned()))
            }
            (None, None) => None,
            _ => return Err(MailConfigError::HalfCredentials),
        };
        let tls = match config.tls {
            MailTls::None => None,
            MailTls::StartTls | MailTls::Implicit => {
                Some(TlsParameters::new(config.host.clone()).map_err(MailConfigError::Tls)?)
            }
        };
        let hello = ClientId::Domain(from.email.domain().to_owned());
        Ok(Self {
            config,
            from,
            hello,
            credentials,
            tls,
            parked: Mutex::default(),
        })
    }

    /// Hands one letter to the server. `Ok` means the server answered for it; it is the server's from
    /// there on.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = letter.compose(&self.from)?;
        let text = message.formatted();
        let limit = Duration::from_millis(self.config.timeout_ms);
        let on_its_way = AtomicBool::new(false);
        let delivery = self.deliver(message.envelope(), &text, &on_its_way);
        match tokio::time::timeout(limit, delivery).await {
            Ok(outcome) => outcome,
            // The connection was dropped with the delivery: nobody reads what it still says.
            Err(_) => {
                let on_its_way = on_its_way.load(Ordering::Relaxed);
                Err(MailError::silent(self.config.timeout_ms, on_its_way))
            }
        }
    }

    async fn deliver(
        &self,
        envelope: &Envelope,
        message: &[u8],
        on_its_way: &AtomicBool,
    ) -> Result<(), MailError> {
        let mut connection = match self.parked_connection().await {
            Some(connection) => connection,
            None => self
                .connect()
                .await
                .map_err(|error| MailError::connecting(&error))?,
        };
        announce(&mut connection, envelope, message)
            .await
            .map_err(|error| MailError::sending(&error))?;
        on_its_way.store(true, Ordering::Relaxed);
        let taken = connection.message(message).await;
        taken.map_err(|error| MailError::handing_over(&error))?;
        self.park(connection);
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let address = (self.config.host.as_str(), self.config.port);
        let from_the_start = self
            .tls
            .clone()
            .filter(|_| self.config.tls == MailTls::Implicit);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, from_the_start, None)
                .await?;
        if let Some(tls) = self
            .tls
            .clone()
            .filter(|_| self.config.tls == MailTls::StartTls)
        {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// The latest connection that is still fresh and alive; stale ones are closed on the way.
    async fn parked_connection(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (since, mut connection) = self.parked().pop()?;
            if since.elapsed() < PARKED_FOR && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    fn park(&self, connection: AsyncSmtpConnection) {
        let mut parked = self.parked();
        if parked.len() < PARKED {
            parked.push((Instant::now(), connection));
        }
    }

    /// Whoever panicked in between left a list of whole connections.
    fn parked(&self) -> std::sync::MutexGuard<'_, Vec<(Instant, AsyncSmtpConnection)>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything before the letter itself, apart from that because until then nothing can have been taken.
async fn announce(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), smtp::Error> {
    let mut addresses = envelope.to().iter().chain(envelope.from());
    let mut parameters = Vec::new();
    if addresses.any(|address| !address.to_string().is_ascii()) {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !message.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = Mail::new(envelope.from().cloned(), parameters);
    connection.command(from).await?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), vec![])).await?;
    }
    connection.command(Data).await?;
    Ok(())
}
