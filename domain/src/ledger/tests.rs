mod clearing;
mod gateway;
mod revenue;
mod vat;

use super::{Account as A, Ledger};
use crate::{
    Event, StreamId,
    fee_statement::{FeeStatement, FeeStatementEvent},
    ids::{
        AdjustmentId, ChargeId, CreditId, FeeStatementId, GrantId, HoldId, PayoutId, ReversalId,
        TopUpId, WalletId,
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
    let came_back = |recovered| Did::ReversalReturned {
        credit_id: id(CreditId::new, 9),
        reversal_id: id(ReversalId::new, 1),
        amount: rp(50_000),
        recovered: rp(recovered),
        reason: text("the bank decided for us"),
    };
    assert_eq!(
        story(
            ReversalCause::Chargeback,
            vec![given_up(), came_back(40_000)]
        ),
        [
            (A::GatewayClearing, 50_000),
            (A::CustomerPaid, -10_000),
            (A::DeferredRevenue, -40_000)
        ]
    );
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
        reason: None,
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

#[test]
fn accounts_keep_their_stored_words() {
    for account in A::ALL {
        let stored = serde_json::to_value(account).unwrap();
        assert_eq!(stored, account.as_str());
    }
}

#[test]
fn fees_leave_what_the_gateway_has_for_us() {
    let mut ledger = Ledger::default();
    tell(&mut ledger, NOON, credited(50_000));
    let open =
        |ledger: &Ledger, on: &str| -> Vec<_> { ledger.months_without_fees(day(on)).collect() };
    let month = day("2027-01-01");
    assert!(open(&ledger, "2027-01-31").is_empty());
    assert_eq!(open(&ledger, "2027-02-01"), [month]);
    let booked = FeeStatementEvent::Booked {
        month,
        amount: rp(3_500),
        reason: text("statement 2026-12"),
    };
    let stream = StreamId::of::<FeeStatement>(&FeeStatementId::of(month));
    ledger.book(&stream, &Event::FeeStatement(booked), at(NOON));
    let balance = ledger.at(day("2027-12-31"));
    assert_eq!(balance.of(A::GatewayClearing), 46_500);
    assert_eq!(balance.of(A::GatewayFees), 3_500);
    assert_eq!(balance.sum(), 0);
    assert!(open(&ledger, "2027-02-01").is_empty());
    let corrected = FeeStatementEvent::Corrected {
        month,
        before: rp(3_500),
        amount: rp(5_000),
        reason: text("a digit was wrong"),
    };
    let lines = ledger.book(&stream, &Event::FeeStatement(corrected), at(NOON));
    assert_eq!(lines.iter().map(|line| line.amount).sum::<i64>(), 0);
    let balance = ledger.at(day("2027-12-31"));
    assert_eq!(balance.of(A::GatewayClearing), 45_000);
    assert_eq!(balance.of(A::GatewayFees), 5_000);
}
