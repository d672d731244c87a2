//! Changes of plan, as the saga hears of them.

use super::*;
use purser_domain::{ids::PlanId, period::BillingCycle, subscription::PlanChange};
use uuid::Uuid;

pub(super) fn wanted() -> Beat {
    of_order(Did::PlanChangeRequested {
        number: 1,
        change: Box::new(PlanChange {
            plan_id: PlanId::new(Uuid::from_u128(9)),
            plan: "Business".parse().unwrap(),
            billing_cycle: BillingCycle::Monthly,
            price: rp(100_000),
            vat: Default::default(),
        }),
        had: None,
        hold_id: None,
        at: moment(),
    })
}

pub(super) fn resized() -> Beat {
    of_instance(InstanceEvent::Resized {
        operation: 1,
        at: moment(),
    })
}

#[test]
fn a_change_of_plan_ends_with_what_is_seen_of_the_app() {
    let (subscription_id, at) = (order(), moment());
    let confirm = Effect::Execute(Execute::ConfirmPlanChange {
        subscription_id,
        at,
    });
    let fail = Effect::Execute(Execute::FailPlanChange {
        subscription_id,
        at,
    });
    let story = |beat: Beat| told(vec![ordered(), activated(), wanted(), beat]).effects;
    assert_eq!(story(resized()), [("change-4".to_owned(), confirm)]);
    let failing = |step: &str| vec![(step.to_owned(), fail.clone())];
    assert_eq!(story(failed(1)), failing("change-failed-4"));
    assert_eq!(story(ended()), failing("change-failed-4"));
    assert_eq!(story(suspended()), failing("change-failed-4"));
    let late = story(Beat::Timer("change-cap"));
    let fail_of = |(step, effect): &(String, Effect)| match effect {
        Effect::Execute(Execute::FailPlanChange { .. }) => Some(step.clone()),
        _ => None,
    };
    let late: Vec<_> = late.iter().map(fail_of).collect();
    assert_eq!(late, [Some("change-cap-3".to_owned())]);
    assert_eq!(told(vec![ordered(), activated(), resized()]).effects, []);
    let over = of_order(Did::PlanChangeFailed {
        number: 1,
        at: moment(),
    });
    for late in [resized(), Beat::Timer("change-cap")] {
        let again = told(vec![ordered(), activated(), wanted(), over.clone(), late]);
        assert_eq!(again.effects, []);
    }
}
