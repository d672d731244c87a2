//! The head of the history in the log, once a day: a log is kept elsewhere, and what stands there nobody can make fit by
//! changing the database.

use crate::{clock::Clock, store::Reader};
use purser_domain::period::jakarta_date;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often is looked whether a day is over.
const LOOK: Duration = Duration::from_secs(60);

/// Tells the head at the start and on every new Jakarta day, until told to stop.
pub(super) async fn tell(reader: Reader, clock: Clock, stop: CancellationToken) {
    let (mut moved, mut told) = (clock.moves(), None);
    loop {
        let today = jakarta_date(clock.now());
        if told != Some(today) {
            match reader.anchor().await {
                Ok(head) => {
                    told = Some(today);
                    tracing::info!(
                        event.position = head.position,
                        "the history has come to {head} on {today}"
                    );
                }
                Err(error) => tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the head of the history could not be read"
                ),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            Ok(()) = moved.changed() => {}
            () = stop.cancelled() => return,
        }
    }
}
