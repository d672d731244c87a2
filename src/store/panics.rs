//! Panics of the domain's code, which is run in the one task that all writes go through: one must cost its own command and no
//! more.

use super::StoreError;
use crate::panics::said;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs it, and makes an error of a panic. What it was changing by then is in no known state.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(StoreError::Panicked(said(&*panic))))
}
