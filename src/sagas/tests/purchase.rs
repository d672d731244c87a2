use super::{
    Beat, Told, budi, hearing_twice_changes_nothing, noon, of_instance, of_order, order, ordered,
    requested, rp,
};
use crate::sagas::{Effect, Execute, Purchase, Road};
use purser_domain::{
    ids::WalletId,
    instance::{InstanceEvent, Step},
    period::{BillingCycle, Period},
    subscription::{EndCause, FailCause, SubscriptionEvent},
};
use std::collections::HashMap;

const STEPS: [Step; 8] = [
    Step::Namespace,
    Step::Guards,
    Step::Secret,
    Step::Database,
    Step::Owner,
    Step::App,
    Step::Handover,
    Step::Route,
];

fn saga() -> Purchase {
    let steps = STEPS.to_vec();
    let deadline_ms = 600_000;
    Purchase::new(
        HashMap::from([("ghost".to_owned(), Road { steps, deadline_ms })]),
        900_000,
    )
}

fn told(story: &[Beat]) -> Told<Purchase> {
    Told::new(saga()).after(story)
}

fn completed(step: Step) -> Beat {
    of_instance(InstanceEvent::StepCompleted { step, at: noon() })
}

fn activated() -> Beat {
    let period = Period::nth("2027-01-31".parse().unwrap(), BillingCycle::Monthly, 0).unwrap();
    of_order(SubscriptionEvent::Activated { period, at: noon() })
}

fn failed(cause: FailCause) -> Beat {
    let (refunded, at) = (rp(40_000), noon());
    of_order(SubscriptionEvent::Failed {
        cause,
        refunded,
        at,
    })
}

fn removed() -> Beat {
    of_instance(InstanceEvent::Removed { at: noon() })
}

/// From the order up to where so many steps are done.
fn up_to(done: usize) -> Vec<Beat> {
    let mut story = vec![ordered(), requested("ghost")];
    story.extend(STEPS[..done].iter().map(|step| completed(*step)));
    story
}

fn whole() -> Vec<Beat> {
    [up_to(STEPS.len()), vec![activated()]].concat()
}

/// What is under way where so many steps are done.
fn under_way(done: usize) -> String {
    STEPS.get(done).map_or("activate".to_owned(), |step| {
        format!("apply-{}", step.as_str())
    })
}

/// The way back, from the reaction that gives the money back to the end.
fn the_undo_comes_out(mut saga: Told<Purchase>, beat: &Beat, cause: FailCause, when: &str) {
    let fail = Effect::Execute(Execute::Fail {
        subscription_id: order(),
        cause,
        at: noon(),
    });
    let reaction = saga.tell(beat);
    assert_eq!(reaction.effects, [("fail".to_owned(), fail)], "{when}");
    assert_eq!(
        saga.standing,
        ["fail"],
        "everything else is stopped, {when}"
    );
    assert!(saga.timers.is_empty(), "{when}");

    let reaction = saga.tell(&failed(cause));
    let remove = Effect::Remove {
        subscription_id: order(),
    };
    assert_eq!(reaction.effects, [("remove".to_owned(), remove)], "{when}");
    assert_eq!(saga.standing, ["remove"], "{when}");
    saga.tell(&removed());
    assert!(saga.standing.is_empty(), "{when}");
    let over = saga.clone();
    for late in [
        completed(Step::App),
        Beat::Timer("deadline"),
        Beat::Failed("remove".into()),
        activated(),
    ] {
        saga.tell(&late);
        assert_eq!(
            (&saga.state, &saga.effects),
            (&over.state, &over.effects),
            "{when}"
        );
    }
}

#[test]
fn an_order_goes_through_its_recipes_steps_and_is_activated() {
    let saga = told(&whole());
    let expected: Vec<String> = (0..=STEPS.len()).map(under_way).collect();
    assert_eq!(saga.steps(), expected);
    assert!(
        saga.timers.is_empty() && saga.standing.is_empty(),
        "all is over"
    );
}

#[test]
fn one_step_is_under_way_at_a_time() {
    for done in 0..=STEPS.len() {
        let saga = told(&up_to(done));
        assert_eq!(saga.effects.len(), done + 1);
        assert_eq!(saga.effects[done].0, under_way(done));
    }
}

#[test]
fn the_deadline_runs_from_the_first_step_and_passes_with_the_cluster_and_the_cap_with_business_time()
 {
    let timers = |story: &[Beat]| {
        let saga = told(story);
        let timers = saga.timers.into_iter();
        let timers = timers.map(|timer| (timer.name, timer.due_at, timer.cluster_left_ms));
        timers.collect::<Vec<_>>()
    };
    let tomorrow = noon() + chrono::Duration::hours(24);
    let cap = ("cap".to_owned(), Some(tomorrow), None);
    let deadline = ("deadline".to_owned(), None, Some(600_000));
    assert_eq!(timers(&up_to(0)), std::slice::from_ref(&cap));
    for done in 1..=STEPS.len() {
        assert_eq!(timers(&up_to(done)), [cap.clone(), deadline.clone()]);
    }
    let early = [up_to(0), vec![completed(Step::App)]].concat();
    assert_eq!(timers(&early), [cap, deadline]);
}

