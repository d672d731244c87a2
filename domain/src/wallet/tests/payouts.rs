//! Credit that goes back to where it was paid from, and corrections by staff (billing rules 36 and 41).

use super::*;
use crate::{
    ids::{AdjustmentId, PayoutId},
    story::text,
    wallet::AdjustmentSide,
};

fn payout() -> PayoutId {
    PayoutId::new(Uuid::from_u128(0x9a70))
}

fn request(amount: i64) -> Do {
    Do::RequestPayout {
        payout_id: payout(),
        amount: rp(amount),
        top_up_id: Some(top_up()),
        reason: None,
    }
}

fn confirm() -> Do {
    Do::ConfirmPayout {
        payout_id: payout(),
        proof: text("refund 7"),
        at: noon(),
    }
}

fn cancel() -> Do {
    Do::CancelPayout {
        payout_id: payout(),
        reason: text("the bank refused"),
    }
}

fn requested() -> Vec<Did> {
    let mut history = funded(50_000);
    history.push(Did::PayoutRequested {
        payout_id: payout(),
        amount: rp(30_000),
        top_up_id: Some(top_up()),
        reason: None,
    });
    history
}

fn paid_out() -> Did {
    Did::PaidOut {
        payout_id: payout(),
        amount: rp(30_000),
        proof: text("refund 7"),
        at: noon(),
    }
}

fn cancelled() -> Did {
    Did::PayoutCancelled {
        payout_id: payout(),
        amount: rp(30_000),
        reason: text("the bank refused"),
    }
}

fn adjust(number: u128, side: AdjustmentSide, amount: i64) -> Do {
    Do::Adjust {
        adjustment_id: AdjustmentId::new(Uuid::from_u128(0xad70 + number)),
        side,
        amount: rp(amount),
        reason: text("paid at the counter"),
    }
}

pub(super) fn story() -> Vec<Do> {
    vec![
        credit("first", rp(50_000)),
        request(30_000),
        confirm(),
        Do::RequestPayout {
            payout_id: PayoutId::new(Uuid::from_u128(0x9a71)),
            amount: rp(20_000),
            top_up_id: None,
            reason: None,
        },
        Do::CancelPayout {
            payout_id: PayoutId::new(Uuid::from_u128(0x9a71)),
            reason: text("the bank refused"),
        },
        adjust(1, AdjustmentSide::Credit, 5_000),
        adjust(2, AdjustmentSide::Debit, 25_000),
    ]
}

#[test]
fn what_is_on_its_way_out_cannot_be_spent() {
    wallet()
        .given(funded(50_000))
        .when(request(50_001))
        .then_expect_error(WalletError::InsufficientFunds {
            needed: rp(50_001),
            available: rp(50_000),
        });
    assert_eq!(folded(requested()).balance(), rp(20_000));
    wallet()
        .given(requested())
        .when(request(30_000))
        .then_expect_events(vec![]);
    wallet()
        .given(requested())
        .when(request(10_000))
        .then_expect_error(WalletError::IdReused);
}

#[test]
fn it_is_paid_out_once_and_does_not_come_back_then() {
    wallet()
        .given(requested())
        .when(confirm())
        .then_expect_events(vec![paid_out()]);
    let history: Vec<Did> = requested().into_iter().chain([paid_out()]).collect();
    assert_eq!(folded(history.clone()).balance(), rp(20_000));
    wallet()
        .given(history.clone())
        .when(confirm())
        .then_expect_events(vec![]);
    wallet()
        .given(history)
        .when(cancel())
        .then_expect_error(WalletError::PayoutOver);
}

#[test]
fn what_does_not_go_out_comes_back_once() {
    wallet()
        .given(requested())
        .when(cancel())
        .then_expect_events(vec![cancelled()]);
    let history: Vec<Did> = requested().into_iter().chain([cancelled()]).collect();
    assert_eq!(folded(history.clone()).balance(), rp(50_000));
    wallet()
        .given(history.clone())
        .when(cancel())
        .then_expect_events(vec![]);
    wallet()
        .given(history)
        .when(confirm())
        .then_expect_error(WalletError::PayoutOver);
}

#[test]
fn a_payout_that_nobody_asked_for_neither_goes_out_nor_comes_back() {
    for command in [confirm(), cancel()] {
        wallet()
            .given(funded(50_000))
            .when(command)
            .then_expect_error(WalletError::UnknownPayout(payout()));
    }
}

#[test]
fn staff_takes_no_more_than_there_is() {
    wallet()
        .given(funded(50_000))
        .when(adjust(1, AdjustmentSide::Debit, 50_001))
        .then_expect_error(WalletError::InsufficientFunds {
            needed: rp(50_001),
            available: rp(50_000),
        });
    for side in [AdjustmentSide::Credit, AdjustmentSide::Debit] {
        wallet()
            .given(funded(50_000))
            .when(adjust(1, side, 0))
            .then_expect_error(WalletError::NoAmount);
    }
}

#[test]
fn a_correction_happens_once() {
    let adjusted = Did::Adjusted {
        adjustment_id: AdjustmentId::new(Uuid::from_u128(0xad71)),
        side: AdjustmentSide::Credit,
        amount: rp(5_000),
        reason: text("paid at the counter"),
    };
    let history: Vec<Did> = funded(50_000).into_iter().chain([adjusted]).collect();
    assert_eq!(folded(history.clone()).balance(), rp(55_000));
    wallet()
        .given(history.clone())
        .when(adjust(1, AdjustmentSide::Credit, 5_000))
        .then_expect_events(vec![]);
    wallet()
        .given(history)
        .when(adjust(1, AdjustmentSide::Credit, 6_000))
        .then_expect_error(WalletError::IdReused);
}
