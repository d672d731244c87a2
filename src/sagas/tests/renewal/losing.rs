//! Days that were lost while nobody had paid for them.

use super::*;

#[test]
fn a_day_of_grace_that_is_seen_to_be_lost_once_it_rests_is_asked_for_when_it_is_paid() {
    let lost = of_instance(InstanceEvent::DayLost {
        day: day("2027-03-02"),
        at: moment(),
    });
    let story = [resting(), vec![lost, resume_ordered()]].concat();
    let told = told(story);
    let credits: Vec<_> = told.steps();
    let credits = credits.iter().filter(|step| step.starts_with("credit-"));
    let credits: Vec<_> = credits.collect();
    assert_eq!(credits, [&"credit-2027-03-02", &"credit-2027-03-02-6"]);
}
