use super::{PaperNumber, Series, SeriesCommand as Do, SeriesError, SeriesEvent as Did, SeriesId};
use crate::{
    document::DocumentKind,
    ids::DocumentId,
    story::{retold, stored_as},
};
use chrono::NaiveDate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

fn series() -> TestFramework<Series> {
    TestFramework::with(())
}

fn document(number: u128) -> DocumentId {
    DocumentId::new(Uuid::from_u128(number))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const NEW_YEAR: &str = "2027-01-01";

fn number(number: u32, of: u128, date: &str) -> Do {
    Do::Number {
        number,
        document_id: document(of),
        date: day(date),
    }
}

fn numbered(number: u32, of: u128, date: &str) -> Did {
    Did::Numbered {
        number,
        document_id: document(of),
        date: day(date),
    }
}

#[test]
fn numbers_begin_with_one_and_follow_on_one_another() {
    series()
        .given_no_previous_events()
        .when(number(1, 11, NEW_YEAR))
        .then_expect_events(vec![numbered(1, 11, NEW_YEAR)]);
    series()
        .given(vec![numbered(1, 11, NEW_YEAR)])
        .when(number(2, 12, NEW_YEAR))
        .then_expect_events(vec![numbered(2, 12, NEW_YEAR)]);
}

#[test]
fn asking_for_the_last_number_again_changes_nothing() {
    series()
        .given(vec![numbered(1, 11, NEW_YEAR)])
        .when(number(1, 11, NEW_YEAR))
        .then_expect_events(vec![]);
}

#[test]
fn no_number_is_given_twice_and_none_is_left_out() {
    for (asked, history) in [
        (2, vec![]),
        (1, vec![numbered(1, 11, NEW_YEAR)]),
        (3, vec![numbered(1, 11, NEW_YEAR)]),
    ] {
        let next = history.len() as u32 + 1;
        series()
            .given(history)
            .when(number(asked, 12, NEW_YEAR))
            .then_expect_error(SeriesError::NotNext { next });
    }
}

#[test]
fn dates_never_step_back() {
    series()
        .given(vec![numbered(1, 11, "2027-02-02")])
        .when(number(2, 12, "2027-02-01"))
        .then_expect_error(SeriesError::StepsBack {
            last: day("2027-02-02"),
        });
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<Series>(vec![vec![number(1, 11, NEW_YEAR), number(2, 12, NEW_YEAR)]]).await;
}

#[test]
fn a_series_is_of_one_kind_and_year() {
    for kind in DocumentKind::ALL {
        let id = SeriesId::of(kind, day("2027-12-31"));
        assert_eq!(id.to_string().parse(), Ok(id));
        let number = PaperNumber {
            series: id,
            number: 42,
        };
        assert_eq!(number.to_string().parse(), Ok(number));
    }
    let id = SeriesId::of(DocumentKind::CreditNote, day("2027-12-31"));
    assert_eq!(id.to_string(), "credit_note-2027");
    let number = PaperNumber {
        series: id,
        number: 42,
    };
    stored_as(&[(number, "CRN/2027/000042")]);
    for text in ["", "INV", "INV/2027", "INV/2027/x", "XXX/2027/000001"] {
        assert!(text.parse::<PaperNumber>().is_err(), "{text}");
    }
    for text in ["", "invoice", "invoice-x", "letter-2027"] {
        assert!(text.parse::<SeriesId>().is_err(), "{text}");
    }
}
