use super::{
    GivenCode::{Of, Wrong},
    SecondFactor, SecondFactorCommand as Do, SecondFactorError, SecondFactorEvent as Did,
};
use crate::story::{at, noon, retold, sealed, text};
use chrono::{DateTime, Duration, Utc};
use cqrs_es::test::TestFramework;

fn factor() -> TestFramework<SecondFactor> {
    TestFramework::with(())
}

fn offer(secret: &str) -> Do {
    Do::Offer {
        secret: sealed(secret),
    }
}

fn offered(secret: &str) -> Did {
    Did::Offered {
        secret: sealed(secret),
    }
}

fn confirm(step: i64) -> Do {
    Do::Confirm {
        code: Of { step },
        at: noon(),
    }
}

fn give(step: i64, at: DateTime<Utc>) -> Do {
    Do::Give {
        code: Of { step },
        at,
    }
}

fn guess(at: DateTime<Utc>) -> Do {
    Do::Give { code: Wrong, at }
}

/// Confirmed with the code of step 7.
fn in_place() -> Vec<Did> {
    vec![
        offered("first"),
        Did::Confirmed {
            step: 7,
            at: noon(),
        },
    ]
}

/// In place, and so many wrong codes since, all at noon.
fn guessed(times: usize) -> Vec<Did> {
    let mut history = in_place();
    history.extend(vec![Did::Missed { at: noon() }; times]);
    history
}

fn folded(history: Vec<Did>) -> SecondFactor {
    let mut factor = SecondFactor::default();
    history.into_iter().for_each(|event| factor.fold(event));
    factor
}

#[test]
fn it_counts_once_a_code_of_it_was_given() {
    factor()
        .given_no_previous_events()
        .when(offer("first"))
        .then_expect_events(vec![offered("first")]);
    assert_eq!(folded(vec![offered("first")]).since(), None);
    factor()
        .given(vec![offered("first")])
        .when(confirm(7))
        .then_expect_events(vec![Did::Confirmed {
            step: 7,
            at: noon(),
        }]);
    assert_eq!(folded(in_place()).since(), Some(noon()));
}

#[test]
fn before_it_counts_another_secret_takes_its_place() {
    let history = vec![offered("first"), offered("second")];
    assert_eq!(folded(history).secret(), Some(&sealed("second")));
}

#[test]
fn one_that_counts_is_not_replaced() {
    for command in [offer("another"), confirm(8)] {
        factor()
            .given(in_place())
            .when(command)
            .then_expect_error(SecondFactorError::InPlace);
    }
}

#[test]
fn a_code_is_taken_once_and_no_earlier_one_after_it() {
    factor()
        .given(in_place())
        .when(give(8, noon()))
        .then_expect_events(vec![Did::Used { step: 8 }]);
    let mut used = in_place();
    used.push(Did::Used { step: 9 });
    for step in [7, 8, 9] {
        factor()
            .given(used.clone())
            .when(give(step, noon()))
            .then_expect_error(SecondFactorError::CodeUsed);
    }
    factor()
        .given(used)
        .when(give(10, noon()))
        .then_expect_events(vec![Did::Used { step: 10 }]);
}

#[test]
fn a_wrong_code_is_recorded() {
    factor()
        .given(in_place())
        .when(guess(noon()))
        .then_expect_events(vec![Did::Missed { at: noon() }]);
    factor()
        .given(vec![offered("first")])
        .when(Do::Confirm {
            code: Wrong,
            at: noon(),
        })
        .then_expect_events(vec![Did::Missed { at: noon() }]);
}

#[test]
fn after_five_wrong_codes_in_a_row_not_even_the_right_one_is_taken() {
    factor()
        .given(guessed(4))
        .when(give(8, noon()))
        .then_expect_events(vec![Did::Used { step: 8 }]);
    let just_before = noon() + Duration::seconds(15 * 60 - 1);
    for command in [give(8, just_before), guess(just_before)] {
        factor()
            .given(guessed(5))
            .when(command)
            .then_expect_error(SecondFactorError::Locked);
    }
}

