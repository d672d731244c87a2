//! Read models: what queries are answered from. Each is folded from events alone and can be built
//! again at any time; none sends, calls or reads a clock.

pub mod checkpoint;
pub mod pages;
mod read_model;
mod rows;
mod table;
pub mod wallets;

pub use read_model::{Difference, Fold, ProjectionError, ReadModel, Unprojectable};
pub use rows::{Row, Rows};
pub use table::{Projection, Table};

/// Every read model, in the order in which they are listed to people.
pub fn all() -> Vec<std::sync::Arc<dyn ReadModel>> {
    vec![Table::<wallets::Wallets>::model()]
}
