use super::{SeriesCommand, SeriesError, SeriesEvent, SeriesId};
use crate::{aggregate::aggregate, ids::DocumentId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The last number, whose it is, and its date.
    last: Option<(u32, DocumentId, NaiveDate)>,
}

aggregate!(
    Series,
    SeriesId,
    SeriesCommand,
    SeriesEvent,
    SeriesError,
    "series"
);

impl Series {
    /// The number that the next document gets.
    pub fn next(&self) -> u32 {
        self.last.map_or(1, |(number, _, _)| number + 1)
    }

    /// The date of the last number.
    pub fn last_date(&self) -> Option<NaiveDate> {
        self.last.map(|(_, _, date)| date)
    }

    pub(super) fn decide(&self, command: SeriesCommand) -> Result<Vec<SeriesEvent>, SeriesError> {
        use {SeriesCommand as Do, SeriesError as No, SeriesEvent as Did};
        let Do::Number {
            number,
            document_id,
            date,
        } = command;
        match self.last {
            Some(last) if last == (number, document_id, date) => Ok(vec![]),
            _ if number != self.next() => Err(No::NotNext { next: self.next() }),
            Some((_, _, last)) if date < last => Err(No::StepsBack { last }),
            _ => Ok(vec![Did::Numbered {
                number,
                document_id,
                date,
            }]),
        }
    }

    pub(super) fn fold(&mut self, event: SeriesEvent) {
        let SeriesEvent::Numbered {
            number,
            document_id,
            date,
        } = event;
        self.last = Some((number, document_id, date));
    }
}
