//! An order ends with its page, not with one of its transactions.

use crate::payments::{Expected, Order, StatusReport, bookings};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    AggregateType, Event, Rupiah, State,
    ids::{TopUpId, UserId, WalletId},
    top_up::TopUpEvent,
};
use serde_json::{Value, json};
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    "2027-01-31T05:00:00Z".parse().unwrap()
}

/// A report of a transaction; `reversed` is what the bank took back once it was settled.
fn report(transaction: &str, status: &str) -> StatusReport {
    let (status, settled) = match status {
        "reversed" => ("deny", "2027-01-31 11:00:00".into()),
        status => (status, Value::Null),
    };
    let body = json!({
        "order_id": "topup-1", "transaction_id": transaction, "transaction_status": status, "status_code": "202",
        "payment_type": "credit_card", "gross_amount": "50000.00", "settlement_time": settled,
    });
    StatusReport::parse(body.to_string().as_bytes()).unwrap()
}

/// What is booked of these transactions, the latest first, at this moment of an order whose page is over at noon.
fn booked(statuses: &[&str], at: DateTime<Utc>) -> Vec<String> {
    let id = TopUpId::new(Uuid::from_u128(7));
    let user_id = UserId::new(Uuid::from_u128(1));
    let wallet_id = WalletId::of(user_id);
    let amount = Rupiah::try_from(50_000).unwrap();
    let mut state = State::empty(AggregateType::TopUp);
    state.apply(Event::TopUp(TopUpEvent::Requested {
        user_id,
        wallet_id,
        amount,
        order_id: "topup-1".into(),
        expires_at: noon(),
    }));
    let State::TopUp(top_up) = &state else {
        panic!("no top-up")
    };
    let order = Order {
        top_up_id: id,
        top_up,
        payer: user_id,
        expected: Expected {
            order_id: "topup-1".into(),
            amount,
            merchant_id: "G1".into(),
        },
        wait_minutes: 10,
        at,
    };
    let reports = statuses.iter().enumerate();
    let reports = reports.map(|(index, status)| report(&format!("t{index}"), status));
    let reports: Vec<_> = reports.collect();
    let bookings = bookings(&order, &reports).into_iter();
    bookings.map(|booking| booking.name).collect()
}

#[test]
fn no_end_of_a_transaction_closes_an_order_whose_page_is_open() {
    for status in ["expire", "cancel", "failure", "deny"] {
        let before = noon() - Duration::seconds(1);
        assert_eq!(booked(&[status], before), [""; 0], "{status}");
        assert_eq!(booked(&[status], noon()), ["closed"], "{status}");
    }
}

#[test]
fn what_is_on_its_way_keeps_an_order_open_after_its_page() {
    assert_eq!(booked(&["expire", "pending"], noon()), [""; 0]);
    assert_eq!(booked(&["pending", "expire"], noon()), [""; 0]);
    assert_eq!(booked(&["expire", "deny"], noon()), ["closed"]);
}

#[test]
fn what_went_back_whole_before_anybody_heard_of_it_ends_the_order_with_its_page() {
    for status in ["reversed", "refund", "chargeback"] {
        let before = noon() - Duration::seconds(1);
        assert_eq!(booked(&[status], before), [""; 0], "{status}");
        assert_eq!(booked(&[status], noon()), ["closed"], "{status}");
        assert_eq!(booked(&[status, "pending"], noon()), [""; 0], "{status}");
    }
}
