//! Settings: one struct, read once in `main` and passed down as plain values.

mod apart;
mod app_mail;
mod environment;
mod gateway;
mod measuring;
mod paper;
mod sagas;
mod secret;
mod settings;
mod signing_in;

pub use environment::{Environment, Problems};
pub use gateway::midtrans;
pub use sagas::SagaOptions;
pub use secret::Secret;
pub use settings::{Settings, recipes};
