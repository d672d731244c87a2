//! What was disputed and is booked by staff (billing rule 32).

use super::{Did, Do, TopUpError, asked, disputed, refunds, rp, settle, taking_back, top_up};
use crate::story::text;

pub(super) fn book(transaction: &str) -> Do {
    Do::BookDisputed {
        transaction_id: transaction.into(),
        amount: rp(40_000),
        reason: text("paid in part"),
    }
}

fn booked(transaction: &str) -> Did {
    Did::Booked {
        transaction_id: transaction.into(),
        amount: rp(40_000),
        reason: text("paid in part"),
    }
}

#[test]
fn what_was_disputed_can_be_booked_once() {
    top_up()
        .given(asked(&[disputed("t1")]))
        .when(book("t1"))
        .then_expect_events(vec![booked("t1")]);
    let done = [disputed("t1"), booked("t1")];
    top_up()
        .given(asked(&done))
        .when(book("t1"))
        .then_expect_error(TopUpError::AlreadySettled);
    top_up()
        .given(asked(&[]))
        .when(book("t1"))
        .then_expect_error(TopUpError::NotDisputed);
}

#[test]
fn what_was_booked_is_paid_and_can_be_taken_back() {
    let done = [disputed("t1"), booked("t1")];
    top_up()
        .given(asked(&done))
        .when(settle("t1", 50_000))
        .then_expect_events(vec![]);
    top_up()
        .given(asked(&done))
        .when(taking_back::reversal("t1"))
        .then_expect_events(vec![Did::Reversed {
            transaction_id: "t1".into(),
            amount: rp(40_000),
        }]);
    top_up()
        .given(asked(&done))
        .when(refunds::request(1, 40_000))
        .then_expect_error(TopUpError::NotRefundable);
}
