//! How long a follower waits for one of its transactions.

use super::ApplyError;
use std::{io, time::Duration};

/// Documents are rendered within one, and a thousand rows written: seconds on a bad day. Who waits longer waits for a database
/// that has vanished without a word.
const COMMITTED: Duration = Duration::from_secs(120);

pub(super) async fn in_time<T>(
    committing: impl Future<Output = Result<T, ApplyError>>,
) -> Result<T, ApplyError> {
    let committed = tokio::time::timeout(COMMITTED, committing).await;
    let silent = || sqlx::Error::from(io::Error::from(io::ErrorKind::TimedOut));
    committed.unwrap_or_else(|_| Err(silent().into()))
}
