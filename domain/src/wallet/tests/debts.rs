//! What the gateway takes back (billing rule 34).

use super::*;
use crate::{
    ids::{GrantId, ReversalId},
    story::text,
    wallet::{GrantCause, Purpose, ReversalCause},
};

fn reversal(number: u128) -> ReversalId {
    ReversalId::new(Uuid::from_u128(0x2e50 + number))
}

fn reverse(number: u128, amount: i64) -> Do {
    Do::Reverse {
        reversal_id: reversal(number),
        top_up_id: top_up(),
        amount: rp(amount),
        cause: ReversalCause::Reversal,
    }
}

fn reversed(number: u128, amount: i64, taken: i64) -> Did {
    Did::Reversed {
        reversal_id: reversal(number),
        top_up_id: top_up(),
        amount: rp(amount),
        taken: rp(taken),
        cause: ReversalCause::Reversal,
    }
}

fn paid(number: u128, amount: i64) -> Did {
    Did::ReceivablePaid {
        reversal_id: reversal(number),
        amount: rp(amount),
    }
}

/// 100.000 came in, 60.000 was spent, and all of it was taken back: 60.000 is owed.
fn owing() -> Vec<Did> {
    let mut history = spent(60_000);
    history.push(reversed(1, 100_000, 40_000));
    history
}

fn chargeback() -> Do {
    Do::Reverse {
        reversal_id: reversal(3),
        top_up_id: top_up(),
        amount: rp(10_000),
        cause: ReversalCause::Chargeback,
    }
}

fn welcome() -> Do {
    Do::Grant {
        grant_id: GrantId::new(Uuid::from_u128(0x3e1c)),
        amount: rp(20_000),
        expires_on: "2027-06-30".parse().unwrap(),
        cause: GrantCause::Welcome,
    }
}

fn unfreeze() -> Do {
    Do::Unfreeze {
        reason: text("the bank decided for us"),
    }
}

fn returned(number: u128, credit: u128, amount: i64) -> Do {
    Do::ReturnReversal {
        credit_id: CreditId::new(Uuid::from_u128(0xbac0 + credit)),
        reversal_id: reversal(number),
        amount: rp(amount),
        reason: text("the bank decided for us"),
    }
}

fn came_back(amount: i64, recovered: i64) -> Did {
    Did::ReversalReturned {
        credit_id: CreditId::new(Uuid::from_u128(0xbac1)),
        reversal_id: reversal(1),
        amount: rp(amount),
        recovered: rp(recovered),
        reason: text("the bank decided for us"),
    }
}

pub(super) fn story() -> Vec<Do> {
    vec![
        credit("first", rp(100_000)),
        charge(1, 60_000),
        reverse(1, 100_000),
        reverse(2, 5_000),
        credit("second", rp(62_000)),
        Do::WriteOff {
            reversal_id: reversal(2),
            reason: text("not worth a letter"),
        },
        credit("third", rp(30_000)),
        welcome(),
        chargeback(),
        unfreeze(),
        unfreeze(),
        returned(1, 1, 40_000),
        returned(2, 2, 5_000),
    ]
}

#[test]
fn what_is_there_goes_and_the_rest_is_owed() {
    wallet()
        .given(spent(60_000))
        .when(reverse(1, 100_000))
        .then_expect_events(vec![reversed(1, 100_000, 40_000)]);
    let wallet = folded(owing());
    assert_eq!(wallet.balance(), Rupiah::ZERO);
    assert_eq!(wallet.owed(), rp(60_000));
}

#[test]
fn the_same_reversal_counts_once() {
    wallet()
        .given(owing())
        .when(reverse(1, 100_000))
        .then_expect_events(vec![]);
    wallet()
        .given(owing())
        .when(reverse(1, 90_000))
        .then_expect_error(WalletError::IdReused);
}

#[test]
fn nothing_is_spent_held_or_paid_out_while_something_is_owed() {
    let mut history = owing();
    history.push(Did::PromotionGranted {
        grant_id: GrantId::new(Uuid::from_u128(0x3e1c)),
        amount: rp(20_000),
        expires_on: "2027-06-30".parse().unwrap(),
        cause: GrantCause::Welcome,
    });
    let hold = Do::Hold {
        hold_id: crate::ids::HoldId::new(Uuid::from_u128(1)),
        amount: rp(1),
        subscription_id: order(1),
        purpose: Purpose::Running,
        at: noon(),
    };
    let payout = Do::RequestPayout {
        payout_id: crate::ids::PayoutId::new(Uuid::from_u128(1)),
        amount: rp(1),
        top_up_id: None,
        reason: None,
    };
    for command in [charge(2, 1), hold, payout] {
        wallet()
            .given(history.clone())
            .when(command)
            .then_expect_error(WalletError::Owing { owed: rp(60_000) });
    }
}

