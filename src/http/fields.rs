//! Parsing a body's fields, all of them, so that the caller hears of every mistake at once.

use super::problem::{FieldError, Problem};
use purser_domain::{Rupiah, text::Reason};
use std::{fmt, str::FromStr};

/// The mistakes found so far.
#[derive(Default)]
pub(super) struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    pub(super) fn parse<T: FromStr<Err: fmt::Display>>(
        &mut self,
        pointer: &str,
        text: &str,
    ) -> Option<T> {
        self.take(pointer, text.parse())
    }

    /// A field that may be absent.
    pub(super) fn parse_if<T: FromStr<Err: fmt::Display>>(
        &mut self,
        pointer: &str,
        text: Option<&str>,
    ) -> Option<T> {
        text.and_then(|text| self.parse(pointer, text))
    }

    pub(super) fn take<T, E: fmt::Display>(
        &mut self,
        pointer: &str,
        parsed: Result<T, E>,
    ) -> Option<T> {
        parsed
            .map_err(|error| self.wrong(pointer, error.to_string()))
            .ok()
    }

    pub(super) fn wrong(&mut self, pointer: &str, detail: impl Into<String>) {
        self.errors.push(FieldError {
            pointer: pointer.to_owned(),
            detail: detail.into(),
        });
    }

    /// What was parsed, if nothing was wrong: `None` inside means that a mistake was noted for it.
    pub(super) fn done<T>(self, parsed: Option<T>) -> Result<T, Problem> {
        match parsed {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

/// An amount in whole rupiah at `/amount`, and why at `/reason`.
pub(super) fn amount_and_reason(amount: i64, reason: &str) -> Result<(Rupiah, Reason), Problem> {
    let mut fields = Fields::default();
    let amount = fields.take("/amount", Rupiah::try_from(amount));
    let reason = fields.parse("/reason", reason);
    fields.done(amount.zip(reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_domain::text::{Email, PersonName};

    #[test]
    fn every_mistake_is_told_at_once() {
        let mut fields = Fields::default();
        let name = fields.parse::<PersonName>("/name", "");
        let email = fields.parse::<Email>("/email", "budi");
        let problem = fields.done(name.zip(email)).unwrap_err();
        let pointers: Vec<&str> = problem
            .errors
            .iter()
            .map(|error| error.pointer.as_str())
            .collect();
        assert_eq!(pointers, ["/name", "/email"]);
    }
}
