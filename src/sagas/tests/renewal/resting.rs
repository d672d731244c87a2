//! What rests beyond the end of its time.

use super::*;

#[test]
fn what_outlives_the_end_of_its_data_is_looked_at_daily() {
    let story = || vec![ordered(), activated(), past_due(), suspended()];
    let resting = told(story());
    for (now, step, next) in [
        (
            "2027-04-05T17:00:00Z",
            "advance-delete-2027-04-06-4",
            "2027-04-06T17:00:00Z",
        ),
        (
            "2027-04-06T17:00:00Z",
            "advance-delete-2027-04-07-4",
            "2027-04-07T17:00:00Z",
        ),
    ] {
        let reaction = ring(&resting, "delete", now);
        assert_eq!(reaction.effects, [(step.to_owned(), advance(at(now)))]);
        assert_eq!(reaction.timers[0].name, "delete");
        assert_eq!(reaction.timers[0].due_at, Some(at(next)));
    }
    let over = told([story(), vec![ended()]].concat());
    let reaction = ring(&over, "delete", "2027-04-06T17:00:00Z");
    assert_eq!(reaction, Reaction::default());
}
