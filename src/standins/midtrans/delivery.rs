//! One notification on its way, and when it is tried again. Pure: the sending is in `courier`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{book::Book, transaction::Transaction};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    pub id: u64,
    pub order_id: String,
    pub transaction_id: String,
    pub transaction_status: String,
    /// Given with the order; otherwise the configured address at the time of sending.
    pub address: Option<String>,
    pub body: String,
    pub attempts: Vec<Attempt>,
    pub due_at: DateTime<Utc>,
    pub outcome: Outcome,
    #[serde(skip)]
    pub(super) under_way: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub at: DateTime<Utc>,
    pub url: String,
    /// The HTTP status that came back, or why none did.
    pub answer: Result<u16, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not sent yet, or to be tried again.
    Waiting,
    Delivered,
    GivenUp,
    /// Never sent, on purpose.
    Dropped,
}

/// Minutes before the first to the fifth retry.
const INTERVALS: [f64; 5] = [2.0, 10.0, 30.0, 90.0, 210.0];

/// How often a notification is retried after this answer.
fn retries_after(answer: &Result<u16, String>) -> usize {
    match answer {
        Ok(200..=299 | 301..=303) => 0,
        Ok(500) => 1,
        Ok(400 | 404) => 2,
        Ok(503) => 4,
        _ => 5,
    }
}

impl Delivery {
    pub(super) fn new(
        id: u64,
        transaction: &Transaction,
        body: &Value,
        address: Option<String>,
    ) -> Self {
        Self {
            id,
            order_id: transaction.order_id.clone(),
            transaction_id: transaction.transaction_id.clone(),
            transaction_status: body["transaction_status"]
                .as_str()
                .unwrap_or_default()
                .to_lowercase(),
            address,
            body: body.to_string(),
            attempts: Vec::new(),
            due_at: Utc::now(),
            outcome: Outcome::Waiting,
            under_way: false,
        }
    }

    /// Notes an attempt; `minute_ms` is the length of a minute, `shift` a random part of the interval between 0 and 1.
    fn note(&mut self, attempt: Attempt, minute_ms: f64, shift: f64) {
        let retried = self.attempts.len();
        let delivered = matches!(attempt.answer, Ok(200..=299));
        let again = retried < retries_after(&attempt.answer);
        self.outcome = match (delivered, again) {
            (true, _) => Outcome::Delivered,
            (false, true) => Outcome::Waiting,
            (false, false) => Outcome::GivenUp,
        };
        if let (Outcome::Waiting, Some(minutes)) = (self.outcome, INTERVALS.get(retried)) {
            let wait_ms = minutes * minute_ms * (1.0 + shift / 10.0);
            self.due_at = attempt.at + TimeDelta::milliseconds(wait_ms as i64);
        }
        self.under_way = false;
        self.attempts.push(attempt);
    }
}

impl Book {
    /// Takes the deliveries to send now. A notification's first attempt waits for the first attempts of the order's
    /// earlier ones at the same address, so that nothing is out of order by accident; retries hold up nothing.
    pub(super) fn take_due(
        &mut self,
        now: DateTime<Utc>,
        configured: Option<&str>,
    ) -> Vec<(u64, String, String)> {
        let mut taken = Vec::new();
        let mut waiting: std::collections::HashSet<(String, Option<String>)> =
            std::collections::HashSet::new();
        for delivery in &mut self.queue {
            let Some(url) = delivery.address.as_deref().or(configured) else {
                continue;
            };
            let place = (delivery.order_id.clone(), delivery.address.clone());
            let behind = delivery.attempts.is_empty() && !waiting.insert(place);
            if !behind && !delivery.under_way && delivery.due_at <= now {
                delivery.under_way = true;
                taken.push((delivery.id, url.to_owned(), delivery.body.clone()));
            }
        }
        taken
    }

    /// When the next retry is due, if one is.
    pub(super) fn next_due(&self, configured: bool) -> Option<DateTime<Utc>> {
        let sendable = self
            .queue
            .iter()
            .filter(|delivery| !delivery.under_way && !delivery.attempts.is_empty());
        sendable
            .filter(|delivery| configured || delivery.address.is_some())
            .map(|delivery| delivery.due_at)
            .min()
    }

    pub(super) fn note_attempt(&mut self, id: u64, attempt: Attempt, minute_ms: f64, shift: f64) {
        let Some(place) = self.queue.iter().position(|delivery| delivery.id == id) else {
            return;
        };
        self.queue[place].note(attempt, minute_ms, shift);
        if self.queue[place].outcome != Outcome::Waiting {
            let finished = self.queue.remove(place);
            self.remember(finished);
        }
    }
}
