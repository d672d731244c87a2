//! The end of the law's time for paper: whose names stand on it is forgotten, the digests go on proving it.

use crate::{
    auth::{Vault, VaultError},
    clock::Clock,
    rounds::Rounds,
};
use chrono::Datelike as _;
use purser_domain::period::jakarta_date;
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEASE: &str = "paper-keys";
/// How often is looked whether a year is over; a clock that is moved is looked at at once.
const LOOK: Duration = Duration::from_secs(3_600);

/// Drops the keys of paper that need not be kept any more, until told to stop.
pub struct Keeping {
    pub vault: Vault,
    pub pool: PgPool,
    pub clock: Clock,
    /// For how many years after that of its date paper is kept.
    pub years: u32,
}

impl Keeping {
    pub async fn run(self, holder: Uuid, stop: CancellationToken) {
        let rounds = Rounds {
            pool: &self.pool,
            lease: LEASE,
            clock: &self.clock,
            every: LOOK,
        };
        rounds
            .run(holder, stop, || Box::pin(self.look()), warn)
            .await;
    }

    async fn look(&self) -> Result<(), VaultError> {
        let year = jakarta_date(self.clock.now()).year();
        // What was issued in the last moment of a year may bear the date of the next, under the key of the first.
        let first = year - 1 - i32::try_from(self.years).unwrap_or(year);
        let erased = self.vault.erase_buyers_before(first).await?;
        if erased > 0 {
            tracing::info!("{erased} keys of paper from before {first} are dropped");
        }
        Ok(())
    }
}

fn warn(error: &VaultError) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "keys of old paper could not be dropped; it is tried again"
    );
}
