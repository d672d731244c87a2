use crate::{aggregate::event_names, ids::DocumentId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SeriesEvent {
    /// This number is the document's, for ever.
    #[serde(rename = "series.numbered")]
    Numbered {
        number: u32,
        document_id: DocumentId,
        date: NaiveDate,
    },
}

event_names!(SeriesEvent {
    Numbered => "series.numbered" v "1",
});
