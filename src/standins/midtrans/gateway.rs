//! What the stand-in's parts share: the book, the settings, the clock, and the bells that wake the tasks.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::{Now, book::Book, cuts::Cuts, delivery::Attempt, idempotency::Answers};
use crate::standins::state_file;

const MINUTE_MS: f64 = 60_000.0;
/// How often time is let pass when nobody asks anything.
const TICK: Duration = Duration::from_millis(50);

pub(super) struct Gateway {
    pub(super) url: String,
    pub(super) book: Mutex<Book>,
    pub(super) answers: Mutex<Answers>,
    pub(super) cuts: Arc<Cuts>,
    /// Rings when there may be something to send.
    pub(super) queued: Notify,
    pub(super) notification_url: Mutex<Option<String>>,
    pub(super) answer_limit_ms: AtomicU64,
    pub(super) retry_scale: f64,
    pub(super) state_file: Option<PathBuf>,
    /// The state file as it was written last.
    pub(super) written: Mutex<Vec<u8>>,
    pub(super) now: Now,
}

/// A panic in another holder leaves the data as it was between two statements: good enough for a stand-in.
pub(super) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gateway {
    /// The book as it is, for looking.
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        hold(&self.book)
    }

    /// The book brought up to the present, for a request; what it changes is in the state file before
    /// anybody is answered, so that a payment that was seen is never forgotten.
    pub(super) fn with_book<T>(&self, work: impl FnOnce(&mut Book, DateTime<Utc>) -> T) -> T {
        let now = self.now();
        let result = {
            let mut book = self.book();
            book.let_time_pass(now, Utc::now());
            let result = work(&mut book, now);
            book.note_balance(now);
            self.keep(&book);
            result
        };
        self.queued.notify_one();
        result
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.now)()
    }

    /// When a bank confirms a refund asked for now.
    pub(super) fn refund_confirmation_due(&self) -> DateTime<Utc> {
        Utc::now() + chrono::TimeDelta::milliseconds((2.0 * MINUTE_MS * self.retry_scale) as i64)
    }

    pub(super) fn notification_url(&self) -> Option<String> {
        hold(&self.notification_url).clone()
    }

    pub(super) fn set_notification_url(&self, url: Option<String>) {
        *hold(&self.notification_url) = url;
        self.queued.notify_one();
    }

    pub(super) fn answer_limit(&self) -> Duration {
        Duration::from_millis(self.answer_limit_ms.load(Ordering::Relaxed))
    }

    pub(super) fn note_attempt(&self, id: u64, attempt: Attempt) {
        let shift =
            f64::from(u32::try_from(random() >> 32).unwrap_or_default()) / f64::from(u32::MAX);
        let mut book = self.book();
        book.note_attempt(id, attempt, MINUTE_MS * self.retry_scale, shift);
        self.keep(&book);
    }

    pub(super) async fn tick(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TICK).await;
            let now = self.now();
            let mut book = self.book();
            if book.let_time_pass(now, Utc::now()) {
                self.keep(&book);
                self.queued.notify_one();
            }
        }
    }

    /// Writes the state file where the book differs from it. The caller holds the book, so an older state
    /// never replaces a newer one.
    pub(super) fn keep(&self, book: &Book) {
        let Some(path) = &self.state_file else { return };
        let kept = serde_json::to_vec(book)
            .map_err(std::io::Error::from)
            .and_then(|bytes| {
                let mut written = hold(&self.written);
                if *written != bytes {
                    state_file::store(path, &bytes)?;
                    *written = bytes;
                }
                Ok(())
            });
        if let Err(error) = kept {
            tracing::warn!(%error, "the payment stand-in's state could not be written to {}", path.display());
        }
    }
}

/// Good enough for numbers that must not collide; nothing here is secret.
pub(super) fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}

pub(super) fn new_uuid() -> String {
    let bytes = u128::from(random()) << 64 | u128::from(random());
    uuid::Builder::from_random_bytes(bytes.to_be_bytes())
        .into_uuid()
        .to_string()
}
