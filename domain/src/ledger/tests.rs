use super::{Account as A, Ledger};
use crate::{
    Event, StreamId,
    ids::{
        AdjustmentId, ChargeId, CreditId, GrantId, HoldId, PayoutId, ReversalId, TopUpId, WalletId,
    },
    period::Period,
    story::{at, budi, order, rp, terms, text},
    subscription::{RenewalCause, Subscription, SubscriptionEvent},
    wallet::{AdjustmentSide, GrantCause, GrantPart, ReversalCause, Wallet, WalletEvent as Did},
};
use chrono::NaiveDate;
use uuid::Uuid;

const NOON: &str = "2027-01-31T05:00:00Z";

fn id<T>(new: fn(Uuid) -> T, number: u128) -> T {
    new(Uuid::from_u128(number))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn tell(ledger: &mut Ledger, moment: &str, fact: Did) {
    let stream = StreamId::of::<Wallet>(&WalletId::of(budi()));
    ledger.book(&stream, &Event::Wallet(fact), at(moment));
}

fn note(ledger: &mut Ledger, moment: &str, fact: SubscriptionEvent) {
    let stream = StreamId::of::<Subscription>(&order(1));
    ledger.book(&stream, &Event::Subscription(fact), at(moment));
}

/// What these events leave on each account at the end of their day; debits are positive.
fn booked(facts: Vec<Did>) -> Vec<(A, i128)> {
    let mut ledger = Ledger::default();
    for fact in facts {
        tell(&mut ledger, NOON, fact);
    }
    let balance = ledger.at(day("2027-01-31"));
    assert_eq!(balance.sum(), 0);
    let accounts = balance.accounts.into_iter();
    accounts.filter(|(_, amount)| *amount != 0).collect()
}

fn credited(amount: i64) -> Did {
    Did::Credited {
        credit_id: id(CreditId::new, 1),
        amount: rp(amount),
        top_up_id: id(TopUpId::new, 1),
        orders_from: None,
    }
}

fn granted(amount: i64) -> Did {
    Did::PromotionGranted {
        grant_id: id(GrantId::new, 1),
        amount: rp(amount),
        expires_on: day("2027-06-30"),
        cause: GrantCause::Welcome,
    }
}

fn part(amount: i64) -> Vec<GrantPart> {
    vec![GrantPart {
        grant_id: id(GrantId::new, 1),
        amount: rp(amount),
    }]
}

fn charged(amount: i64, promotional: Vec<GrantPart>) -> Did {
    Did::Charged {
        charge_id: ChargeId::of_order(order(1)),
        amount: rp(amount),
        subscription_id: order(1),
        promotional,
    }
}

fn refunded(amount: i64, promotional: Vec<GrantPart>) -> Did {
    Did::Refunded {
        credit_id: id(CreditId::new, 2),
        charge_id: ChargeId::of_order(order(1)),
        amount: rp(amount),
        subscription_id: order(1),
        promotional,
    }
}

#[test]
fn a_payment_is_owed_to_the_customer() {
    assert_eq!(
        booked(vec![credited(50_000)]),
        [(A::GatewayClearing, 50_000), (A::CustomerPaid, -50_000)]
    );
}

#[test]
fn a_charge_is_deferred_and_a_discount_is_no_revenue() {
    assert_eq!(
        booked(vec![
            credited(50_000),
            granted(10_000),
            charged(40_000, part(10_000))
        ]),
        [
            (A::GatewayClearing, 50_000),
            (A::CustomerPaid, -20_000),
            (A::DeferredRevenue, -30_000),
        ]
    );
    assert_eq!(
        booked(vec![
            credited(50_000),
            granted(10_000),
            charged(40_000, part(10_000)),
            refunded(40_000, part(10_000)),
        ]),
        [
            (A::GatewayClearing, 50_000),
            (A::CustomerPaid, -50_000),
            (A::CustomerPromotional, -10_000),
            (A::PromotionalExpense, 10_000),
        ]
    );
    let expired = Did::PromotionExpired {
        grant_id: id(GrantId::new, 1),
        amount: rp(10_000),
    };
    assert_eq!(booked(vec![granted(10_000), expired]), []);
}

#[test]
fn what_is_held_is_neither_credit_nor_revenue() {
    let (hold_id, subscription_id, amount) = (id(HoldId::new, 1), order(1), rp(30_000));
    let held = || Did::Held {
        hold_id,
        amount,
        subscription_id,
        promotional: part(10_000),
    };
    let story = |last: Did| booked(vec![credited(50_000), granted(10_000), held(), last]);
    let captured = Did::Captured {
        hold_id,
        charge_id: id(ChargeId::new, 9),
        amount,
        subscription_id,
        promotional: part(10_000),
    };
    assert_eq!(
        story(captured),
        [
            (A::GatewayClearing, 50_000),
            (A::CustomerPaid, -30_000),
            (A::DeferredRevenue, -20_000),
        ]
    );
    let released = Did::Released {
        hold_id,
        amount,
        subscription_id,
        promotional: part(10_000),
    };
    assert_eq!(
        story(released),
        [
            (A::GatewayClearing, 50_000),
            (A::CustomerPaid, -50_000),
            (A::CustomerPromotional, -10_000),
            (A::PromotionalExpense, 10_000),
        ]
    );
    let open = booked(vec![credited(50_000), granted(10_000), held()]);
    assert!(open.contains(&(A::Held, -30_000)), "{open:?}");
}

#[test]
fn what_the_gateway_takes_back_is_owed_where_it_was_spent() {
    let reversed = |cause| Did::Reversed {
        reversal_id: id(ReversalId::new, 1),
        top_up_id: id(TopUpId::new, 1),
        amount: rp(50_000),
        taken: rp(10_000),
        cause,
    };
    let story = |cause, last: Vec<Did>| {
        let mut facts = vec![credited(50_000), charged(40_000, vec![]), reversed(cause)];
        facts.extend(last);
        booked(facts)
    };
    assert_eq!(
        story(ReversalCause::Reversal, vec![]),
        [(A::Receivables, 40_000), (A::DeferredRevenue, -40_000)]
    );
    let paid = Did::ReceivablePaid {
        reversal_id: id(ReversalId::new, 1),
        amount: rp(40_000),
    };
    assert_eq!(
        story(ReversalCause::Reversal, vec![credited(40_000), paid]),
        [(A::GatewayClearing, 40_000), (A::DeferredRevenue, -40_000)]
    );
    let given_up = || Did::ReceivableWrittenOff {
        reversal_id: id(ReversalId::new, 1),
        amount: rp(40_000),
        reason: text("not worth a letter"),
    };
    for (cause, account) in [
        (ReversalCause::Reversal, A::WriteOffs),
        (ReversalCause::Chargeback, A::ChargebackLoss),
    ] {
        assert_eq!(
            story(cause, vec![given_up()]),
            [(A::DeferredRevenue, -40_000), (account, 40_000)]
        );
    }
}

#[test]
fn what_goes_out_leaves_by_the_way_it_came_or_by_bank() {
    let requested = |top_up_id| Did::PayoutRequested {
        payout_id: id(PayoutId::new, 1),
        amount: rp(20_000),
        top_up_id,
    };
    let out = || Did::PaidOut {
        payout_id: id(PayoutId::new, 1),
        amount: rp(20_000),
        proof: text("refund 7"),
        at: at(NOON),
    };
    let by_gateway = requested(Some(id(TopUpId::new, 1)));
    assert_eq!(
        booked(vec![credited(50_000), by_gateway, out()]),
        [(A::GatewayClearing, 30_000), (A::CustomerPaid, -30_000)]
    );
    assert_eq!(
        booked(vec![credited(50_000), requested(None), out()]),
        [
            (A::GatewayClearing, 50_000),
            (A::Bank, -20_000),
            (A::CustomerPaid, -30_000),
        ]
    );
    let cancelled = Did::PayoutCancelled {
        payout_id: id(PayoutId::new, 1),
        amount: rp(20_000),
        reason: text("the bank refused"),
    };
    assert_eq!(
        booked(vec![credited(50_000), requested(None), cancelled]),
        [(A::GatewayClearing, 50_000), (A::CustomerPaid, -50_000)]
    );
}

#[test]
fn a_correction_is_ours() {
    let adjusted = |side| Did::Adjusted {
        adjustment_id: id(AdjustmentId::new, 1),
        side,
        amount: rp(5_000),
        reason: text("paid at the counter"),
    };
    assert_eq!(
        booked(vec![adjusted(AdjustmentSide::Credit)]),
        [(A::CustomerPaid, -5_000), (A::Adjustments, 5_000)]
    );
    assert_eq!(
        booked(vec![adjusted(AdjustmentSide::Debit)]),
        [(A::CustomerPaid, 5_000), (A::Adjustments, -5_000)]
    );
}

/// An order of 40.000 that became ready on 31 January and is paid until 28 February.
fn active() -> Ledger {
    let mut ledger = Ledger::default();
    tell(&mut ledger, NOON, credited(100_000));
    tell(&mut ledger, NOON, charged(40_000, vec![]));
    let ordered = SubscriptionEvent::Ordered {
        terms: terms(),
        at: at(NOON),
    };
    note(&mut ledger, NOON, ordered);
    let activated = SubscriptionEvent::Activated {
        period: Period {
            start: day("2027-01-31"),
            end: day("2027-02-28"),
        },
        at: at(NOON),
    };
    note(&mut ledger, NOON, activated);
    ledger
}

fn earned(ledger: &Ledger, date: &str) -> i128 {
    let balance = ledger.at(day(date));
    assert_eq!(balance.sum(), 0);
    -balance.of(A::EarnedRevenue)
}

#[test]
fn revenue_is_earned_day_by_day_without_an_event() {
    let ledger = active();
    assert_eq!(earned(&ledger, "2027-01-30"), 0);
    assert_eq!(earned(&ledger, "2027-01-31"), 1_428);
    assert_eq!(earned(&ledger, "2027-02-13"), 20_000);
    assert_eq!(earned(&ledger, "2027-02-27"), 40_000);
    assert_eq!(earned(&ledger, "2028-02-27"), 40_000);
    assert_eq!(ledger.at(day("2027-02-13")).of(A::DeferredRevenue), -20_000);
}

#[test]
fn nothing_is_earned_before_readiness() {
    let mut ledger = Ledger::default();
    tell(&mut ledger, NOON, credited(100_000));
    tell(&mut ledger, NOON, charged(40_000, vec![]));
    assert_eq!(earned(&ledger, "2027-12-31"), 0);
}

#[test]
fn what_comes_back_at_the_end_is_what_was_not_earned() {
    let mut ledger = active();
    tell(
        &mut ledger,
        "2027-02-13T05:00:00Z",
        refunded(20_000, vec![]),
    );
    for date in ["2027-02-13", "2027-02-20", "2027-12-31"] {
        assert_eq!(earned(&ledger, date), 20_000, "{date}");
        assert_eq!(ledger.at(day(date)).of(A::DeferredRevenue), 0);
    }
    assert_eq!(earned(&ledger, "2027-02-12"), 18_571);
}

#[test]
fn a_lost_day_is_not_earned() {
    let mut ledger = active();
    let lost = "2027-02-02T05:00:00Z";
    tell(&mut ledger, lost, refunded(1_428, vec![]));
    let credited = SubscriptionEvent::DayCredited {
        day: day("2027-02-01"),
        amount: rp(1_428),
        at: at(lost),
    };
    note(&mut ledger, lost, credited);
    assert_eq!(earned(&ledger, "2027-02-01"), 2_857);
    assert_eq!(earned(&ledger, "2027-02-02"), 4_285 - 1_428);
    assert_eq!(earned(&ledger, "2027-02-27"), 40_000 - 1_428);
    assert_eq!(ledger.at(day("2027-02-27")).of(A::DeferredRevenue), 0);
}

#[test]
fn a_renewal_is_earned_in_its_own_days() {
    let mut ledger = active();
    let charge_id = ChargeId::of_period(order(1), day("2027-02-28"));
    let renewal = Did::Charged {
        charge_id,
        amount: rp(31_000),
        subscription_id: order(1),
        promotional: vec![],
    };
    tell(&mut ledger, NOON, renewal);
    let renewed = SubscriptionEvent::Renewed {
        period: Period {
            start: day("2027-02-28"),
            end: day("2027-03-31"),
        },
        price: rp(31_000),
        charge_id: Some(charge_id),
        cause: RenewalCause::Manual,
        wallet_id: WalletId::of(budi()),
        at: at(NOON),
    };
    note(&mut ledger, NOON, renewed);
    assert_eq!(earned(&ledger, "2027-02-27"), 40_000);
    assert_eq!(earned(&ledger, "2027-02-28"), 41_000);
    assert_eq!(earned(&ledger, "2027-03-30"), 71_000);
}

#[test]
fn days_of_grace_are_earned_when_they_are_paid_and_the_new_period_when_it_begins() {
    let mut ledger = active();
    let (grace, period) = (
        ChargeId::of_grace(order(1), 0),
        ChargeId::of_resumption(order(1), 0),
    );
    let wallet_id = WalletId::of(budi());
    let due = "2027-02-27T17:00:00Z";
    note(
        &mut ledger,
        due,
        SubscriptionEvent::BecamePastDue {
            due_on: day("2027-02-28"),
            grace_until: day("2027-03-07"),
            needed: rp(40_000),
            wallet_id,
            at: at(due),
        },
    );
    let over = "2027-03-06T17:00:00Z";
    note(
        &mut ledger,
        over,
        SubscriptionEvent::Suspended {
            on: day("2027-03-07"),
            delete_on: day("2027-04-06"),
            grace_days: 7,
            grace_value: rp(10_000),
            wallet_id,
            at: at(over),
        },
    );
    let paid = "2027-03-20T05:00:00Z";
    for (charge_id, amount) in [(grace, 10_000), (period, 31_000)] {
        tell(
            &mut ledger,
            paid,
            Did::Charged {
                charge_id,
                amount: rp(amount),
                subscription_id: order(1),
                promotional: vec![],
            },
        );
    }
    note(
        &mut ledger,
        paid,
        SubscriptionEvent::ResumeOrdered {
            price: rp(31_000),
            charge_id: Some(period),
            grace: rp(10_000),
            grace_charge_id: Some(grace),
            at: at(paid),
        },
    );
    assert_eq!(earned(&ledger, "2027-03-05"), 40_000);
    assert_eq!(earned(&ledger, "2027-03-20"), 50_000);
    let seen = "2027-03-21T05:00:00Z";
    note(
        &mut ledger,
        seen,
        SubscriptionEvent::Resumed {
            period: Period {
                start: day("2027-03-21"),
                end: day("2027-04-21"),
            },
            wallet_id,
            at: at(seen),
        },
    );
    assert_eq!(earned(&ledger, "2027-03-21"), 51_000);
    assert_eq!(earned(&ledger, "2027-04-20"), 81_000);
}

#[test]
fn accounts_keep_their_stored_words() {
    for account in A::ALL {
        let stored = serde_json::to_value(account).unwrap();
        assert_eq!(stored, account.as_str());
    }
}
