//! The table of statuses, down to the events: what every report comes to, for an order as it stands.

mod by_hand;
mod taking_back;

use crate::payments::{Booking, Expected, Order, StatusReport, bookings};
use chrono::{DateTime, Utc};
use purser_domain::{
    Decision, Rupiah, State, StreamId, Work,
    decisions::{One, RefundTopUp},
    ids::{CreditId, PayoutId, TopUpId, UserId, WalletId},
    top_up::{CloseCause, TopUp, TopUpCommand},
    wallet::{Wallet, WalletCommand},
};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

fn budi() -> UserId {
    UserId::new(Uuid::from_u128(0xb0d1))
}

fn id() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn noon() -> DateTime<Utc> {
    "2027-01-31T05:00:00Z".parse().unwrap()
}

/// An order of 50.000 and the wallet behind it.
struct World(HashMap<StreamId, State>);

impl World {
    fn asked() -> Self {
        let mut world = Self(HashMap::new());
        let wallet = WalletId::of(budi());
        world.happens(&One::<Wallet> {
            id: wallet,
            command: WalletCommand::Open { owner: budi() },
        });
        world.happens(&One::<TopUp> {
            id: id(),
            command: TopUpCommand::Request {
                user_id: budi(),
                wallet_id: wallet,
                amount: Rupiah::try_from(50_000).unwrap(),
                order_id: "topup-1".into(),
                expires_at: noon(),
            },
        });
        world
    }

    fn paid() -> Self {
        let mut world = Self::asked();
        world.is_told(&[json!({})]);
        world
    }

    fn closed() -> Self {
        let mut world = Self::asked();
        world.happens(&One::<TopUp> {
            id: id(),
            command: TopUpCommand::Close {
                cause: CloseCause::Expired,
            },
        });
        world
    }

    fn happens(&mut self, decision: &dyn Decision) -> Vec<String> {
        for stream in decision.streams() {
            let empty = State::empty(stream.kind);
            self.0.entry(stream).or_insert(empty);
        }
        let decided = Work::run(decision, &self.0).unwrap();
        let mut names = vec![];
        for (stream, event) in decided.events {
            names.push(event.event_type());
            if let Some(state) = self.0.get_mut(&stream) {
                state.apply(event);
            }
        }
        names
    }

    fn books(&self, reports: &[Value]) -> Vec<Booking> {
        let Some(State::TopUp(top_up)) = self.0.get(&StreamId::of::<TopUp>(&id())) else {
            panic!("no top-up")
        };
        let reports: Vec<StatusReport> = reports.iter().map(report).collect();
        let order = Order {
            top_up_id: id(),
            top_up,
            payer: budi(),
            expected: Expected {
                order_id: "topup-1".into(),
                amount: top_up.amount(),
                merchant_id: "G1".into(),
            },
            wait_minutes: 10,
            at: noon(),
        };
        bookings(&order, &reports)
    }

    /// The events that these reports come to, each a settled payment with some fields replaced.
    fn is_told(&mut self, reports: &[Value]) -> Vec<String> {
        let mut events = vec![];
        for booking in self.books(reports) {
            events.extend(self.happens(&*booking.decision));
        }
        events
    }

    fn wallet(&self) -> &Wallet {
        match self.0.get(&StreamId::of::<Wallet>(&WalletId::of(budi()))) {
            Some(State::Wallet(wallet)) => wallet,
            other => panic!("{other:?}"),
        }
    }
}

