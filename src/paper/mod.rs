//! Paper as people hold it: receipts, invoices and credit notes as HTML and PDF. **Invariant:** what is rendered follows
//! from the history alone, so that a PDF comes out the same to the byte whenever it is rendered; a released version of
//! words, layout and fonts is never edited, a change of them is another version.

mod archive;
mod font;
mod issuer;
mod keeping;
mod numbering;
mod pdf;
mod press;
mod sheet;
#[cfg(test)]
mod tests;
mod v1;
mod v2;

/// The saga that decides what is put on paper.
pub const SAGA: &str = "paper";

pub use archive::{Archive, ArchiveError, Found};
pub use issuer::Issuer;
pub use keeping::Keeping;
pub use numbering::Numbering;
pub use press::{Press, PressError};
