//! Looking whether the credit reaches for what is renewed.

use super::*;

const TWO_DAYS: Renewal = Renewal { low_credit_days: 2 };

fn told_by(saga: Renewal) -> Told<Renewal> {
    let story = in_order(vec![ordered(), activated()]);
    hearing_twice_changes_nothing(saga, &story);
    Told::new(saga).after(&story)
}

fn looked(saga: Renewal, moment: &str) -> Vec<(String, Effect)> {
    use crate::sagas::Saga as _;
    let heard = Heard::Timer {
        name: "credit",
        at: at(moment),
    };
    saga.react(&told_by(saga).state, heard).effects
}

#[test]
fn the_credit_is_looked_at_on_a_day_of_its_own() {
    let told = told_by(TWO_DAYS);
    assert_eq!(due(&told, "credit"), Some(at("2027-02-25T17:00:00Z")));
    let warn = Effect::WarnOfCredit {
        subscription_id: order(),
        on: day("2027-02-28"),
    };
    let asked = vec![("credit-2027-02-28".to_owned(), warn)];
    assert_eq!(looked(TWO_DAYS, "2027-02-26T16:00:00Z"), asked);
    for another_day in ["2027-02-25T16:00:00Z", "2027-02-26T17:00:00Z"] {
        assert_eq!(looked(TWO_DAYS, another_day), []);
    }
}

#[test]
fn where_it_is_the_day_of_a_reminder_that_looks() {
    assert_eq!(due(&told_by(RENEWAL), "credit"), None);
}
