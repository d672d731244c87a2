mod changes;
mod late;

use super::{
    Beat, Told, budi, event, hearing_twice_changes_nothing, in_order, noon, of_order, order,
    ordered, rp, with_late,
};
use crate::sagas::{Bill, Effect, Heard, Paper, Papers, Saga as _};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{
    document::{BillCause, ReturnCause, ToppedUp},
    ids::{ChargeId, CreditId, GrantId, TopUpId, WalletId},
    period::{BillingCycle, Period, day_begins},
    subscription::{FailCause, RenewalCause, SubscriptionEvent as Did},
    top_up::{TopUp, TopUpEvent},
    wallet::{GrantPart, Wallet, WalletEvent},
};
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn period(start: &str, end: &str) -> Period {
    Period {
        start: day(start),
        end: day(end),
    }
}

fn first() -> ChargeId {
    ChargeId::of_order(order())
}

fn wallet(fact: WalletEvent) -> Beat {
    event::<Wallet>(&WalletId::of(budi()), fact)
}

fn promotional(amount: i64) -> Vec<GrantPart> {
    let grant_id = GrantId::new(Uuid::nil());
    let part = GrantPart {
        grant_id,
        amount: rp(amount),
    };
    match amount {
        0 => vec![],
        _ => vec![part],
    }
}

fn charged(charge_id: ChargeId, amount: i64, granted: i64) -> Beat {
    wallet(WalletEvent::Charged {
        charge_id,
        amount: rp(amount),
        subscription_id: order(),
        promotional: promotional(granted),
    })
}

fn refunded(charge_id: ChargeId, credit_id: CreditId, amount: i64, granted: i64) -> Beat {
    wallet(WalletEvent::Refunded {
        credit_id,
        charge_id,
        amount: rp(amount),
        subscription_id: order(),
        promotional: promotional(granted),
    })
}

fn bought() -> Beat {
    let Beat::Event(mut beat) = ordered() else {
        panic!("an order is an event");
    };
    if let purser_domain::Event::Subscription(Did::Ordered { terms, .. }) = &mut beat.event {
        terms.charge_id = Some(first());
    }
    Beat::Event(beat)
}

fn activated() -> Beat {
    of_order(Did::Activated {
        period: period("2027-01-31", "2027-02-28"),
        at: noon(),
    })
}

fn active() -> Vec<Beat> {
    vec![charged(first(), 40_000, 0), bought(), activated()]
}

/// An order that failed, and whose price came back.
fn never_ready() -> Vec<Beat> {
    let failed = of_order(Did::Failed {
        cause: FailCause::NotReadyInTime,
        refunded: rp(40_000),
        at: noon(),
    });
    let back = refunded(first(), CreditId::of_refund(first()), 40_000, 0);
    vec![charged(first(), 40_000, 0), bought(), failed, back]
}

/// What was put on paper, and under which step.
fn issued(story: Vec<Beat>) -> Vec<(String, Paper)> {
    let told = Told::new(Papers).after(&in_order(story));
    let papers = told.effects.into_iter().map(|(step, effect)| match effect {
        Effect::Issue { paper } => (step, *paper),
        other => panic!("{other:?} is no paper"),
    });
    papers.collect()
}

fn papers(story: Vec<Beat>) -> Vec<Paper> {
    issued(story).into_iter().map(|(_, paper)| paper).collect()
}

fn invoice(charge_id: ChargeId, cause: BillCause, period: Period, amount: i64) -> Paper {
    Paper::Invoice {
        subscription_id: order(),
        charge_id,
        bill: Bill {
            plan: Some("Starter".parse().unwrap()),
            billing_cycle: Some(BillingCycle::Monthly),
            period,
            cause,
            price: rp(amount),
            discount: rp(0),
            promotional: rp(0),
            returned: rp(0),
            vat: Default::default(),
        },
        total: rp(amount),
        at: noon(),
    }
}

fn credit_note(charge_id: ChargeId, credit_id: CreditId, amount: i64, cause: ReturnCause) -> Paper {
    Paper::CreditNote {
        subscription_id: order(),
        charge_id,
        credit_id,
        amount: rp(amount),
        cause,
        at: noon(),
    }
}

fn renewed(charge_id: ChargeId, start: &str, end: &str) -> Beat {
    of_order(Did::Renewed {
        period: period(start, end),
        discount: None,
        price: rp(40_000),
        charge_id: Some(charge_id),
        cause: RenewalCause::Manual,
        wallet_id: WalletId::of(budi()),
        vat: Default::default(),
        at: noon(),
    })
}

#[test]
fn every_event_twice_changes_nothing() {
    let next = ChargeId::of_period(order(), day("2027-02-28"), 0);
    let mut story = active();
    story.push(charged(next, 40_000, 0));
    story.push(renewed(next, "2027-02-28", "2027-03-31"));
    story.push(refunded(
        first(),
        CreditId::of_remainder(first()),
        20_000,
        0,
    ));
    hearing_twice_changes_nothing(Papers, &in_order(story));
    hearing_twice_changes_nothing(Papers, &in_order(topped_up()));
}

fn top_up() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn topped_up() -> Vec<Beat> {
    let requested = TopUpEvent::Requested {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        amount: rp(50_000),
        order_id: "topup-1".into(),
        expires_at: noon(),
    };
    let settled = TopUpEvent::Settled {
        transaction_id: "t1".into(),
        payment_type: "qris".into(),
        amount: rp(50_000),
        late: false,
        again: false,
        channel: None,
        settled_at: None,
    };
    [requested, settled]
        .map(|fact| event::<TopUp>(&top_up(), fact))
        .into()
}

