//! A name that only one may hold: an e-mail address, a subdomain; or that a person had something once. Its id is an HMAC of the normalised value under the installation's key, never the value.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::{Claim, ClaimId, NotAClaimId};
pub use commands::ClaimCommand;
pub use error::ClaimError;
pub use events::{ClaimEvent, ClaimKind};
