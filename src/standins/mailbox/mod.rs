//! A mail server that delivers to nobody: it takes what it is sent over SMTP and shows it in the browser. It never
//! relays, and it has no TLS: loopback only.

mod command;
mod faults;
mod http;
mod message;
mod session;
mod shelf;
#[cfg(test)]
mod tests;
mod wire;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use poem::listener::TcpAcceptor;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;

use self::shelf::Shelf;
pub use self::{faults::Faults, message::Message};
use super::served::Served;

pub struct Options {
    /// Port 0 takes a free one.
    pub smtp_listen: SocketAddr,
    pub http_listen: SocketAddr,
    /// Keeps the messages across restarts; each is written before it is acknowledged.
    pub state_file: Option<PathBuf>,
}

/// Runs until it is stopped or dropped.
pub struct MailboxStandin {
    shelf: Arc<Shelf>,
    smtp_addr: SocketAddr,
    url: String,
    served: Option<Served>,
    tasks: Vec<AbortOnDropHandle<()>>,
}

impl MailboxStandin {
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let shelf = Arc::new(Shelf::open(options.state_file)?);
        let smtp = bind(options.smtp_listen).await?;
        let http = bind(options.http_listen).await?;
        let smtp_addr = smtp.local_addr()?;
        let url = format!("http://{}", http.local_addr()?);
        let served = Served::start(
            TcpAcceptor::from_tokio(http)?,
            http::all(Arc::clone(&shelf)),
        );
        let tasks = vec![AbortOnDropHandle::new(tokio::spawn(listen(
            smtp,
            Arc::clone(&shelf),
        )))];
        Ok(Self {
            shelf,
            smtp_addr,
            url,
            served: Some(served),
            tasks,
        })
    }

    pub fn smtp_addr(&self) -> SocketAddr {
        self.smtp_addr
    }

    /// The page that lists everything.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What arrived, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.shelf.messages(|_| true)
    }

    /// The first message that fits, now or later.
    pub async fn wait_for(
        &self,
        fits: impl Fn(&Message) -> bool,
        limit: Duration,
    ) -> anyhow::Result<Message> {
        let mut arrivals = self.shelf.arrivals();
        let arrived = async {
            loop {
                arrivals.mark_unchanged();
                if let Some(message) = self.shelf.messages(&fits).into_iter().next() {
                    return Ok(message);
                }
                arrivals.changed().await?;
            }
        };
        match tokio::time::timeout(limit, arrived).await {
            Ok(found) => found,
            Err(_) => bail!(
                "no such mail within {limit:?}; {} others arrived",
                self.messages().len()
            ),
        }
    }

    /// Replaces the faults in force.
    pub fn set_fault(&self, faults: Faults) {
        self.shelf.set_faults(faults);
    }

    /// Asks for this user and password before it takes mail; without, it takes any and none.
    pub fn set_login(&self, login: Option<(String, String)>) {
        self.shelf.set_login(login);
    }

    /// Closes both ports and keeps the messages.
    pub async fn stop(mut self) {
        self.tasks.clear();
        if let Some(served) = self.served.take() {
            served.stop().await;
        }
    }
}

impl Drop for MailboxStandin {
    fn drop(&mut self) {
        self.tasks.clear();
        self.shelf.save();
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("the mail stand-in cannot listen on {address}"))
}

/// Sessions end with this task.
async fn listen(listener: TcpListener, shelf: Arc<Shelf>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(sessions.spawn(session::hold(stream, Arc::clone(&shelf)))),
                Err(error) => {
                    tracing::warn!(%error, "the mail stand-in could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}
