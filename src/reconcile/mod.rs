//! Books of the same money, compared: what the gateway reports of every order, what the top-ups say, what the ledger booked,
//! what moved in the wallets, and what their statements show. Every difference is told, and becomes a case with an owner; nothing is put right in silence.
//!
//! Fees are not compared: the gateway tells them only to those who have keys of its BI-SNAP interface (billing rule 39). Money
//! that belongs to no order is found by the total of a day (billing rule 45).

mod compare;
mod daily;
mod order;
mod table;
#[cfg(test)]
mod tests;
mod total;

pub use compare::{Difference, Line, compare, is_silent, unreadable};
pub use daily::{Daily, last_compared};
pub use order::{Booked, OrderBooks, Paid, Told};
pub use table::{csv, table, totals, totals_csv};
pub use total::{Compared, Total};

use crate::{
    ledger::Books,
    payments::{GatewayError, Midtrans, StatusReport},
    store::{Reader, States, StoreError},
};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{
    AggregateType, Event, StreamId,
    ids::{TopUpId, WalletId},
    period::day_begins,
    top_up::TopUp,
};
use purser_projections::{
    Projection as _,
    views::{Views, ViewsError},
    wallet_transactions::{self, Moved, WalletTransactions},
};
use std::sync::Arc;

/// How long statements that are behind the history are waited for.
pub const PATIENCE_MS: u64 = 10_000;

/// A comparison came to nothing; the next one begins anew.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("the database cannot be asked")]
    Database(#[from] sqlx::Error),
    #[error("the statements cannot be read")]
    Views(#[from] ViewsError),
    /// It is the gateway that cannot be read, and not one of its orders.
    #[error("the gateway tells nothing that can be read of any of {orders} orders")]
    Unreadable { orders: usize },
}

/// Compares; it changes nothing.
pub struct Reconciler {
    pub states: Arc<States>,
    pub reader: Reader,
    pub gateway: Arc<Midtrans>,
    pub books: Arc<Books>,
    pub views: Views,
}

impl Reconciler {
    /// The orders of which anything was recorded on these Jakarta dates, both included, as they stand at this moment.
    ///
    /// # Errors
    /// Who could not be asked: a comparison is whole or none. An order that the gateway answers for alone with what cannot be
    /// read is a difference, and the others are compared; statements that are behind are not.
    pub async fn days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        at: DateTime<Utc>,
    ) -> Result<Vec<Line>, ReconcileError> {
        let (begin, end) = (day_begins(from), day_begins(to.succ_opt().unwrap_or(to)));
        let kind = AggregateType::TopUp;
        let (mut orders, mut with_statements) = (vec![], true);
        for id in self.reader.streams_between(kind, begin, end).await? {
            let Ok(id) = id.parse() else { continue };
            let mut found = self.order(id, with_statements, at).await?;
            // Those of the other orders are as far behind, and are not waited for once more.
            with_statements &= found.iter().all(|line| line.statement.is_some());
            // What moves at this moment differs for this moment alone.
            if found.iter().any(|line| !line.differences.is_empty()) {
                found = self.order(id, with_statements, at).await?;
            }
            orders.push(found);
        }
        match is_silent(&orders) {
            true => Err(ReconcileError::Unreadable {
                orders: orders.len(),
            }),
            false => Ok(orders.into_iter().flatten().collect()),
        }
    }

    /// How every payment of an order stands: those that can be asked about by name, and those that the gateway lists.
    pub(super) async fn reports(
        &self,
        top_up: &TopUp,
        order_id: &str,
    ) -> Result<Vec<StatusReport>, GatewayError> {
        let known = top_up.transactions();
        let mut reports = self.gateway.reports(order_id, known).await?;
        for attempt in self.gateway.attempts(order_id).await? {
            let is_known = |report: &StatusReport| report.transaction_id == attempt.transaction_id;
            if attempt.order_id == order_id && !reports.iter().any(is_known) {
                reports.push(attempt);
            }
        }
        Ok(reports)
    }

    async fn order(
        &self,
        id: TopUpId,
        with_statement: bool,
        at: DateTime<Utc>,
    ) -> Result<Vec<Line>, ReconcileError> {
        let top_up = self.states.load::<TopUp>(&id).await?;
        let (Some(order_id), Some(wallet_id)) = (top_up.order_id(), top_up.wallet_id()) else {
            return Ok(vec![]);
        };
        let reports = match self.reports(&top_up, order_id).await {
            Err(error) if !error.is_about_one_order() => return Err(error.into()),
            reports => reports,
        };
        let expected = self.gateway.expected(order_id, top_up.amount());
        let told = reports.iter().flatten();
        let told = told.map(|report| Told::of(report, &expected)).collect();
        let mut books = OrderBooks::new(id, order_id, wallet_id, told);
        for stream in [
            StreamId::of::<TopUp>(&id),
            StreamId::of::<purser_domain::wallet::Wallet>(&wallet_id),
        ] {
            for stored in self.reader.stream(&stream, 0).await? {
                let recorded = stored.decode()?;
                match &recorded.event {
                    Event::TopUp(fact) => books.top_up(fact, recorded.at),
                    Event::Wallet(fact) => books.wallet(fact),
                    _ => {}
                }
            }
        }
        books.cleared = self.books.cleared(id).await?;
        books.shown = match with_statement {
            true => self.shown(wallet_id, id).await?,
            false => None,
        };
        Ok(match reports {
            Ok(_) => compare(&books, at),
            Err(error) => vec![unreadable(&books, &error)],
        })
    }

    /// What the wallet's statement shows of an order; `None` while the statements are behind, or built anew.
    async fn shown(
        &self,
        wallet: WalletId,
        order: TopUpId,
    ) -> Result<Option<Moved>, ReconcileError> {
        let head = self.reader.head().await?;
        let models = [WalletTransactions::NAME];
        let mut views = match self.views.at(&models, Some(head)).await {
            Ok(views) => views,
            Err(error @ ViewsError::Behind { .. }) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the statements are not compared"
                );
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let moved = wallet_transactions::of_order(&mut views, wallet, order).await?;
        Ok(Some(moved))
    }
}
