//! Paper: receipts, invoices and credit notes. **Invariants:** what a document says is never changed once it is issued; it
//! gets one number, and the number and the digest of its PDF stand in the same event; no more of an invoice is credited
//! than it is over.

mod aggregate;
mod commands;
mod content;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::{Document, Numbered};
pub use commands::DocumentCommand;
pub use content::{
    BillCause, Billed, Content, ContentVat, DocumentKind, Matter, ReturnCause, Returned, Seller,
    ToppedUp,
};
pub use error::DocumentError;
pub use events::DocumentEvent;
