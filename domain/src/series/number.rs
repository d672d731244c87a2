use crate::document::DocumentKind;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Names a series: `invoice-2027`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId {
    pub kind: DocumentKind,
    /// Of the Jakarta date.
    pub year: i32,
}

/// A number as it stands on paper: `INV/2027/000001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaperNumber {
    pub series: SeriesId,
    pub number: u32,
}

/// A text that is no number of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no number of a document, like INV/2027/000001")]
pub struct NotANumber;

impl SeriesId {
    /// The series of documents with this date.
    pub fn of(kind: DocumentKind, date: NaiveDate) -> Self {
        let year = date.year();
        Self { kind, year }
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.kind.as_str(), self.year)
    }
}

impl FromStr for SeriesId {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let (kind, year) = text.rsplit_once('-').ok_or(NotANumber)?;
        let mut known = DocumentKind::ALL.into_iter();
        let kind = known.find(|known| known.as_str() == kind);
        Ok(Self {
            kind: kind.ok_or(NotANumber)?,
            year: year.parse().map_err(|_| NotANumber)?,
        })
    }
}

impl fmt::Display for PaperNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, year) = (self.series.kind.prefix(), self.series.year);
        write!(formatter, "{prefix}/{year}/{:06}", self.number)
    }
}

impl FromStr for PaperNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let mut parts = text.splitn(3, '/');
        let prefix = parts.next().ok_or(NotANumber)?;
        let mut known = DocumentKind::ALL.into_iter();
        let kind = known.find(|kind| kind.prefix() == prefix);
        let year = parts.next().ok_or(NotANumber)?;
        let number = parts.next().ok_or(NotANumber)?;
        Ok(Self {
            series: SeriesId {
                kind: kind.ok_or(NotANumber)?,
                year: year.parse().map_err(|_| NotANumber)?,
            },
            number: number.parse().map_err(|_| NotANumber)?,
        })
    }
}

impl TryFrom<String> for PaperNumber {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        text.parse()
    }
}

impl From<PaperNumber> for String {
    fn from(number: PaperNumber) -> Self {
        number.to_string()
    }
}
