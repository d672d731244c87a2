//! What is taken again of what the bank gave back, and what goes back in several ways.

use super::{
    arrive, books, credited, give_back, kinds, noon, refunds::charge_back, reverse, rp, send_back,
    shown, told, top_up,
};
use crate::reconcile::{OrderBooks, Told, compare};
use purser_domain::{
    case::CaseKind,
    ids::{CreditId, PayoutId, ReversalId},
    top_up::TopUpEvent,
    wallet::WalletEvent,
};
use uuid::Uuid;

#[test]
fn a_reversal_of_what_the_bank_gave_back_is_one_difference_until_it_is_taken() {
    let mut books = credited(vec![told("deny", 0, 0)]);
    reverse(&mut books);
    assert_eq!(kinds(&books), []);
    give_back(&mut books);
    assert_eq!(kinds(&books), [CaseKind::Amount]);
    reverse(&mut books);
    assert_eq!(kinds(&books), []);
    // The second one has a name of its own, by which the bank gives it back.
    books.wallet(&WalletEvent::ReversalReturned {
        credit_id: CreditId::of_transaction(top_up(), "t8"),
        reversal_id: ReversalId::of(top_up(), "t1", "reversal-100000"),
        amount: rp(50_000),
        recovered: rp(0),
        reason: "the bank decided for us".parse().unwrap(),
    });
    assert_eq!(kinds(&books), [CaseKind::Amount]);
}

#[test]
fn our_own_refund_beside_a_chargeback_is_no_difference_while_no_bank_confirms_it() {
    let payout_id = PayoutId::new(Uuid::from_u128(9));
    let there = Told {
        counted_early: [(payout_id.to_string(), 20_000)].into(),
        ..told("chargeback", 50_000, 50_000)
    };
    let mut books = credited(vec![there]);
    send_back(&mut books, payout_id);
    assert_eq!(kinds(&books), [CaseKind::Amount]);
    charge_back(&mut books, 30_000);
    assert_eq!(kinds(&books), []);
    // What is not ours is counted by us as by the gateway.
    let mut dashboards = books.clone();
    dashboards.told[0].counted_early = [("r1".to_owned(), 20_000)].into();
    assert_eq!(kinds(&dashboards), [CaseKind::Amount]);
    books.told = vec![told("chargeback", 50_000, 50_000)];
    arrive(&mut books, payout_id);
    assert_eq!(kinds(&books), []);
}

/// 45.000 were booked by staff where 50.000 had been asked for.
fn booked() -> OrderBooks {
    let mut books = books(vec![]);
    let booked = TopUpEvent::Booked {
        transaction_id: "t1".into(),
        amount: rp(45_000),
        reason: "paid in part".parse().unwrap(),
    };
    books.top_up(&booked, noon());
    books.wallet(&WalletEvent::Credited {
        credit_id: CreditId::of_transaction(top_up(), "t1"),
        amount: rp(45_000),
        top_up_id: top_up(),
        orders_from: None,
    });
    books.cleared.paid += 45_000;
    shown(&mut books).credited += 45_000;
    books
}

#[test]
fn every_part_that_goes_back_of_a_payment_that_staff_booked_is_a_case() {
    let case = |total: &str| {
        let mut books = booked();
        books.told = vec![Told {
            finding: Some("45000.00 is reported where 50000 was asked for".into()),
            went_back: Some(total.into()),
            ..told("partial_refund", 0, 0)
        }];
        assert_eq!(kinds(&books), [CaseKind::WrongPayment]);
        compare(&books, noon())[0].differences[0].case_id
    };
    assert_eq!(case("10000.00"), case("10000.00"));
    assert_ne!(case("10000.00"), case("20000.00"));
}
