use super::Content;
use crate::{Rupiah, ids::DocumentId, series::PaperNumber};
use chrono::{DateTime, NaiveDate, Utc};

#[derive(Clone, Debug)]
pub enum DocumentCommand {
    Issue {
        content: Box<Content>,
        at: DateTime<Utc>,
    },
    Number {
        number: PaperNumber,
        /// The Jakarta date that it bears.
        date: NaiveDate,
        template: u32,
        pdf_sha256: String,
        /// The number of the invoice that it gives back of.
        invoice: Option<PaperNumber>,
        at: DateTime<Utc>,
    },
    /// Something of this invoice is given back.
    Credit {
        credit_note_id: DocumentId,
        amount: Rupiah,
    },
}
