//! The gateway's balance as far as the history knows.

use super::super::{GatewayDay, Ledger};
use crate::{
    Event, StreamId,
    ids::{CreditId, PayoutId, ReversalId, TopUpId, WalletId},
    story::{at, budi, rp, text},
    top_up::{TopUp, TopUpEvent as Did},
    wallet::{ReversalCause, Wallet, WalletEvent},
};
use uuid::Uuid;

fn order() -> TopUpId {
    TopUpId::new(Uuid::from_u128(1))
}

fn payout() -> PayoutId {
    PayoutId::new(Uuid::from_u128(2))
}

fn requested() -> Did {
    Did::Requested {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        amount: rp(50_000),
        order_id: "topup-1".into(),
        expires_at: at("2027-02-01T05:00:00Z"),
    }
}

fn settled(settled_at: Option<&str>) -> Did {
    Did::Settled {
        transaction_id: "t1".into(),
        payment_type: "qris".into(),
        amount: rp(50_000),
        late: false,
        again: false,
        channel: None,
        settled_at: settled_at.map(at),
    }
}

fn reversed() -> Did {
    Did::Reversed {
        transaction_id: "t1".into(),
        amount: rp(50_000),
    }
}

fn refund_requested() -> Did {
    Did::RefundRequested {
        payout_id: payout(),
        transaction_id: "t1".into(),
        amount: rp(20_000),
        reason: text("asked for it"),
    }
}

/// Facts of one order, each at its moment.
fn told(facts: &[(&str, Did)]) -> Ledger {
    let mut ledger = Ledger::default();
    let stream = StreamId::of::<TopUp>(&order());
    for (moment, fact) in facts {
        ledger.book(&stream, &Event::TopUp(fact.clone()), at(moment));
    }
    ledger
}

fn day(ledger: &Ledger, day: &str) -> Option<GatewayDay> {
    ledger.gateway_day(day.parse().unwrap())
}

/// What moved on a date and what can have come in at most.
fn known(ledger: &Ledger, date: &str) -> (i128, i128) {
    let day = day(ledger, date).unwrap();
    (day.moved, day.at_most)
}

#[test]
fn a_payment_is_of_the_date_on_which_the_gateway_had_it() {
    // A second before midnight in Jakarta, and seen five minutes after.
    let ledger = told(&[
        ("2027-01-30T05:00:00Z", requested()),
        (
            "2027-01-30T17:05:00Z",
            settled(Some("2027-01-30T16:59:59Z")),
        ),
    ]);
    assert_eq!(known(&ledger, "2027-01-30"), (50_000, 50_000));
    // Whether the balance has it a moment later, nobody knows.
    assert_eq!(known(&ledger, "2027-01-31"), (0, 50_000));
    assert_eq!(known(&ledger, "2027-02-01"), (0, 0));
}

#[test]
fn a_payment_near_midnight_may_be_of_either_date() {
    for (settled_at, before, after) in [
        ("2027-01-30T17:00:00Z", 50_000, 50_000),
        ("2027-01-30T17:59:59Z", 50_000, 50_000),
        ("2027-01-30T18:00:01Z", 0, 50_000),
        ("2027-01-30T16:00:01Z", 50_000, 50_000),
        ("2027-01-30T15:59:59Z", 50_000, 0),
    ] {
        let ledger = told(&[
            ("2027-01-30T05:00:00Z", requested()),
            ("2027-01-30T18:05:00Z", settled(Some(settled_at))),
        ]);
        let day = |date| known(&ledger, date).1;
        let at_most = (day("2027-01-30"), day("2027-01-31"));
        assert_eq!(at_most, (before, after), "{settled_at}");
    }
}

#[test]
fn a_payment_without_a_time_may_come_to_the_balance_days_later() {
    let ledger = told(&[
        ("2027-01-30T05:00:00Z", requested()),
        ("2027-01-31T05:00:00Z", settled(None)),
    ]);
    for (date, moved, at_most) in [
        ("2027-01-30", 0, 50_000),
        ("2027-01-31", 50_000, 50_000),
        ("2027-02-03", 0, 50_000),
        ("2027-02-04", 0, 0),
    ] {
        assert_eq!(known(&ledger, date), (moved, at_most), "{date}");
    }
}

#[test]
fn a_card_may_be_in_the_balance_before_it_is_settled() {
    let mut by_card = settled(Some("2027-01-31T09:00:00Z"));
    if let Did::Settled { payment_type, .. } = &mut by_card {
        *payment_type = "credit_card".into();
    }
    let ledger = told(&[
        ("2027-01-30T05:00:00Z", requested()),
        ("2027-01-31T09:05:00Z", by_card),
    ]);
    assert_eq!(known(&ledger, "2027-01-30"), (0, 50_000));
    assert_eq!(known(&ledger, "2027-01-31"), (50_000, 50_000));
    assert_eq!(known(&ledger, "2027-02-01"), (0, 0));
}