#[test]
fn the_next_credit_pays_what_is_owed_the_oldest_first() {
    let mut history = owing();
    history.push(reversed(2, 5_000, 0));
    wallet()
        .given(history)
        .when(credit("second", rp(62_000)))
        .then_expect_events(vec![
            Did::Credited {
                credit_id: payment("second"),
                amount: rp(62_000),
                top_up_id: top_up(),
                orders_from: None,
            },
            paid(1, 60_000),
            paid(2, 2_000),
        ]);
}

#[test]
fn what_a_charge_gives_back_pays_what_is_owed_too() {
    wallet()
        .given(owing())
        .when(refund())
        .then_expect_events(vec![refunded(60_000), paid(1, 60_000)]);
}

#[test]
fn what_is_owed_can_be_written_off_once() {
    let write_off = |number| Do::WriteOff {
        reversal_id: reversal(number),
        reason: text("not worth a letter"),
    };
    let gone = Did::ReceivableWrittenOff {
        reversal_id: reversal(1),
        amount: rp(60_000),
        reason: text("not worth a letter"),
    };
    wallet()
        .given(owing())
        .when(write_off(1))
        .then_expect_events(vec![gone.clone()]);
    let mut history = owing();
    history.push(gone);
    assert_eq!(folded(history.clone()).owed(), Rupiah::ZERO);
    wallet()
        .given(history)
        .when(write_off(1))
        .then_expect_events(vec![]);
    wallet()
        .given(owing())
        .when(write_off(7))
        .then_expect_error(WalletError::UnknownReceivable(reversal(7)));
}

#[test]
fn a_chargeback_freezes_promotional_credit_until_staff_says_otherwise() {
    let mut state = folded(funded(50_000));
    for command in [welcome(), chargeback()] {
        for event in state.decide(command).unwrap() {
            state.fold(event);
        }
    }
    assert_eq!(
        state.decide(charge(1, 40_001)),
        Err(WalletError::InsufficientFunds {
            needed: rp(40_001),
            available: rp(40_000),
        })
    );
    assert!(state.is_charged_back());
    for event in state.decide(unfreeze()).unwrap() {
        state.fold(event);
    }
    assert!(!state.is_charged_back());
    assert!(state.decide(charge(1, 60_000)).is_ok());
    assert_eq!(state.decide(unfreeze()), Ok(vec![]));
}

#[test]
fn what_the_bank_gives_back_is_credit_and_pays_what_is_owed() {
    wallet()
        .given(owing())
        .when(returned(1, 1, 100_000))
        .then_expect_events(vec![came_back(100_000, 0), paid(1, 60_000)]);
    let mut history = owing();
    history.extend([came_back(100_000, 0), paid(1, 60_000)]);
    let wallet = folded(history);
    assert_eq!(wallet.paid(), rp(40_000));
    let debt = wallet.debts().next().unwrap();
    assert_eq!((debt.owed, debt.returned), (Rupiah::ZERO, rp(100_000)));
}

#[test]
fn what_was_given_up_is_made_good_before_anything_is_credit() {
    let mut history = owing();
    history.push(Did::ReceivableWrittenOff {
        reversal_id: reversal(1),
        amount: rp(60_000),
        reason: text("not worth a letter"),
    });
    wallet()
        .given(history.clone())
        .when(returned(1, 1, 70_000))
        .then_expect_events(vec![came_back(70_000, 60_000)]);
    history.push(came_back(70_000, 60_000));
    assert_eq!(folded(history.clone()).paid(), rp(10_000));
    // The same again is known, and the rest of it is all credit.
    assert_eq!(
        folded(history.clone()).decide(returned(1, 1, 70_000)),
        Ok(vec![])
    );
    let rest = folded(history).decide(returned(1, 2, 30_000)).unwrap();
    assert!(matches!(
        rest[..],
        [Did::ReversalReturned {
            recovered: Rupiah::ZERO,
            ..
        }]
    ));
}

#[test]
fn no_more_comes_back_than_was_taken() {
    wallet()
        .given(owing())
        .when(returned(1, 1, 100_001))
        .then_expect_error(WalletError::MoreThanReversed { left: rp(100_000) });
    let mut history = owing();
    history.push(came_back(100_000, 0));
    wallet()
        .given(history.clone())
        .when(returned(1, 2, 1))
        .then_expect_error(WalletError::MoreThanReversed { left: Rupiah::ZERO });
    wallet()
        .given(history)
        .when(returned(1, 1, 7))
        .then_expect_error(WalletError::IdReused);
    wallet()
        .given(owing())
        .when(returned(9, 2, 1))
        .then_expect_error(WalletError::UnknownReversal(reversal(9)));
    wallet()
        .given(owing())
        .when(returned(1, 2, 0))
        .then_expect_error(WalletError::NoAmount);
}
