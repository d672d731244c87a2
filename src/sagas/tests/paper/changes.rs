//! Resumptions and changes of plan.

use super::{
    BillCause, ChargeId, CreditId, Did, Effect, Heard, Paper, Papers, Told, Uuid, WalletId, active,
    budi, charged, day, day_begins, first, in_order, invoice, noon, of_order, order, papers,
    period, refunded, rp,
};
use crate::sagas::Saga as _;
use purser_domain::{period::BillingCycle, subscription::PlanChange};

#[test]
fn a_resumption_is_invoiced_with_the_days_of_grace() {
    let grace = ChargeId::of_grace(order(), 0);
    let resumption = ChargeId::of_resumption(order(), 0);
    let wallet_id = WalletId::of(budi());
    let mut story = active();
    story.extend([
        of_order(Did::BecamePastDue {
            due_on: day("2027-01-20"),
            grace_until: day("2027-01-27"),
            needed: rp(40_000),
            wallet_id,
            at: noon(),
        }),
        of_order(Did::Suspended {
            on: day("2027-01-27"),
            delete_on: day("2027-02-26"),
            grace_days: 7,
            grace_value: rp(9_000),
            wallet_id,
            at: noon(),
        }),
        charged(grace, 9_000, 0),
        charged(resumption, 40_000, 0),
        of_order(Did::ResumeOrdered {
            price: rp(40_000),
            discount: None,
            charge_id: Some(resumption),
            grace: rp(9_000),
            grace_charge_id: Some(grace),
            wallet_id,
            vat: Default::default(),
            at: noon(),
        }),
    ]);
    let days = period("2027-01-20", "2027-01-27");
    let of_grace = invoice(grace, BillCause::Grace, days, 9_000);
    assert_eq!(papers(story.clone())[1..], [of_grace]);

    let resumed = of_order(Did::Resumed {
        period: period("2027-01-31", "2027-02-28"),
        wallet_id,
        at: noon(),
    });
    let mut ready = story.clone();
    ready.push(resumed);
    let january = period("2027-01-31", "2027-02-28");
    let anew = invoice(resumption, BillCause::Resumption, january, 40_000);
    assert_eq!(papers(ready)[2..], [anew]);

    // The days of grace stay paid.
    story.push(refunded(
        resumption,
        CreditId::of_refund(resumption),
        40_000,
        0,
    ));
    story.push(of_order(Did::ResumeFailed {
        refunded: rp(40_000),
        delete_on: day("2027-02-26"),
        wallet_id,
        at: noon(),
    }));
    assert_eq!(papers(story).len(), 2);
}

#[test]
fn a_change_of_plan_gives_back_and_invoices_anew() {
    let change = ChargeId::of_change(order(), 1);
    let back = CreditId::of_change(first(), 1);
    let mut story = active();
    story.push(refunded(first(), back, 30_000, 0));
    story.push(charged(change, 80_000, 0));
    let rest = period("2027-02-01", "2027-02-28");
    story.push(of_order(Did::PlanChanged {
        number: 1,
        change: Box::new(PlanChange {
            plan_id: purser_domain::ids::PlanId::new(Uuid::from_u128(9)),
            plan: "Business".parse().unwrap(),
            billing_cycle: BillingCycle::Yearly,
            price: rp(100_000),
            vat: Default::default(),
        }),
        given_back: rp(30_000),
        charged: rp(80_000),
        charge_id: Some(change),
        period: rest,
        anew: vec![],
        at: noon(),
    }));
    let told = Told::new(Papers).after(&in_order(story));
    assert_eq!(
        told.steps(),
        [
            format!("invoice-{}", first()),
            format!("credit-note-{back}"),
        ]
    );
    // What was paid anew begins tomorrow.
    assert_eq!(told.timers.len(), 1);
    let heard = Heard::Timer {
        name: &told.timers[0].name,
        at: day_begins(rest.start),
    };
    let rung = Papers.react(&told.state, heard).effects;
    let [(_, Effect::Issue { paper })] = &*rung else {
        panic!("{rung:?}");
    };
    let Paper::Invoice { bill, total, .. } = &**paper else {
        panic!("{paper:?}");
    };
    assert_eq!((bill.cause, *total), (BillCause::PlanChange, rp(80_000)));
    assert_eq!(
        bill.plan.as_ref().map(ToString::to_string).as_deref(),
        Some("Business")
    );
}
