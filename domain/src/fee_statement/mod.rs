//! What the payment gateway kept for itself in a month, as its statement says. Without the gateway's fee lines nobody else
//! tells it (billing rule 39).

use crate::{
    Rupiah,
    aggregate::{aggregate, event_names},
    ids::FeeStatementId,
    period::YEARS,
    rejection::rejection,
    text::Reason,
};
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FeeStatementEvent {
    #[serde(rename = "fee_statement.booked")]
    Booked {
        /// Its first day.
        month: NaiveDate,
        amount: Rupiah,
        /// Which statement says so.
        reason: Reason,
    },
    /// It had been booked wrongly.
    #[serde(rename = "fee_statement.corrected")]
    Corrected {
        /// Its first day.
        month: NaiveDate,
        /// What was booked.
        before: Rupiah,
        amount: Rupiah,
        reason: Reason,
    },
}

event_names!(FeeStatementEvent {
    Booked => "fee_statement.booked" v "1",
    Corrected => "fee_statement.corrected" v "1",
});

#[derive(Clone, Debug)]
pub enum FeeStatementCommand {
    Book {
        /// Its first day.
        month: NaiveDate,
        amount: Rupiah,
        /// What is booked and was wrong.
        replaces: Option<Rupiah>,
        reason: Reason,
        /// The Jakarta date.
        today: NaiveDate,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeStatementError {
    #[error("fees are of the years {least} to {most}", least = YEARS.start(), most = YEARS.end())]
    MonthOutOfRange,
    #[error("this month is not over")]
    MonthNotOver,
    #[error("fees of nothing are no fees")]
    NoAmount,
    #[error("{booked} is booked for this month already")]
    AlreadyBooked { booked: Rupiah },
    #[error("nothing is booked for this month that could be replaced")]
    NotBooked,
}

rejection!(FeeStatementError {
    MonthOutOfRange => "fee_statement.month_out_of_range" Invalid,
    MonthNotOver => "fee_statement.month_not_over" Invalid,
    NoAmount => "fee_statement.no_amount" Invalid,
    AlreadyBooked => "fee_statement.already_booked" Conflict,
    NotBooked => "fee_statement.not_booked" Conflict,
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeeStatement {
    booked: Option<Rupiah>,
}

aggregate!(
    FeeStatement,
    FeeStatementId,
    FeeStatementCommand,
    FeeStatementEvent,
    FeeStatementError,
    "fee_statement"
);

impl FeeStatement {
    fn decide(
        &self,
        command: FeeStatementCommand,
    ) -> Result<Vec<FeeStatementEvent>, FeeStatementError> {
        let FeeStatementCommand::Book {
            month,
            amount,
            replaces,
            reason,
            today,
        } = command;
        match self.booked {
            _ if !YEARS.contains(&month.year()) => Err(FeeStatementError::MonthOutOfRange),
            Some(booked) if booked == amount => Ok(vec![]),
            Some(before) if replaces == Some(before) => Ok(vec![FeeStatementEvent::Corrected {
                month: month_of(month),
                before,
                amount,
                reason,
            }]),
            None if replaces.is_some() => Err(FeeStatementError::NotBooked),
            Some(booked) => Err(FeeStatementError::AlreadyBooked { booked }),
            None if amount.is_zero() => Err(FeeStatementError::NoAmount),
            None if month_of(today) <= month_of(month) => Err(FeeStatementError::MonthNotOver),
            None => Ok(vec![FeeStatementEvent::Booked {
                month: month_of(month),
                amount,
                reason,
            }]),
        }
    }

    fn fold(&mut self, event: FeeStatementEvent) {
        let (FeeStatementEvent::Booked { amount, .. }
        | FeeStatementEvent::Corrected { amount, .. }) = event;
        self.booked = Some(amount);
    }
}

/// The first day of a day's month.
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::{
        FeeStatement, FeeStatementCommand as Do, FeeStatementError, FeeStatementEvent as Did,
    };
    use crate::story::{retold, rp, text};
    use cqrs_es::test::TestFramework;

    fn statement() -> TestFramework<FeeStatement> {
        TestFramework::with(())
    }

    fn book(amount: i64, today: &str) -> Do {
        Do::Book {
            month: "2027-01-17".parse().unwrap(),
            amount: rp(amount),
            replaces: None,
            reason: text("statement 2027-01"),
            today: today.parse().unwrap(),
        }
    }

    fn booked() -> Did {
        Did::Booked {
            month: "2027-01-01".parse().unwrap(),
            amount: rp(45_000),
            reason: text("statement 2027-01"),
        }
    }

    #[test]
    fn a_month_is_booked_once_when_it_is_over() {
        statement()
            .given_no_previous_events()
            .when(book(45_000, "2027-02-01"))
            .then_expect_events(vec![booked()]);
        statement()
            .given_no_previous_events()
            .when(book(45_000, "2027-01-31"))
            .then_expect_error(FeeStatementError::MonthNotOver);
        statement()
            .given(vec![booked()])
            .when(book(45_000, "2027-02-01"))
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_month_is_of_a_year_that_everybody_can_write() {
        for month in ["-262143-01-01", "1969-12-31", "+10000-01-01"] {
            let mut book = book(45_000, "2027-02-01");
            let Do::Book { month: of, .. } = &mut book;
            *of = month.parse().unwrap();
            statement()
                .given_no_previous_events()
                .when(book)
                .then_expect_error(FeeStatementError::MonthOutOfRange);
        }
    }

    #[test]
    fn another_amount_of_the_same_month_is_refused() {
        statement()
            .given(vec![booked()])
            .when(book(46_000, "2027-02-01"))
            .then_expect_error(FeeStatementError::AlreadyBooked { booked: rp(45_000) });
        statement()
            .given_no_previous_events()
            .when(book(0, "2027-02-01"))
            .then_expect_error(FeeStatementError::NoAmount);
    }

    fn correct(before: i64, amount: i64) -> Do {
        Do::Book {
            month: "2027-01-17".parse().unwrap(),
            amount: rp(amount),
            replaces: Some(rp(before)),
            reason: text("a digit too many"),
            today: "2027-02-01".parse().unwrap(),
        }
    }

    #[test]
    fn what_was_booked_wrongly_is_replaced_by_who_knows_what_it_was() {
        for amount in [4_500, 0] {
            let corrected = Did::Corrected {
                month: "2027-01-01".parse().unwrap(),
                before: rp(45_000),
                amount: rp(amount),
                reason: text("a digit too many"),
            };
            statement()
                .given(vec![booked()])
                .when(correct(45_000, amount))
                .then_expect_events(vec![corrected]);
        }
        statement()
            .given(vec![booked()])
            .when(correct(44_000, 4_500))
            .then_expect_error(FeeStatementError::AlreadyBooked { booked: rp(45_000) });
        statement()
            .given_no_previous_events()
            .when(correct(45_000, 4_500))
            .then_expect_error(FeeStatementError::NotBooked);
    }

    #[tokio::test]
    async fn what_is_folded_is_what_was_handled() {
        let corrected = vec![book(45_000, "2027-02-01"), correct(45_000, 4_500)];
        retold::<FeeStatement>(vec![corrected]).await;
    }
}