#[test]
fn after_the_pause_each_further_wrong_code_asks_for_another() {
    let later = noon() + Duration::minutes(15);
    factor()
        .given(guessed(5))
        .when(give(8, later))
        .then_expect_events(vec![Did::Used { step: 8 }]);
    let mut again = guessed(5);
    again.push(Did::Missed { at: later });
    factor()
        .given(again)
        .when(give(8, later + Duration::minutes(14)))
        .then_expect_error(SecondFactorError::Locked);
}

#[test]
fn a_right_code_makes_the_wrong_ones_before_it_forgotten() {
    let mut history = guessed(4);
    history.push(Did::Used { step: 8 });
    history.push(Did::Missed { at: noon() });
    factor()
        .given(history)
        .when(give(9, noon()))
        .then_expect_events(vec![Did::Used { step: 9 }]);
}

#[test]
fn another_secret_is_no_way_around_the_pause() {
    let mut history = vec![offered("first")];
    history.extend(vec![Did::Missed { at: noon() }; 5]);
    history.push(offered("second"));
    factor()
        .given(history)
        .when(confirm(8))
        .then_expect_error(SecondFactorError::Locked);
}

#[test]
fn where_there_is_none_there_is_no_code() {
    for command in [confirm(1), give(1, noon()), guess(noon())] {
        factor()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(SecondFactorError::NotThere);
    }
    factor()
        .given(vec![offered("first")])
        .when(give(1, noon()))
        .then_expect_error(SecondFactorError::NotThere);
}

#[test]
fn one_that_is_removed_is_gone_and_another_can_be_offered() {
    let reason = || Some(text("the phone was lost"));
    let remove = || Do::Remove { reason: reason() };
    let removed = Did::Removed { reason: reason() };
    factor()
        .given(in_place())
        .when(remove())
        .then_expect_events(vec![removed.clone()]);
    let mut gone = in_place();
    gone.push(removed);
    let none = folded(gone.clone());
    assert_eq!((none.secret(), none.since()), (None, None));
    factor()
        .given(gone.clone())
        .when(remove())
        .then_expect_events(vec![]);
    factor()
        .given(gone)
        .when(offer("second"))
        .then_expect_events(vec![offered("second")]);
    // What does not count yet stands in nobody's way.
    factor()
        .given(vec![offered("first")])
        .when(remove())
        .then_expect_events(vec![]);
}

#[test]
fn three_times_within_an_hour_one_begins_to_count() {
    let mut history = vec![];
    for _ in 0..3 {
        history.push(offered("first"));
        factor()
            .given(history.clone())
            .when(confirm(7))
            .then_expect_events(vec![Did::Confirmed {
                step: 7,
                at: noon(),
            }]);
        history.extend(in_place().split_off(1));
        history.push(Did::Removed { reason: None });
    }
    history.push(offered("first"));
    factor()
        .given(history.clone())
        .when(confirm(7))
        .then_expect_error(SecondFactorError::TooOften);
    let at = noon() + Duration::hours(1);
    let later = Do::Confirm {
        code: Of { step: 127 },
        at,
    };
    factor()
        .given(history)
        .when(later)
        .then_expect_events(vec![Did::Confirmed { step: 127, at }]);
}

#[test]
fn printing_it_shows_no_secret() {
    let printed = format!("{:?} {:?}", folded(in_place()), in_place());
    assert!(!printed.contains(sealed("first").as_str()), "{printed}");
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<SecondFactor>(vec![vec![
        offer("first"),
        offer("second"),
        confirm(7),
        guess(noon()),
        give(8, noon()),
        give(9, at("2027-01-31T06:00:00Z")),
        Do::Remove { reason: None },
        offer("third"),
    ]])
    .await;
}
