use crate::ids::DocumentId;
use chrono::NaiveDate;

#[derive(Clone, Debug)]
pub enum SeriesCommand {
    /// Gives this number, which has to be the next one, to a document.
    Number {
        number: u32,
        document_id: DocumentId,
        /// The Jakarta date that the document bears.
        date: NaiveDate,
    },
}
