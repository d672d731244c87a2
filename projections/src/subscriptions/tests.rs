use super::*;
use crate::story::{Story, at, finer, id, rp};
use poem_openapi::types::ToJSON;
use purser_domain::{
    ids::{ChargeId, InstanceId, PlanId, ServiceId, WalletId},
    period::BillingCycle,
    subscription::{PlanChange, RenewalCause, Subscription, Terms},
};

fn ordered() -> SubscriptionEvent {
    SubscriptionEvent::Ordered {
        terms: Box::new(Terms {
            user_id: UserId::new(id(2)),
            wallet_id: WalletId::new(id(3)),
            service_id: ServiceId::new(id(4)),
            service: "WordPress".parse().unwrap(),
            plan_id: PlanId::new(id(5)),
            plan: "Small".parse().unwrap(),
            billing_cycle: BillingCycle::Yearly,
            price: rp(400_000),
            vat: Default::default(),
            discount: None,
            promise: None,
            coupon_claim: None,
            trial: None,
            charge_id: Some(ChargeId::new(id(6))),
            instance_id: InstanceId::new(id(7)),
            subdomain: "toko-budi".parse().unwrap(),
        }),
        at: finer(at(0)),
    }
}

fn activated() -> SubscriptionEvent {
    let anchor = "2027-01-31".parse().unwrap();
    SubscriptionEvent::Activated {
        period: Period::nth(anchor, BillingCycle::Yearly, 0).unwrap(),
        at: at(1),
    }
}

fn failed() -> SubscriptionEvent {
    SubscriptionEvent::Failed {
        cause: FailCause::NotReadyInTime,
        refunded: rp(400_000),
        at: finer(at(1)),
    }
}

fn story(facts: Vec<SubscriptionEvent>) -> Story {
    facts.into_iter().fold(Story::default(), |story, fact| {
        story.then::<Subscription>(&SubscriptionId::new(id(1)), fact)
    })
}

fn provisioning() -> SubscriptionRow {
    SubscriptionRow {
        id: id(1),
        user_id: id(2),
        service_id: id(4),
        service: "WordPress".into(),
        plan_id: id(5),
        plan: "Small".into(),
        billing_cycle: "yearly".into(),
        price: 400_000,
        coupon: None,
        trial: false,
        status: SubscriptionStatus::Provisioning,
        instance_id: id(7),
        subdomain: "toko-budi".into(),
        ordered_at: at(0),
        period_start: None,
        period_end: None,
        changing_to: None,
        auto_renew: true,
        cancel_on: None,
        grace_until: None,
        delete_on: None,
        end_cause: None,
        failure: None,
        refunded: None,
        ended_at: None,
        version: 1,
        position: 1,
    }
}

#[test]
fn an_order_waits_and_then_its_paid_period_begins() {
    let row = story(vec![ordered()]).row::<Subscriptions>(id(1));
    assert_eq!(row, Some(provisioning()));
    let active = SubscriptionRow {
        status: SubscriptionStatus::Active,
        period_start: Some("2027-01-31".parse().unwrap()),
        period_end: Some("2028-01-31".parse().unwrap()),
        version: 2,
        ..provisioning()
    };
    let row = story(vec![ordered(), activated()]).row::<Subscriptions>(id(1));
    assert_eq!(row, Some(active));
}

