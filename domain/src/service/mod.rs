//! An app in the catalogue, with its plans and prices. Prices are copied into what is sold; a change here never touches a running period.

mod aggregate;
mod commands;
mod error;
mod events;
mod notice;
#[cfg(test)]
mod tests;

pub use aggregate::{ForSale, Priced, Service};
pub use commands::{Licence, ServiceCommand};
pub use error::ServiceError;
pub use events::{Free, Plan, PriceList, ServiceEvent};
pub use notice::PriceNotice;