fn report(changes: &Value) -> StatusReport {
    let mut body = json!({
        "order_id": "topup-1", "transaction_id": "t1", "transaction_status": "settlement", "fraud_status": "accept",
        "status_code": "200", "payment_type": "qris", "gross_amount": "50000.00", "currency": "IDR",
        "merchant_id": "G1", "settlement_time": "2027-01-31 12:00:00",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    StatusReport::parse(body.to_string().as_bytes()).unwrap()
}

fn status(word: &str) -> Value {
    json!({ "transaction_status": word, "status_code": "202", "settlement_time": null })
}

#[test]
fn an_open_order_goes_by_its_latest_payment() {
    for (report, events) in [
        (json!({}), vec!["top_up.settled", "wallet.credited"]),
        (
            json!({ "transaction_status": "CAPTURE" }),
            vec!["top_up.settled", "wallet.credited"],
        ),
        (json!({ "fraud_status": "challenge" }), vec![]),
        (status("pending"), vec![]),
        (status("authorize"), vec![]),
        (status("deny"), vec!["top_up.closed"]),
        (
            json!({ "transaction_status": "deny", "status_code": "202" }),
            vec!["top_up.closed"],
        ),
        (status("expire"), vec!["top_up.closed"]),
        (status("cancel"), vec!["top_up.closed"]),
        (status("failure"), vec!["top_up.closed"]),
        (
            json!({ "transaction_status": "refund" }),
            vec!["top_up.closed"],
        ),
        (
            json!({ "transaction_status": "chargeback" }),
            vec!["top_up.closed"],
        ),
        (
            json!({ "currency": "USD" }),
            vec!["top_up.disputed", "case.opened"],
        ),
        (
            json!({ "gross_amount": "40000.00" }),
            vec!["top_up.disputed", "case.opened"],
        ),
        (
            json!({ "merchant_id": "G2" }),
            vec!["top_up.disputed", "case.opened"],
        ),
        (status("teleported"), vec!["top_up.disputed", "case.opened"]),
    ] {
        assert_eq!(
            World::asked().is_told(std::slice::from_ref(&report)),
            events,
            "{report}"
        );
    }
}

#[test]
fn a_credited_payment_that_goes_back_takes_its_credit_along() {
    let part = json!([{ "refund_key": "a", "refund_amount": "20000.00", "bank_confirmed_at": "2027-01-31 13:00:00" }]);
    for (report, event, left) in [
        (status("deny"), "top_up.reversed", 0),
        (
            json!({ "transaction_status": "deny", "status_code": "202" }),
            "top_up.reversed",
            0,
        ),
        (json!({ "fraud_status": "deny" }), "top_up.reversed", 0),
        (status("cancel"), "top_up.reversed", 0),
        (
            json!({ "transaction_status": "refund" }),
            "top_up.refunded_by_gateway",
            0,
        ),
        (
            json!({ "transaction_status": "partial_refund", "refund_amount": "20000.00", "refunds": part }),
            "top_up.refunded_by_gateway",
            30_000,
        ),
        (
            json!({ "transaction_status": "chargeback" }),
            "top_up.charged_back",
            0,
        ),
        (
            json!({ "transaction_status": "partial_chargeback", "refund_amount": "20000.00" }),
            "top_up.charged_back",
            30_000,
        ),
    ] {
        let mut world = World::paid();
        assert_eq!(
            world.is_told(std::slice::from_ref(&report)),
            [event, "wallet.reversed"],
            "{report}"
        );
        assert_eq!(world.wallet().balance().get(), left, "{report}");
        assert_eq!(
            world.is_told(std::slice::from_ref(&report)),
            [""; 0],
            "{report} again"
        );
    }
}

#[test]
fn a_refund_waits_for_the_bank() {
    let told = |confirmed: Value| {
        let refund = json!({ "refund_key": "a", "refund_amount": "50000.00", "bank_confirmed_at": confirmed });
        json!({ "transaction_status": "refund", "refund_amount": "50000.00", "refunds": [refund] })
    };
    let mut world = World::paid();
    assert_eq!(world.is_told(&[told(Value::Null)]), [""; 0]);
    let confirmed = told("2027-01-31 13:00:00".into());
    assert_eq!(
        world.is_told(std::slice::from_ref(&confirmed)),
        ["top_up.refunded_by_gateway", "wallet.reversed"]
    );
    assert_eq!(world.is_told(&[confirmed]), [""; 0]);
}

#[test]
fn refunds_that_are_not_listed_count_by_what_they_come_to_in_all() {
    let told =
        |total: &str| json!({ "transaction_status": "partial_refund", "refund_amount": total });
    let mut world = World::paid();
    for (total, left) in [
        ("5000.00", 45_000),
        ("5000.00", 45_000),
        ("12000.00", 38_000),
    ] {
        world.is_told(&[told(total)]);
        assert_eq!(world.wallet().balance().get(), left);
    }
    // Ours is confirmed by the same words, and takes nothing twice.
    let mut world = World::paid();
    let sends = |number: u128, amount: i64| RefundTopUp {
        payout_id: PayoutId::new(Uuid::from_u128(number)),
        top_up_id: id(),
        wallet_id: WalletId::of(budi()),
        amount: Rupiah::try_from(amount).unwrap(),
        reason: "closed".parse().unwrap(),
        at: noon(),
    };
    world.happens(&sends(1, 5_000));
    world.happens(&sends(2, 7_000));
    let first = world.is_told(&[told("5000.00")]);
    assert_eq!(first, ["top_up.refunded", "wallet.paid_out"]);
    assert!(world.is_told(&[told("5000.00")]).is_empty());
    world.is_told(&[told("12000.00")]);
    assert!(world.is_told(&[told("12000.00")]).is_empty());
    assert_eq!(world.wallet().balance().get(), 38_000);
}

#[test]
fn what_cannot_happen_to_a_credited_payment_is_for_a_person() {
    for report in [status("expire"), status("failure")] {
        let mut world = World::paid();
        assert_eq!(
            world.is_told(std::slice::from_ref(&report)),
            ["top_up.disputed", "case.opened"]
        );
        assert_eq!(world.is_told(&[report]), [""; 0]);
    }
    let mut world = World::paid();
    world.is_told(&[status("deny")]);
    assert_eq!(
        world.is_told(&[json!({})]),
        ["top_up.disputed", "case.opened"]
    );
}

#[test]
fn a_part_that_went_back_before_anybody_told_us_leaves_the_rest_credited() {
    let refunds = json!([{ "refund_key": "a", "refund_amount": "20000.00", "bank_confirmed_at": "2027-01-31 13:00:00" }]);
    let report = json!({ "transaction_status": "partial_refund", "refund_amount": "20000.00", "refunds": refunds });
    let mut world = World::asked();
    world.is_told(&[report]);
    assert_eq!(world.wallet().balance().get(), 30_000);
}

#[test]
fn a_late_payment_is_credited() {
    let events = World::closed().is_told(&[json!({})]);
    assert_eq!(events, ["top_up.settled", "wallet.credited"]);
}

#[test]
fn every_transaction_of_an_order_counts_once_and_by_itself() {
    let second = json!({ "transaction_id": "t2" });
    let mut world = World::asked();
    world.is_told(&[second.clone(), json!({}), second.clone()]);
    assert_eq!(world.wallet().balance().get(), 100_000);
    // The order's own report shows the latest; an earlier one that was refused closes and reverses nothing.
    let refused = json!({ "transaction_id": "t0", "transaction_status": "deny", "status_code": "202", "settlement_time": null });
    let expired =
        json!({ "transaction_id": "t0", "transaction_status": "expire", "status_code": "407" });
    assert_eq!(world.is_told(&[second.clone(), refused, expired]), [""; 0]);
    let reversed =
        json!({ "transaction_id": "t1", "transaction_status": "deny", "status_code": "202" });
    world.is_told(&[second, reversed]);
    assert_eq!(world.wallet().balance().get(), 50_000);
}

#[test]
fn a_chargeback_of_what_was_paid_again_and_given_back_is_another_one() {
    let mut world = World::paid();
    let taken = ["top_up.charged_back", "wallet.reversed"];
    assert_eq!(world.is_told(&[status("chargeback")]), taken);
    let paid_again = [json!({})];
    assert_eq!(
        world.is_told(&paid_again),
        ["top_up.disputed", "case.opened"]
    );
    assert_eq!(world.is_told(&paid_again), [""; 0]);
    let reversal_id = world.wallet().debts().next().unwrap().reversal_id;
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::ReturnReversal {
            credit_id: CreditId::new(Uuid::from_u128(1)),
            reversal_id,
            amount: Rupiah::try_from(50_000).unwrap(),
            reason: "the bank decided for us".parse().unwrap(),
        },
    });
    assert_eq!(world.wallet().balance().get(), 50_000);
    assert_eq!(world.is_told(&[status("chargeback")]), taken);
    assert_eq!(world.is_told(&[status("chargeback")]), [""; 0]);
    assert_eq!(world.wallet().balance().get(), 0);
}

#[test]
fn an_older_try_that_expired_does_not_close_the_order() {
    let pending = status("pending");
    let mut expired = status("expire");
    expired["transaction_id"] = "t0".into();
    assert_eq!(World::asked().is_told(&[pending, expired]), [""; 0]);
}

#[test]
fn a_booking_has_a_name_of_its_own_for_other_words() {
    let name = |reports: &[Value]| World::paid().books(reports).remove(0).name;
    let part =
        |total: &str| json!({ "transaction_status": "partial_chargeback", "refund_amount": total });
    assert_eq!(name(&[status("deny")]), name(&[status("deny")]));
    assert_ne!(name(&[part("20000.00")]), name(&[part("30000.00")]));
}
