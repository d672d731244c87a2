//! The numbers of one kind of document in one Jakarta year. **Invariants:** they are 1, 2, 3 … without a gap, each of one
//! document, and their dates never step back. A number is never given again, whatever becomes of its document.

mod aggregate;
mod commands;
mod error;
mod events;
mod number;
#[cfg(test)]
mod tests;

pub use aggregate::Series;
pub use commands::SeriesCommand;
pub use error::SeriesError;
pub use events::SeriesEvent;
pub use number::{NotANumber, PaperNumber, SeriesId};
