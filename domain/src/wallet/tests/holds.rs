//! Credit set aside for what is not decided yet (billing rule 16).

use super::*;
use crate::ids::HoldId;

fn hold_id() -> HoldId {
    HoldId::new(Uuid::from_u128(0x401d))
}

fn hold(amount: i64) -> Do {
    Do::Hold {
        hold_id: hold_id(),
        amount: rp(amount),
        subscription_id: order(1),
        purpose: Purpose::Running,
        at: noon(),
    }
}

fn capture() -> Do {
    Do::Capture {
        hold_id: hold_id(),
        charge_id: the_charge(),
    }
}

fn release() -> Do {
    Do::Release {
        hold_id: hold_id(),
        at: noon(),
    }
}

fn held(amount: i64) -> Vec<Did> {
    let mut history = funded(50_000);
    history.push(Did::Held {
        hold_id: hold_id(),
        amount: rp(amount),
        subscription_id: order(1),
        promotional: vec![],
    });
    history
}

fn captured() -> Did {
    Did::Captured {
        hold_id: hold_id(),
        charge_id: the_charge(),
        amount: rp(30_000),
        subscription_id: order(1),
        promotional: vec![],
    }
}

fn released() -> Did {
    Did::Released {
        hold_id: hold_id(),
        amount: rp(30_000),
        subscription_id: order(1),
        promotional: vec![],
    }
}

pub(super) fn story() -> Vec<Do> {
    let other = HoldId::new(Uuid::from_u128(0x401e));
    vec![
        credit("first", rp(50_000)),
        hold(30_000),
        capture(),
        Do::Hold {
            hold_id: other,
            amount: rp(20_000),
            subscription_id: order(1),
            purpose: Purpose::Running,
            at: noon(),
        },
        Do::Release {
            hold_id: other,
            at: noon(),
        },
    ]
}

#[test]
fn what_is_held_cannot_be_spent() {
    wallet()
        .given(held(30_000))
        .when(charge(2, 20_001))
        .then_expect_error(WalletError::InsufficientFunds {
            needed: rp(20_001),
            available: rp(20_000),
        });
    wallet()
        .given(funded(50_000))
        .when(hold(50_001))
        .then_expect_error(WalletError::InsufficientFunds {
            needed: rp(50_001),
            available: rp(50_000),
        });
}

#[test]
fn a_hold_stands_once() {
    wallet()
        .given(held(30_000))
        .when(hold(30_000))
        .then_expect_events(vec![]);
    wallet()
        .given(held(30_000))
        .when(hold(20_000))
        .then_expect_error(WalletError::IdReused);
}

#[test]
fn a_hold_becomes_a_charge_that_can_be_given_back() {
    let mut history = held(30_000);
    wallet()
        .given(history.clone())
        .when(capture())
        .then_expect_events(vec![captured()]);
    history.push(captured());
    wallet()
        .given(history.clone())
        .when(refund())
        .then_expect_events(vec![refunded(30_000)]);
    wallet()
        .given(history.clone())
        .when(capture())
        .then_expect_events(vec![]);
    wallet()
        .given(history)
        .when(release())
        .then_expect_error(WalletError::UnknownHold(hold_id()));
}

#[test]
fn a_hold_that_is_released_comes_back_once() {
    let mut history = held(30_000);
    wallet()
        .given(history.clone())
        .when(release())
        .then_expect_events(vec![released()]);
    history.push(released());
    assert_eq!(folded(history.clone()).balance(), rp(50_000));
    wallet()
        .given(history.clone())
        .when(release())
        .then_expect_events(vec![]);
    wallet()
        .given(history)
        .when(capture())
        .then_expect_error(WalletError::UnknownHold(hold_id()));
}

#[test]
fn what_was_never_held_is_neither_captured_nor_released() {
    for command in [capture(), release()] {
        wallet()
            .given(funded(50_000))
            .when(command)
            .then_expect_error(WalletError::UnknownHold(hold_id()));
    }
}
