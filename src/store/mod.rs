//! The history: deciding, appending, reading and proving it. It never reads a projection and knows
//! nothing of HTTP.

mod anchor;
mod append;
mod appender;
mod batch;
mod cache;
pub mod canonical;
mod command;
mod connection;
mod context;
mod error;
mod landmark;
mod leaf;
mod migrate;
mod operators;
mod panics;
mod reader;
mod states;
mod turns;
mod upcasters;

pub use anchor::{Anchor, AnchorError};
pub use append::Head;
pub use appender::{Appender, AppenderOptions};
pub use command::{AnswerError, Command, Committed};
pub use context::{Asking, Context};
pub use error::{CommandError, StoreError};
pub use leaf::{Leaf, chain};
pub use migrate::{MigrateError, migrate};
pub use reader::{Reader, StoredEvent};
pub use states::{Loaded, States};
pub use turns::{Turn, Turns};

pub(crate) use connection::{answer, answered, compare_clocks};
pub(crate) use operators::OperatorCommand;
pub(crate) use reader::range;

/// For tests of what happens while the database is away.
#[cfg(test)]
pub(crate) fn pool_to_nowhere() -> sqlx::PgPool {
    sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(std::time::Duration::from_millis(100))
        .connect_lazy("postgres://nobody@127.0.0.1:1/nothing")
        .expect("the address is well-formed")
}
