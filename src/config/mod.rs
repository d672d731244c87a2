//! Settings: one struct, read once in `main` and passed down as plain values.

mod apart;
mod app_mail;
mod cluster;
mod environment;
mod gateway;
mod mail;
mod measuring;
mod paper;
mod rules;
mod sagas;
mod secret;
mod settings;
mod signing_in;
#[cfg(test)]
mod tests;
mod web_url;

pub use cluster::recipes;
pub use environment::{Environment, Problems};
pub use gateway::midtrans;
pub use sagas::SagaOptions;
pub use secret::Secret;
pub use settings::Settings;
pub use web_url::{WebUrl, WebUrlError};
