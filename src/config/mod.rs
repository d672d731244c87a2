//! Settings: one struct, read once in `main` and passed down as plain values.

mod environment;
mod gateway;
mod measuring;
mod paper;
mod sagas;
mod secret;
mod settings;

pub use environment::{Environment, Problems};
pub use gateway::midtrans;
pub use sagas::SagaOptions;
pub use secret::Secret;
pub use settings::{Settings, recipes};
