use super::Content;
use crate::{Rupiah, aggregate::event_names, ids::DocumentId, series::PaperNumber};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentEvent {
    /// What it says stands; its number follows in the order of the history.
    #[serde(rename = "document.issued")]
    Issued {
        content: Box<Content>,
        at: DateTime<Utc>,
    },
    /// It has its number. Rendered again from the history with this template, its PDF is the same to the byte.
    #[serde(rename = "document.numbered")]
    Numbered {
        number: PaperNumber,
        /// The Jakarta date that it bears.
        date: NaiveDate,
        /// The version of words, layout and fonts.
        template: u32,
        /// In hexadecimal.
        pdf_sha256: String,
        /// The number of the invoice that it gives back of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoice: Option<PaperNumber>,
        at: DateTime<Utc>,
    },
    /// Something of this invoice was given back, by a credit note in the same commit.
    #[serde(rename = "document.credited")]
    Credited {
        credit_note_id: DocumentId,
        amount: Rupiah,
    },
}

event_names!(DocumentEvent {
    Issued => "document.issued" v "1",
    Numbered => "document.numbered" v "1",
    Credited => "document.credited" v "1",
});
