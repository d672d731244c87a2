//! A Midtrans that moves no money: Snap and Core API, notifications with their retries, a payment page, and the
//! misbehaviour known of the real one, on demand. It speaks HTTP only; nothing in the product may depend on it.
//!
//! Where the real service leaves a choice: Core API refusals are HTTP 200 with an inner `status_code` (see
//! [`Quirks::mirror_status`]), and a repeated `refund_key` answers as the first time for seven days.

mod actions;
mod balance;
mod body;
mod book;
mod courier;
mod cuts;
mod delivery;
mod gateway;
mod idempotency;
mod merchant_calls;
mod method;
mod payments;
mod quirks;
mod routes;
mod snap_request;
#[cfg(test)]
mod tests;
mod transaction;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use poem::listener::TcpAcceptor;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::task::AbortOnDropHandle;

use self::{
    actions::{Action, Particulars},
    body::Merchant,
    book::Book,
    gateway::Gateway,
};
use super::{served::Served, state_file};

pub use self::{
    body::signature,
    delivery::{Attempt, Delivery, Outcome},
    method::{METHODS, Method, MethodFacts, RefundRule, UnknownMethod},
    quirks::{Outage, Quirks},
    transaction::{Fraud, Hooks, Item, Page, PageState, Refund, Status, Transaction},
};

/// The business clock: transactions, pages and idempotency keys age by it. Retries run in real time.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

pub struct Options {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    pub server_key: String,
    pub client_key: String,
    pub merchant_id: String,
    /// Without one, notifications wait until [`MidtransStandin::set_notification_url`].
    pub notification_url: Option<String>,
    /// 1.0 waits 2, 10, 30, 90 and 210 real minutes before the retries, and 2 before a bank confirms a refund;
    /// 1.0 / 60_000.0 makes milliseconds of the minutes.
    pub retry_scale: f64,
    /// Keeps pages, transactions and pending notifications across restarts. Quirks do not survive one.
    pub state_file: Option<PathBuf>,
    pub now: Now,
}

/// How long a receiver may take to answer a notification.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);

/// Runs until it is stopped or dropped.
pub struct MidtransStandin {
    gateway: Arc<Gateway>,
    served: Option<Served>,
    tasks: Vec<AbortOnDropHandle<()>>,
}

impl MidtransStandin {
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let mut book: Book = options
            .state_file
            .as_deref()
            .map(state_file::load)
            .transpose()?
            .unwrap_or_default();
        if book.balances.is_empty() {
            // Older files do not say since when it is held: it moved on no day that anybody asks about.
            book.note_balance(DateTime::UNIX_EPOCH);
        }
        book.merchant = Merchant {
            server_key: options.server_key,
            client_key: options.client_key,
            merchant_id: options.merchant_id,
        };
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("the payment stand-in cannot listen on {}", options.listen))?;
        let cuts = Arc::<cuts::Cuts>::default();
        let gateway = Arc::new(Gateway {
            url: format!("http://{}", listener.local_addr()?),
            book: Mutex::new(book),
            answers: Mutex::default(),
            cuts: Arc::clone(&cuts),
            queued: Notify::new(),
            notification_url: Mutex::new(options.notification_url),
            answer_limit_ms: AtomicU64::new(ANSWER_LIMIT.as_millis() as u64),
            retry_scale: options.retry_scale,
            state_file: options.state_file,
            written: Mutex::default(),
            now: options.now,
        });
        let acceptor = cuts::CuttableAcceptor {
            inner: TcpAcceptor::from_tokio(listener)?,
            cuts,
        };
        let served = Served::start(acceptor, routes::all(Arc::clone(&gateway)));
        let tasks = vec![
            AbortOnDropHandle::new(tokio::spawn(courier::run(
                Arc::clone(&gateway),
                courier::client()?,
            ))),
            AbortOnDropHandle::new(tokio::spawn(Arc::clone(&gateway).tick())),
        ];
        Ok(Self {
            gateway,
            served: Some(served),
            tasks,
        })
    }

    /// The page that lists everything.
    pub fn url(&self) -> &str {
        &self.gateway.url
    }

    pub fn snap_url(&self) -> String {
        format!("{}/snap/v1", self.gateway.url)
    }

    /// The host of the Core API; its paths begin with `/v2`, and that of the balance with `/v1`.
    pub fn core_url(&self) -> &str {
        &self.gateway.url
    }

    /// Where notifications go from now on, those included that wait for a retry.
    pub fn set_notification_url(&self, url: impl Into<String>) {
        self.gateway.set_notification_url(Some(url.into()));
    }

    /// How long a receiver may take; 15 seconds unless set.
    pub fn set_answer_limit(&self, limit: Duration) {
        let ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.gateway
            .answer_limit_ms
            .store(ms, std::sync::atomic::Ordering::Relaxed);
    }

    /// The customer of this order (or page token) pays, by an `enabled_payments` word or a `payment_type`.
    pub async fn pay(&self, order_id: &str, method: &str) -> anyhow::Result<Transaction> {
        let particulars = Particulars {
            payment_type: Some(method.to_owned()),
            amount: None,
        };
        Ok(self.gateway.act(Action::Pay, order_id, &particulars)?)
    }

    /// How to misbehave, for every order that has no quirks of its own.
    pub fn quirks(&self, quirks: Quirks) {
        self.gateway.book().quirks = quirks;
    }

    pub fn quirks_for(&self, order_id: impl Into<String>, quirks: Quirks) {
        self.gateway
            .book()
            .order_quirks
            .insert(order_id.into(), quirks);
    }

    /// The pages opened so far, oldest first.
    pub fn pages(&self) -> Vec<Page> {
        self.gateway.book().pages.clone()
    }

    /// The payments tried so far, oldest first.
    pub fn transactions(&self) -> Vec<Transaction> {
        self.gateway.with_book(|book, _| book.transactions.clone())
    }

    /// The notifications, finished ones first; the oldest finished ones are forgotten some day.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let book = self.gateway.book();
        book.history.iter().chain(&book.queue).cloned().collect()
    }

    /// Closes the port and keeps the state.
    pub async fn stop(mut self) {
        self.tasks.clear();
        if let Some(served) = self.served.take() {
            served.stop().await;
        }
    }
}

impl Drop for MidtransStandin {
    fn drop(&mut self) {
        self.tasks.clear();
        self.gateway.keep(&self.gateway.book());
    }
}
