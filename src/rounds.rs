//! What one process at a time looks at again and again.

use crate::clock::Clock;
use futures_util::future::BoxFuture;
use purser_projections::checkpoint;
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A look that is repeated by whoever has its lease, as long as the clock can be trusted.
pub(crate) struct Rounds<'a> {
    pub(crate) pool: &'a PgPool,
    pub(crate) lease: &'a str,
    pub(crate) clock: &'a Clock,
    /// How long after one look the next begins; it begins at once where the clock is moved.
    pub(crate) every: Duration,
}

impl Rounds<'_> {
    /// Looks until told to stop. `failed` is told what went wrong; the look is repeated nonetheless.
    pub(crate) async fn run<'a, E: From<sqlx::Error>>(
        self,
        holder: Uuid,
        stop: CancellationToken,
        look: impl Fn() -> BoxFuture<'a, Result<(), E>>,
        failed: fn(&E),
    ) {
        let mut moved = self.clock.moves();
        let working = async {
            loop {
                let looking = async {
                    loop {
                        if self.clock.off().is_none()
                            && let Err(error) = look().await
                        {
                            failed(&error);
                        }
                        tokio::select! {
                            () = tokio::time::sleep(self.every) => {}
                            Ok(()) = moved.changed() => {}
                        }
                    }
                };
                let held = checkpoint::while_held(self.pool, self.lease, holder, looking).await;
                if let Err(error) = held {
                    failed(&error.into());
                }
                tokio::time::sleep(checkpoint::RENEW).await;
            }
        };
        stop.run_until_cancelled(working).await;
    }
}
