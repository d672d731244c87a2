//! The history: deciding, appending, reading and proving it. It never reads a projection and knows
//! nothing of HTTP.

mod append;
mod appender;
mod batch;
mod cache;
pub mod canonical;
mod command;
mod connection;
mod context;
mod error;
mod leaf;
mod migrate;
mod reader;
mod states;
mod upcasters;

pub use append::Head;
pub use appender::{Appender, AppenderOptions};
pub use command::{Command, Committed};
pub use context::{Asking, Context};
pub use error::{CommandError, StoreError};
pub use leaf::{Leaf, chain};
pub use migrate::{MigrateError, migrate};
pub use reader::{Reader, StoredEvent};
pub use states::{Loaded, States};

pub(crate) use reader::range;
