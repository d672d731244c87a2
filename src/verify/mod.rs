//! The self-check: proves, on one cut of the database, that the history is whole and that everything
//! built from it is what it should be. It reads and compares; it changes nothing.

mod anchors;
mod books;
mod history;
mod paper;
mod stream;
mod trail;
mod views;

use crate::{
    relay::Bus,
    store::{Anchor, Reader, StoreError},
};
pub use anchors::verify_anchors;
use history::History;
pub use paper::verify_pdfs;
use purser_projections::{ProjectionError, ReadModel};
use sqlx::{Connection as _, Executor as _, PgPool};
use std::{fmt, sync::Arc};
use trail::UnderWay;

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it proves.
    pub name: String,
    /// How much was looked at: `1204 events`.
    pub looked_at: String,
    /// Every difference, named.
    pub differences: Vec<String>,
}

/// All that was looked at.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub checks: Vec<Check>,
    /// The head of the history, where all of it was looked at.
    pub head: Option<Anchor>,
}

impl Report {
    /// Every difference of every check.
    pub fn differences(&self) -> Vec<&str> {
        self.checks
            .iter()
            .flat_map(|check| check.differences.iter().map(String::as_str))
            .collect()
    }

    pub fn is_clean(&self) -> bool {
        self.differences().is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let mark = if check.differences.is_empty() {
                "ok  "
            } else {
                "FAIL"
            };
            writeln!(formatter, "{mark}  {:<44} {}", check.name, check.looked_at)?;
            for difference in check.differences.iter().take(20) {
                writeln!(formatter, "      - {difference}")?;
            }
            if let Some(more @ 1..) = check.differences.len().checked_sub(20) {
                writeln!(formatter, "      - and {more} more")?;
            }
        }
        let count = self.differences().len();
        if let Some(head) = self.head.filter(|_| count == 0) {
            writeln!(formatter, "head  {head}")?;
        }
        match count {
            0 => write!(formatter, "everything is as it should be"),
            1 => write!(formatter, "1 difference"),
            _ => write!(formatter, "{count} differences"),
        }
    }
}

/// The check could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("the database cannot be read")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Projection(#[from] ProjectionError),
}

/// Looks at the books alone.
///
/// # Errors
/// The database cannot be read. What is wrong with it is in the checks.
pub async fn verify_books(pool: &PgPool) -> Result<Vec<Check>, VerifyError> {
    let mut connection = pool.acquire().await?;
    let mut cut = connection.begin().await?;
    cut.execute("set transaction isolation level repeatable read, read only")
        .await?;
    let history = History::read(&mut cut, &mut []).await?;
    cut.rollback().await?;
    Ok(history.checks_of_money())
}

/// Looks at everything. Without `bus` the stream is left out.
///
/// # Errors
/// The database cannot be read. What is wrong with it is in the report.
pub async fn verify(
    pool: &PgPool,
    bus: Option<&Bus>,
    models: &[Arc<dyn ReadModel>],
) -> Result<Report, VerifyError> {
    let mut connection = pool.acquire().await?;
    let mut cut = connection.begin().await?;
    cut.execute("set transaction isolation level repeatable read, read only")
        .await?;
    let mut folds = views::begin(&mut cut, models).await?;
    let history = History::read(&mut cut, &mut folds).await?;
    let under_way = UnderWay::read(&mut cut).await?;
    let mut report = Report {
        checks: history.checks(&under_way),
        head: Some(history.head()),
    };
    for fold in folds {
        report.checks.push(fold.check(&mut cut).await?);
    }
    report.checks.push(views::parked(&mut cut).await?);
    report.checks.push(views::effects(&mut cut).await?);
    let head = history.head().position;
    report.checks.push(views::beyond(&mut cut, head).await?);
    cut.rollback().await?;
    if let Some(bus) = bus {
        let reader = Reader::new(pool.clone());
        report.checks.push(stream::check(bus, &reader).await?);
    }
    Ok(report)
}
