//! Dates and moments on their way in: one form each, that of RFC 3339, and of years that everybody can write.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use purser_domain::period::YEARS;
use serde_json::Value;
use std::{borrow::Cow, str::FromStr};

/// A date that the caller gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day(pub(super) NaiveDate);

/// A moment that the caller gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(pub(super) DateTime<Utc>);

/// Why a text is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DateError {
    #[error("is not a date like 2027-06-30")]
    NotADay,
    #[error("is not a moment like 2027-06-30T09:00:00Z")]
    NotAMoment,
    #[error("is not of the years {least} to {most}", least = YEARS.start(), most = YEARS.end())]
    Year,
}

impl FromStr for Day {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        // Chrono takes years of any length, signs, and months of one digit.
        let digit = |(index, byte): (usize, u8)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        let has_form = text.len() == 10 && text.bytes().enumerate().all(digit);
        let day: NaiveDate = has_form
            .then(|| text.parse().ok())
            .flatten()
            .ok_or(DateError::NotADay)?;
        match YEARS.contains(&day.year()) {
            true => Ok(Self(day)),
            false => Err(DateError::Year),
        }
    }
}

impl FromStr for Moment {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| DateError::NotAMoment)?;
        let moment = moment.to_utc();
        match YEARS.contains(&moment.year()) {
            true => Ok(Self(moment)),
            false => Err(DateError::Year),
        }
    }
}

macro_rules! written {
    ($name:ident, $format:literal) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;

            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                concat!("string_", $format).into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", $format)))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new([self].into_iter())
            }
        }

        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                match value.unwrap_or_default() {
                    Value::String(text) => text.parse().map_err(ParseError::custom),
                    value => Err(ParseError::expected_type(value)),
                }
            }
        }

        impl ParseFromParameter for $name {
            fn parse_from_parameter(text: &str) -> ParseResult<Self> {
                text.parse().map_err(ParseError::custom)
            }
        }

        impl ToJSON for $name {
            /// In the form in which answers have it.
            fn to_json(&self) -> Option<Value> {
                self.0.to_json()
            }
        }
    };
}

written!(Day, "date");
written!(Moment, "date-time");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_form() {
        assert_eq!(
            "2027-06-30".parse(),
            Ok(Day(NaiveDate::from_ymd_opt(2027, 6, 30).unwrap()))
        );
        for text in ["1970-01-01", "9999-12-31", "2028-02-29"] {
            assert!(text.parse::<Day>().is_ok(), "{text}");
        }
        for text in [
            "",
            "2026-1-1",
            "2027-02-29",
            "2026-13-01",
            "+2026-1-01",
            "+10000-01-01",
            "+262142-12-31",
            "-4713-01-01",
            " 2026-1-01",
            "2026/01/01",
            "2026-01-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Day>(), Err(DateError::NotADay), "{text}");
        }
        for text in ["0000-01-01", "1969-12-31"] {
            assert_eq!(text.parse::<Day>(), Err(DateError::Year), "{text}");
        }
    }

    #[test]
    fn a_moment_has_an_offset_and_a_year_of_four_digits() {
        for text in ["2027-06-30T09:00:00Z", "2027-06-30T16:00:00.000+07:00"] {
            let noon = "2027-06-30T09:00:00Z".parse::<DateTime<Utc>>().unwrap();
            assert_eq!(text.parse(), Ok(Moment(noon)), "{text}");
        }
        for text in [
            "",
            "2027-06-30",
            "2027-06-30T09:00:00",
            "2027-06-30T09:00Z",
            "+10000-01-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(DateError::NotAMoment), "{text}");
        }
        for text in ["9999-12-31T23:59:59-01:00", "1969-12-31T23:59:59Z"] {
            assert_eq!(text.parse::<Moment>(), Err(DateError::Year), "{text}");
        }
    }
}