/// Each event of a life and the change that it makes of the row.
#[test]
fn every_event_of_its_life_shows() {
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let period = |start: &str, end: &str| Period {
        start: day(start),
        end: day(end),
    };
    let wallet_id = WalletId::new(id(3));
    let mut facts = vec![ordered(), activated()];
    let mut expected = story(facts.clone()).row::<Subscriptions>(id(1)).unwrap();
    let mut tell = |fact: SubscriptionEvent, change: &dyn Fn(&mut SubscriptionRow)| {
        facts.push(fact);
        change(&mut expected);
        expected.version += 1;
        let row = story(facts.clone()).row::<Subscriptions>(id(1));
        assert_eq!(row.as_ref(), Some(&expected));
    };
    let renewed = SubscriptionEvent::Renewed {
        period: period("2028-01-31", "2029-01-31"),
        price: rp(500_000),
        vat: Default::default(),
        discount: None,
        charge_id: None,
        cause: RenewalCause::Manual,
        wallet_id,
        at: at(2),
    };
    tell(renewed, &|row| {
        row.price = 500_000;
        row.period_start = Some(day("2028-01-31"));
        row.period_end = Some(day("2029-01-31"));
    });
    let switch = |automatic| SubscriptionEvent::RenewalSwitched {
        automatic,
        at: at(3),
    };
    tell(switch(false), &|row| row.auto_renew = false);
    tell(switch(true), &|row| row.auto_renew = true);
    let requested = SubscriptionEvent::CancellationRequested {
        on: day("2029-01-31"),
        at: at(3),
    };
    tell(requested, &|row| row.cancel_on = Some(day("2029-01-31")));
    let undone = SubscriptionEvent::CancellationUndone { at: at(3) };
    tell(undone, &|row| row.cancel_on = None);
    let extended = SubscriptionEvent::Extended {
        period: period("2029-01-31", "2029-02-03"),
        reason: "it was slow".parse().unwrap(),
        at: at(3),
    };
    tell(extended, &|row| row.period_end = Some(day("2029-02-03")));
    let business = || {
        Box::new(PlanChange {
            plan_id: PlanId::new(id(9)),
            plan: "Business".parse().unwrap(),
            billing_cycle: BillingCycle::Monthly,
            price: rp(100_000),
            vat: Default::default(),
        })
    };
    let wanted = |number| SubscriptionEvent::PlanChangeRequested {
        number,
        change: business(),
        had: None,
        hold_id: None,
        at: at(3),
    };
    tell(wanted(1), &|row| row.changing_to = Some(id(9)));
    let not = SubscriptionEvent::PlanChangeFailed {
        number: 1,
        at: at(3),
    };
    tell(not, &|row| row.changing_to = None);
    tell(wanted(2), &|row| row.changing_to = Some(id(9)));
    let changed = SubscriptionEvent::PlanChanged {
        number: 2,
        change: business(),
        given_back: rp(0),
        charged: rp(100_000),
        charge_id: None,
        period: period("2028-02-01", "2029-02-03"),
        anew: vec![],
        at: at(3),
    };
    tell(changed, &|row| {
        row.changing_to = None;
        row.plan_id = id(9);
        row.plan = "Business".into();
        row.billing_cycle = "monthly".into();
        row.price = 100_000;
        row.period_start = Some(day("2028-02-01"));
        row.period_end = Some(day("2029-02-03"));
    });
    let past_due = SubscriptionEvent::BecamePastDue {
        due_on: day("2029-02-03"),
        grace_until: day("2029-02-10"),
        needed: rp(500_000),
        wallet_id,
        at: at(4),
    };
    tell(past_due, &|row| {
        row.status = SubscriptionStatus::PastDue;
        row.grace_until = Some(day("2029-02-10"));
    });
    let suspended = SubscriptionEvent::Suspended {
        on: day("2029-02-10"),
        delete_on: day("2029-03-12"),
        grace_days: 7,
        grace_value: rp(9_589),
        wallet_id,
        at: at(5),
    };
    tell(suspended, &|row| {
        row.status = SubscriptionStatus::Suspended;
        row.grace_until = None;
        row.delete_on = Some(day("2029-03-12"));
    });
    let ordered_again = || SubscriptionEvent::ResumeOrdered {
        price: rp(510_000),
        vat: Default::default(),
        discount: None,
        charge_id: None,
        grace: rp(9_589),
        grace_charge_id: None,
        wallet_id,
        at: at(6),
    };
    let resuming = |row: &mut SubscriptionRow| {
        row.status = SubscriptionStatus::Resuming;
        row.price = 510_000;
    };
    tell(ordered_again(), &resuming);
    let failed = SubscriptionEvent::ResumeFailed {
        refunded: rp(510_000),
        delete_on: day("2029-03-14"),
        wallet_id,
        at: at(6),
    };
    tell(failed, &|row| {
        row.status = SubscriptionStatus::Suspended;
        row.delete_on = Some(day("2029-03-14"));
    });
    tell(ordered_again(), &resuming);
    let resumed = SubscriptionEvent::Resumed {
        period: period("2029-02-20", "2030-02-20"),
        wallet_id,
        at: at(7),
    };
    tell(resumed, &|row| {
        row.status = SubscriptionStatus::Active;
        row.delete_on = None;
        row.period_start = Some(day("2029-02-20"));
        row.period_end = Some(day("2030-02-20"));
    });
    let credited = SubscriptionEvent::DayCredited {
        day: day("2029-02-21"),
        amount: rp(1_397),
        at: at(8),
    };
    tell(credited, &|_| {});
    let ended = SubscriptionEvent::Ended {
        cause: EndCause::CancelledNow,
        reason: None,
        refunded: rp(400_000),
        wallet_id,
        at: at(9),
    };
    tell(ended, &|row| {
        row.status = SubscriptionStatus::Ended;
        row.end_cause = Some("cancelled_now".into());
        row.refunded = Some(400_000);
        row.ended_at = Some(at(9));
    });
    let gone = SubscriptionEvent::Terminated { at: at(10) };
    tell(gone, &|row| row.status = SubscriptionStatus::Terminated);
}

#[test]
fn a_failed_order_says_why_and_what_was_given_back() {
    let expected = SubscriptionRow {
        status: SubscriptionStatus::Failed,
        failure: Some("not_ready_in_time".into()),
        refunded: Some(400_000),
        ended_at: Some(at(1)),
        version: 2,
        ..provisioning()
    };
    let row = story(vec![ordered(), failed()]).row::<Subscriptions>(id(1));
    assert_eq!(row, Some(expected));
}

#[test]
fn the_answer_leaves_out_what_is_not_known_and_where_the_row_stands() {
    let answer = provisioning().to_json().unwrap();
    assert_eq!(answer["status"], "provisioning");
    for absent in ["failure", "period_start", "ended_at", "position"] {
        assert_eq!(answer.get(absent), None, "{absent}");
    }
}

#[test]
fn what_nobody_ordered_cannot_change() {
    for fact in [activated(), failed()] {
        assert_eq!(
            story(vec![fact]).refusal::<Subscriptions>(),
            Some(Unprojectable::Missing(id(1)))
        );
    }
}
