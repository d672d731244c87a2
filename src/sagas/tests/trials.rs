//! What a trial's customer is told, and when.

use super::{
    Beat, Told, budi, hearing_twice_changes_nothing, in_order, noon, of_order, order,
    renewal::RENEWAL, terms,
};
use crate::{
    mail::News,
    sagas::{Effect, Letter, Letters},
};
use purser_domain::{
    Rupiah,
    ids::{PlanId, WalletId},
    period::{BillingCycle, Period},
    subscription::{PlanChange, SubscriptionEvent as Did, Trial},
};
use uuid::Uuid;

fn tried() -> Beat {
    let mut terms = terms();
    terms.price = Rupiah::ZERO;
    terms.trial = Some(Trial {
        days: 14,
        claims: vec![],
    });
    of_order(Did::Ordered { terms, at: noon() })
}

fn period() -> Period {
    Period {
        start: "2027-01-31".parse().unwrap(),
        end: "2027-02-14".parse().unwrap(),
    }
}

fn activated() -> Beat {
    of_order(Did::Activated {
        period: period(),
        at: noon(),
    })
}

fn rests() -> Beat {
    of_order(Did::Suspended {
        on: period().end,
        delete_on: "2027-02-21".parse().unwrap(),
        grace_days: 0,
        grace_value: Rupiah::ZERO,
        wallet_id: WalletId::of(budi()),
        at: noon(),
    })
}

fn bought() -> Box<PlanChange> {
    Box::new(PlanChange {
        plan_id: PlanId::new(Uuid::from_u128(7)),
        plan: "Business".parse().unwrap(),
        billing_cycle: BillingCycle::Monthly,
        price: Rupiah::ZERO,
        vat: Default::default(),
    })
}

fn converted() -> Beat {
    of_order(Did::TrialConverted {
        change: bought(),
        at: noon(),
    })
}

fn changed() -> Beat {
    of_order(Did::PlanChanged {
        number: 1,
        change: bought(),
        given_back: Rupiah::ZERO,
        charged: Rupiah::ZERO,
        charge_id: None,
        period: period(),
        anew: vec![],
        at: noon(),
    })
}

fn news(story: Vec<Beat>) -> Vec<News> {
    let told = Told::new(Letters).after(&in_order(story));
    let letters = told
        .effects
        .into_iter()
        .filter_map(|(_, effect)| match effect {
            Effect::Send { letter, .. } => match *letter {
                Letter::About {
                    subscription_id,
                    news,
                } => {
                    assert_eq!(subscription_id, order());
                    Some(news)
                }
                _ => None,
            },
            _ => None,
        });
    letters.collect()
}

#[test]
fn every_event_twice_changes_nothing() {
    let stories = [
        vec![tried(), activated(), rests(), converted()],
        vec![tried(), activated(), changed(), rests()],
    ];
    for story in stories {
        hearing_twice_changes_nothing(Letters, &in_order(story.clone()));
        hearing_twice_changes_nothing(RENEWAL, &in_order(story));
    }
}

#[test]
fn a_trial_is_told_of_as_one_until_a_plan_is_bought_for_it() {
    let end = period().end;
    let delete_on = "2027-02-21".parse().unwrap();
    assert_eq!(
        news(vec![tried(), activated(), rests()]),
        [News::TrialStarted { end }, News::TrialEnded { delete_on }]
    );
    let told = news(vec![tried(), activated(), changed(), rests()]);
    assert_eq!(told.last(), Some(&News::Suspended { delete_on }));
    let told = news(vec![tried(), activated(), rests(), converted(), rests()]);
    assert_eq!(told.last(), Some(&News::Suspended { delete_on }));
}

#[test]
fn what_rests_for_a_week_is_not_warned_of_on_its_first_day() {
    let told = Told::new(RENEWAL).after(&in_order(vec![tried(), activated(), rests()]));
    let warnings = told.timers.iter().map(|timer| timer.name.as_str());
    let warnings: Vec<_> = warnings.filter(|name| name.starts_with("warn")).collect();
    assert_eq!(warnings, ["warn-3", "warn-1"]);
}