#[test]
fn a_payment_has_a_receipt() {
    let credit_id = CreditId::of_transaction(top_up(), "t1");
    let receipt = Paper::Receipt {
        to: budi(),
        topped_up: ToppedUp {
            top_up_id: top_up(),
            credit_id,
            order_id: "topup-1".into(),
            payment_type: "qris".into(),
        },
        amount: rp(50_000),
        at: noon(),
    };
    let expected = [(format!("receipt-{credit_id}"), receipt)];
    assert_eq!(issued(topped_up()), expected);
}

#[test]
fn what_staff_booked_has_a_receipt_too() {
    let mut story = topped_up();
    story.pop();
    let booked = TopUpEvent::Booked {
        transaction_id: "t1".into(),
        amount: rp(45_000),
        reason: "the bank says so".parse().unwrap(),
    };
    story.push(event::<TopUp>(&top_up(), booked));
    let receipts = issued(story);
    let [
        (
            _,
            Paper::Receipt {
                amount, topped_up, ..
            },
        ),
    ] = &receipts[..]
    else {
        panic!("{receipts:?}");
    };
    assert_eq!((*amount, &*topped_up.payment_type), (rp(45_000), "manual"));
}

#[test]
fn a_period_is_invoiced_when_it_begins_and_not_when_it_is_ordered() {
    assert_eq!(papers(vec![charged(first(), 40_000, 0), bought()]), []);
    let january = period("2027-01-31", "2027-02-28");
    let expected = invoice(first(), BillCause::Order, january, 40_000);
    assert_eq!(papers(active()), [expected]);
}

#[test]
fn an_order_that_never_became_ready_leaves_no_paper() {
    assert_eq!(papers(never_ready()), []);
}

#[test]
fn what_cost_nothing_has_no_paper() {
    assert_eq!(papers(vec![ordered(), activated()]), []);
    let granted = vec![charged(first(), 40_000, 40_000), bought(), activated()];
    assert_eq!(papers(granted), []);
}

#[test]
fn promotional_credit_is_a_discount() {
    let story = vec![charged(first(), 40_000, 15_000), bought(), activated()];
    let papers = papers(story);
    let [Paper::Invoice { bill, total, .. }] = &*papers else {
        panic!("{papers:?}");
    };
    assert_eq!(
        (bill.price, bill.promotional, *total),
        (rp(40_000), rp(15_000), rp(25_000))
    );
}

#[test]
fn a_period_that_was_bought_ahead_is_invoiced_on_its_first_day() {
    let next = ChargeId::of_period(order(), day("2027-02-28"), 0);
    let mut story = active();
    story.push(charged(next, 40_000, 0));
    story.push(renewed(next, "2027-02-28", "2027-03-31"));
    let told = Told::new(Papers).after(&in_order(story));
    assert_eq!(told.steps(), [format!("invoice-{}", first())]);
    let [timer] = &*told.timers else {
        panic!("{:?}", told.timers);
    };
    let begins = day_begins(day("2027-02-28"));
    assert_eq!(timer.due_at, Some(begins));
    let ring = |state: &_, at: DateTime<Utc>| {
        let heard = Heard::Timer {
            name: &timer.name,
            at,
        };
        Papers.react(state, heard)
    };
    let rung = ring(&told.state, begins);
    assert_eq!(rung.effects.len(), 1);
    assert_eq!(rung.effects[0].0, format!("invoice-{next}"));
    let again = ring(&rung.state.unwrap(), begins);
    assert_eq!(again.effects, []);
}

#[test]
fn what_comes_back_before_it_begins_is_not_invoiced() {
    let next = ChargeId::of_period(order(), day("2027-02-28"), 0);
    let mut story = active();
    story.push(charged(next, 40_000, 0));
    story.push(renewed(next, "2027-02-28", "2027-03-31"));
    story.push(refunded(next, CreditId::of_remainder(next), 40_000, 0));
    let told = Told::new(Papers).after(&in_order(story));
    let heard = Heard::Timer {
        name: &told.timers[0].name,
        at: day_begins(day("2027-02-28")),
    };
    assert_eq!(Papers.react(&told.state, heard).effects, []);
}

#[test]
fn what_comes_back_of_an_invoice_has_a_credit_note_with_its_cause() {
    let lost = day("2027-02-03");
    for (credit_id, cause) in [
        (CreditId::of_remainder(first()), ReturnCause::Ended),
        (CreditId::of_change(first(), 3), ReturnCause::PlanChange),
        (
            CreditId::of_lost_day(order(), lost),
            ReturnCause::LostDay(lost),
        ),
        (CreditId::of_refund(first()), ReturnCause::Other),
        (CreditId::new(Uuid::nil()), ReturnCause::Other),
    ] {
        let mut story = active();
        story.push(refunded(first(), credit_id, 20_000, 5_000));
        let note = credit_note(first(), credit_id, 15_000, cause);
        assert_eq!(papers(story).last(), Some(&note));
    }
    let mut story = active();
    let credit_id = CreditId::of_remainder(first());
    story.push(refunded(first(), credit_id, 5_000, 5_000));
    assert_eq!(papers(story).len(), 1, "promotional credit is no payment");
}
