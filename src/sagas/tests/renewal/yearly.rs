//! Who pays for a year hears of the next one a month ahead (billing rule 9).

use super::*;
use crate::sagas::tests::terms;
use purser_domain::{ids::PlanId, period::BillingCycle, subscription::PlanChange};
use uuid::Uuid;

fn for_a_year() -> Vec<Beat> {
    let mut terms = terms();
    terms.billing_cycle = BillingCycle::Yearly;
    let at = moment();
    let period = period("2027-01-31", "2028-01-31");
    vec![
        of_order(Did::Ordered { terms, at }),
        of_order(Did::Activated { period, at }),
    ]
}

/// Another plan since the first of February.
pub(super) fn changed(billing_cycle: BillingCycle, until: &str) -> Beat {
    of_order(Did::PlanChanged {
        number: 1,
        change: Box::new(PlanChange {
            plan_id: PlanId::new(Uuid::from_u128(9)),
            plan: "Business".parse().unwrap(),
            billing_cycle,
            price: rp(100_000),
            vat: Default::default(),
        }),
        given_back: rp(0),
        charged: rp(0),
        charge_id: None,
        anew: vec![],
        period: period("2027-02-01", until),
        at: moment(),
    })
}

fn remind(on: &str, first: bool) -> Effect {
    Effect::Remind {
        subscription_id: order(),
        on: day(on),
        first,
    }
}

#[test]
fn a_year_is_announced_a_month_ahead_and_then_only_where_something_is_missing() {
    let story = for_a_year();
    let told = told(story.clone());
    assert_eq!(due(&told, "remind-30"), Some(at("2027-12-31T17:00:00Z")));
    let on = "2028-01-31";
    for (name, moment, first) in [
        ("remind-30", "2028-01-01T05:00:00Z", true),
        ("remind-7", "2028-01-24T05:00:00Z", false),
        ("remind-1", "2028-01-30T05:00:00Z", false),
    ] {
        let asked = vec![(format!("{name}-{on}"), remind(on, first))];
        assert_eq!(rings(&told, name, moment), asked);
    }
    assert_eq!(rings(&told, "remind-30", "2028-01-02T05:00:00Z"), []);
    hearing_twice_changes_nothing(RENEWAL, &in_order(story));
}

#[test]
fn a_month_is_not() {
    let told = told(vec![ordered(), activated()]);
    assert_eq!(due(&told, "remind-30"), None);
    assert_eq!(rings(&told, "remind-30", "2027-01-29T05:00:00Z"), []);
}

#[test]
fn another_cycle_has_other_reminders() {
    let until = "2028-02-01";
    let yearly = told(vec![
        ordered(),
        activated(),
        changed(BillingCycle::Yearly, until),
    ]);
    let asked = vec![(format!("remind-30-{until}"), remind(until, true))];
    let ahead = "2028-01-02T05:00:00Z";
    assert_eq!(rings(&yearly, "remind-30", ahead), asked);
    let mut story = for_a_year();
    story.push(changed(BillingCycle::Monthly, "2027-03-01"));
    let monthly = told(story);
    assert_eq!(rings(&monthly, "remind-30", "2027-01-30T05:00:00Z"), []);
    let asked = vec![("remind-7-2027-03-01".to_owned(), remind("2027-03-01", true))];
    assert_eq!(rings(&monthly, "remind-7", "2027-02-22T05:00:00Z"), asked);
}