#[test]
fn what_went_back_is_taken_off_where_it_can_be_of_no_other_date() {
    let day = |reversed_at| {
        told(&[
            ("2027-01-31T02:00:00Z", requested()),
            (
                "2027-01-31T02:05:00Z",
                settled(Some("2027-01-31T02:05:00Z")),
            ),
            (reversed_at, reversed()),
        ])
    };
    assert_eq!(known(&day("2027-01-31T02:10:00Z"), "2027-01-31"), (0, 0));
    // Seen before midnight, and maybe gone after it.
    let near = day("2027-01-31T16:30:00Z");
    assert_eq!(known(&near, "2027-01-31"), (0, 50_000));
    let late = day("2027-01-31T17:10:00Z");
    assert_eq!(known(&late, "2027-01-31"), (50_000, 50_000));
    assert_eq!(known(&late, "2027-02-01"), (-50_000, 0));
    let disputed = told(&[
        ("2027-01-31T02:00:00Z", requested()),
        (
            "2027-01-31T03:00:00Z",
            Did::ChargedBack {
                transaction_id: "t1".into(),
                amount: rp(50_000),
                total: rp(50_000),
                case_id: None,
            },
        ),
    ]);
    assert_eq!(known(&disputed, "2027-01-31"), (-50_000, 0));
}

#[test]
fn a_refund_that_fails_may_come_back_to_the_balance() {
    let asked = [
        ("2027-01-30T02:00:00Z", requested()),
        ("2027-01-30T03:00:00Z", refund_requested()),
    ];
    assert_eq!(known(&told(&asked), "2027-01-31"), (0, 20_000));
    let end = |moment, fact| told(&[asked[0].clone(), asked[1].clone(), (moment, fact)]);
    let failed = Did::RefundFailed {
        payout_id: payout(),
        transaction_id: "t1".into(),
        reason: text("no funds"),
    };
    let failed = end("2027-01-31T03:00:00Z", failed);
    assert_eq!(known(&failed, "2027-01-31"), (0, 20_000));
    assert_eq!(known(&failed, "2027-02-03"), (0, 20_000));
    assert_eq!(known(&failed, "2027-02-04"), (0, 0));
    let refunded = Did::Refunded {
        payout_id: payout(),
        transaction_id: "t1".into(),
        amount: rp(20_000),
    };
    let same_day = end("2027-01-30T04:00:00Z", refunded.clone());
    assert_eq!(known(&same_day, "2027-01-30"), (-20_000, -20_000));
    let later = end("2027-01-31T04:00:00Z", refunded);
    assert_eq!(known(&later, "2027-01-30"), (0, 0));
    assert_eq!(known(&later, "2027-01-31"), (-20_000, 0));
}

#[test]
fn what_the_bank_gave_back_came_in() {
    let mut ledger = told(&[("2027-01-30T02:00:00Z", requested())]);
    let reversal_id = ReversalId::of(order(), "t1", "reversal");
    let stream = StreamId::of::<Wallet>(&WalletId::of(budi()));
    for (moment, fact) in [
        (
            "2027-01-30T03:00:00Z",
            WalletEvent::Reversed {
                reversal_id,
                top_up_id: order(),
                amount: rp(50_000),
                taken: rp(50_000),
                cause: ReversalCause::Reversal,
            },
        ),
        (
            "2027-01-31T03:00:00Z",
            WalletEvent::ReversalReturned {
                credit_id: CreditId::of_transaction(order(), "t1-back"),
                reversal_id,
                amount: rp(50_000),
                recovered: rp(0),
                reason: text("the bank gave it back"),
            },
        ),
    ] {
        ledger.book(&stream, &Event::Wallet(fact), at(moment));
    }
    assert_eq!(known(&ledger, "2027-01-31"), (50_000, 50_000));
}

#[test]
fn a_date_begins_with_the_history() {
    let ledger = told(&[("2027-01-30T05:00:00.7Z", requested())]);
    assert_eq!(day(&Ledger::default(), "2027-01-30"), None);
    assert_eq!(day(&ledger, "2027-01-29"), None);
    let first = day(&ledger, "2027-01-30").unwrap();
    assert_eq!(first.from, at("2027-01-30T05:00:00Z"));
    assert_eq!(first.until, at("2027-01-30T17:00:00Z"));
    let second = day(&ledger, "2027-01-31").unwrap();
    assert_eq!(second.from, first.until);
}
