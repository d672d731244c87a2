//! Value added tax, as a policy that the operator sets: rates and duties are his to know, never constants of the code.
//! Whole numbers throughout; a half is rounded up (billing rule 24).

mod policy;
mod ratio;
#[cfg(test)]
mod tests;

pub use policy::{VatPolicy, VatRate, VatShare};
pub use ratio::{NotARatio, Ratio};
