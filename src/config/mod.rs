//! Settings: one struct a section, read once in `main` and passed down as plain values.

mod secret;

pub use secret::Secret;
