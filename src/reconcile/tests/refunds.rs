//! Refunds at the gateway beside what staff took back.

use super::{credited, kinds, noon, rp, shown, told, top_up};
use crate::reconcile::{OrderBooks, Told, compare};
use purser_domain::{
    case::CaseKind,
    ids::{CaseId, ReversalId},
    top_up::TopUpEvent,
    wallet::{ReversalCause, WalletEvent},
};

fn by_hand() -> Option<CaseId> {
    Some(CaseId::of(&["by hand"]))
}

fn refund(books: &mut OrderBooks, amount: i64, case_id: Option<CaseId>) {
    let refunded = TopUpEvent::RefundedByGateway {
        transaction_id: "t1".into(),
        refund_key: "r1".into(),
        amount: rp(amount),
        confirmed_at: None,
        case_id,
    };
    takes(books, &refunded, amount, ReversalCause::Refund);
}

pub(super) fn charge_back(books: &mut OrderBooks, amount: i64) {
    let charged_back = TopUpEvent::ChargedBack {
        transaction_id: "t1".into(),
        amount: rp(amount),
        total: rp(amount),
        case_id: by_hand(),
    };
    takes(books, &charged_back, amount, ReversalCause::Chargeback);
}

fn takes(books: &mut OrderBooks, fact: &TopUpEvent, amount: i64, cause: ReversalCause) {
    books.top_up(fact, noon());
    books.wallet(&WalletEvent::Reversed {
        reversal_id: ReversalId::of(top_up(), "t1", &format!("{cause:?}")),
        top_up_id: top_up(),
        amount: rp(amount),
        taken: rp(amount),
        cause,
    });
    books.cleared.returned += amount;
    shown(books).gone += amount;
}

#[test]
fn a_refund_that_no_bank_confirms_and_that_staff_took_is_no_difference() {
    let there = Told {
        unconfirmed: 7_000,
        ..told("partial_refund", 50_000, 0)
    };
    let mut books = credited(vec![there]);
    refund(&mut books, 7_000, by_hand());
    assert_eq!(compare(&books, noon())[0].differences, []);
}

#[test]
fn a_refund_beside_a_chargeback_of_the_same_amount_is_no_part_of_it() {
    let mut books = credited(vec![told("partial_chargeback", 50_000, 20_000)]);
    charge_back(&mut books, 20_000);
    assert_eq!(kinds(&books), []);
    books.told = vec![told("partial_refund", 50_000, 20_000)];
    assert_eq!(kinds(&books), [CaseKind::Amount]);
    refund(&mut books, 20_000, None);
    assert_eq!(kinds(&books), []);
    // Nor does a chargeback that staff took speak for a refund that no bank confirms.
    books.told = vec![Told {
        unconfirmed: 20_000,
        ..told("partial_refund", 50_000, 20_000)
    }];
    assert_eq!(kinds(&books), [CaseKind::UnconfirmedRefund]);
}

#[test]
fn what_went_back_whole_went_by_refund_and_chargeback_together() {
    let mut books = credited(vec![told("refund", 50_000, 50_000)]);
    charge_back(&mut books, 20_000);
    refund(&mut books, 30_000, None);
    assert_eq!(kinds(&books), []);
}