#[test]
fn every_event_twice_changes_nothing() {
    hearing_twice_changes_nothing(saga(), &whole());
    for done in 0..=STEPS.len() {
        let back = [
            Beat::Timer("deadline"),
            failed(FailCause::NotReadyInTime),
            Beat::Timer("stuck"),
            removed(),
        ];
        hearing_twice_changes_nothing(saga(), &[up_to(done), back.to_vec()].concat());
        let refused = [
            Beat::Failed(under_way(done)),
            failed(FailCause::Refused),
            removed(),
        ];
        hearing_twice_changes_nothing(saga(), &[up_to(done), refused.to_vec()].concat());
    }
}

#[test]
fn whichever_step_fails_the_undo_comes_out() {
    for done in 0..=STEPS.len() {
        let step = under_way(done);
        let beat = Beat::Failed(step.clone());
        the_undo_comes_out(told(&up_to(done)), &beat, FailCause::Refused, &step);
    }
}

#[test]
fn whenever_the_deadline_comes_the_undo_comes_out() {
    for done in 0..=STEPS.len() {
        for timer in ["deadline", "cap"] {
            let when = format!("{timer} during {}", under_way(done));
            let beat = Beat::Timer(timer);
            the_undo_comes_out(told(&up_to(done)), &beat, FailCause::NotReadyInTime, &when);
        }
    }
}

#[test]
fn a_customer_who_cancels_gets_everything_removed() {
    for done in 0..=STEPS.len() {
        let mut saga = told(&up_to(done));
        saga.tell(&failed(FailCause::Cancelled));
        assert_eq!(saga.standing, ["remove"]);
        let timers: Vec<_> = saga.timers.iter().map(|timer| &*timer.name).collect();
        assert_eq!(timers, ["stuck"]);
    }
}

#[test]
fn a_removal_that_does_not_come_to_its_end_is_reported_once() {
    let mut saga = told(&[up_to(2), vec![failed(FailCause::Cancelled)]].concat());
    for _ in 0..2 {
        saga.tell(&Beat::Timer("stuck"));
    }
    assert_eq!(saga.standing, ["remove", "report-stuck"]);
    saga.tell(&removed());
    assert!(saga.standing.is_empty() && saga.timers.is_empty());
    assert_eq!(saga.tell(&Beat::Timer("stuck")), Default::default());
}

#[test]
fn a_deadline_after_the_activation_is_too_late() {
    let mut saga = told(&whole());
    let before = saga.clone();
    for late in [
        Beat::Timer("deadline"),
        Beat::Timer("cap"),
        Beat::Failed("activate".into()),
    ] {
        saga.tell(&late);
        assert_eq!(
            (&saga.state, &saga.effects),
            (&before.state, &before.effects)
        );
    }
}

/// The deadline came before the word of the activation: the refund is refused, and the app is removed when its time comes.
#[test]
fn an_activation_that_is_heard_of_late_counts() {
    let mut saga = told(&up_to(STEPS.len()));
    saga.tell(&Beat::Timer("deadline"));
    saga.tell(&activated());
    saga.tell(&of_order(SubscriptionEvent::Ended {
        cause: EndCause::Unpaid,
        reason: None,
        refunded: rp(0),
        wallet_id: WalletId::of(budi()),
        at: noon(),
    }));
    assert_eq!(saga.steps().last(), Some(&"remove"));
}

#[test]
fn readiness_seen_after_the_refund_changes_nothing() {
    for done in 0..STEPS.len() {
        for refunded in [false, true] {
            let mut saga = told(&up_to(done));
            saga.tell(&Beat::Timer("deadline"));
            if refunded {
                saga.tell(&failed(FailCause::NotReadyInTime));
            }
            let before = saga.clone();
            for step in &STEPS[done..] {
                saga.tell(&completed(*step));
            }
            saga.tell(&of_instance(InstanceEvent::BecameReady { at: noon() }));
            assert_eq!(
                (&saga.state, &saga.effects),
                (&before.state, &before.effects)
            );
        }
    }
}

#[test]
fn a_step_that_is_seen_complete_before_its_turn_is_not_begun() {
    let early = [Step::Route, Step::Handover, Step::App, Step::Database];
    let mut story = up_to(0);
    story.extend(early.map(completed));
    let mut saga = told(&story);
    assert_eq!(
        saga.steps(),
        ["apply-namespace"],
        "the one under way goes on"
    );
    for step in [Step::Namespace, Step::Guards, Step::Secret, Step::Owner] {
        saga.tell(&completed(step));
    }
    assert_eq!(
        saga.steps(),
        [
            "apply-namespace",
            "apply-guards",
            "apply-secret",
            "apply-owner",
            "activate"
        ]
    );
}

#[test]
fn an_order_of_an_unknown_recipe_is_refunded() {
    let when = "unknown recipe";
    let saga = told(&[ordered()]);
    the_undo_comes_out(saga, &requested("gone"), FailCause::Refused, when);
}

#[test]
fn what_nobody_ordered_is_ignored() {
    let stories = [
        vec![Beat::Timer("deadline")],
        vec![Beat::Failed("apply-app".into())],
        vec![completed(Step::App), activated(), removed()],
    ];
    for story in stories {
        assert!(told(&story).effects.is_empty());
    }
}
