//! Settings: one struct, read once in `main` and passed down as plain values.

mod environment;
mod measuring;
mod secret;
mod settings;

pub use environment::{Environment, Problems};
pub use secret::Secret;
pub use settings::{Settings, recipes};
