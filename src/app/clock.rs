//! The watch over the clock: asks the database for its own now and then.

use crate::{
    clock::Clock,
    store::{answer, answered, compare_clocks},
};
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A jump of the machine's clock is known at once, and so is that it slept where anybody goes by it; this is for a jump of the
/// database's.
const LOOK: Duration = Duration::from_secs(10);
/// While they disagree nothing is done, so that they agree again is to be known soon.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Compares until told to stop, and says where they begin to disagree and where they agree again.
pub(super) async fn watch(clock: Clock, pool: PgPool, stop: CancellationToken) {
    let (mut moved, mut was_off) = (clock.moves(), false);
    loop {
        if let Some(Err(error)) = stop.run_until_cancelled(compare(&clock, &pool)).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the database was not asked what time it is"
            );
        }
        let off = clock.off();
        match off {
            Some(off) if !was_off => {
                tracing::error!("{off}: nothing is written and no timer fires until they agree")
            }
            None if was_off => tracing::info!("the clocks agree again"),
            _ => {}
        }
        was_off = off.is_some();
        tokio::select! {
            () = tokio::time::sleep(if was_off { LOOK_AGAIN } else { LOOK }) => {}
            Ok(()) = moved.changed() => {}
            // Its own finding that they still disagree is no news.
            () = clock.doubted(), if !was_off => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Holds the clock against the database's once.
pub(super) async fn compare(clock: &Clock, pool: &PgPool) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    let compared = answer(compare_clocks(clock, &mut connection)).await;
    answered(&mut connection, compared)
}
