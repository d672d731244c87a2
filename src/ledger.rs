//! The books as auditors ask for them: the double-entry view of the domain, folded from the history.

use crate::store::{Reader, StoreError};
use chrono::NaiveDate;
use purser_domain::{
    Recorded,
    ids::TopUpId,
    ledger::{Account, Cleared, GatewayDay, Ledger, Line, TrialBalance, fees_note},
};
use std::io;
use tokio::sync::{Mutex, MutexGuard};

const CHUNK: i64 = 1_000;

/// The books up to the head of the history. What was folded once is kept, so that asking again reads only what is new; where the
/// history no longer leads there, because the database was restored under this process, they are folded anew.
pub struct Books {
    reader: Reader,
    folded: Mutex<Folded>,
}

#[derive(Default)]
struct Folded {
    position: i64,
    /// That of the event at this position: it covers all before.
    hash: Vec<u8>,
    ledger: Ledger,
}

/// Every account at the end of a date.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Up to which position the history was booked.
    pub position: i64,
    pub balance: TrialBalance,
    /// What the books do not know and has to be said beside them.
    pub note: Option<String>,
}

impl Standing {
    /// Credit that customers paid and did not spend, in rupiah (billing rule 38).
    pub fn unspent_paid_credit(&self) -> i128 {
        -self.balance.of(Account::CustomerPaid)
    }
}

/// The books could not be read or written out.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the export cannot be written")]
    Write(#[from] io::Error),
}

impl Books {
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            folded: Mutex::default(),
        }
    }

    /// Every account at the end of a Jakarta date.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn trial_balance(&self, date: NaiveDate) -> Result<Standing, StoreError> {
        let folded = self.up_to_date().await?;
        Ok(Standing {
            position: folded.position,
            balance: folded.ledger.at(date),
            note: fees_note(folded.ledger.months_without_fees(date)),
        })
    }

    /// What is booked of an order at the gateway.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn cleared(&self, order: TopUpId) -> Result<Cleared, StoreError> {
        Ok(self.up_to_date().await?.ledger.cleared(order))
    }

    /// What is known of a Jakarta date at the gateway; `None` where the history begins later.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn gateway_day(&self, day: NaiveDate) -> Result<Option<GatewayDay>, StoreError> {
        Ok(self.up_to_date().await?.ledger.gateway_day(day))
    }

    async fn up_to_date(&self) -> Result<MutexGuard<'_, Folded>, StoreError> {
        let mut folded = self.folded.lock().await;
        if folded.position > 0 {
            let stored = self.reader.at(folded.position).await?;
            if stored.is_none_or(|event| event.hash != folded.hash) {
                tracing::warn!(
                    event.position = folded.position,
                    "the history no longer has what was booked up to {}, booking it anew",
                    folded.position
                );
                *folded = Folded::default();
            }
        }
        loop {
            let events = self.reader.after(folded.position, CHUNK).await?;
            if events.is_empty() {
                return Ok(folded);
            }
            for stored in events {
                let event = stored.decode()?;
                folded.ledger.book(&event.stream, &event.event, event.at);
                // Each by itself: where the next cannot be read, this one is not booked once more.
                folded.position = stored.position;
                folded.hash = stored.hash;
            }
        }
    }

    /// Writes every booking as CSV (RFC 4180), in the order of the history. What is earned by the passing of days has no
    /// booking: a trial balance shows it.
    ///
    /// # Errors
    /// The history cannot be read, or `out` not be written.
    pub async fn export(&self, out: &mut (impl io::Write + Send)) -> Result<u64, BooksError> {
        write!(out, "position,at,account,debit,credit,event,stream\r\n")?;
        let (mut ledger, mut position, mut lines) = (Ledger::default(), 0, 0);
        loop {
            let events = self.reader.after(position, CHUNK).await?;
            let Some(last) = events.last().map(|event| event.position) else {
                return Ok(lines);
            };
            for stored in &events {
                let event = stored.decode()?;
                for line in ledger.book(&event.stream, &event.event, event.at) {
                    write_line(out, &event, line)?;
                    lines += 1;
                }
            }
            position = last;
        }
    }
}

/// None of the fields has a comma, a quote or a line break in it.
fn write_line(out: &mut impl io::Write, event: &Recorded, line: Line) -> io::Result<()> {
    let (debit, credit) = (line.amount.max(0), (-line.amount).max(0));
    write!(
        out,
        "{},{},{},{debit},{credit},{},{}\r\n",
        event.position,
        event.at.to_rfc3339(),
        line.account.as_str(),
        event.event.event_type(),
        event.stream,
    )
}
