//! What the gateway takes back after it was credited.

use super::{
    Did, Do, Taking, TopUp, TopUpError, asked, dispute, noon, notified, notify, rp, settled,
    settled_as, top_up,
};
use crate::ids::CaseId;

fn take(transaction: &str, taking: Taking) -> Do {
    Do::TakeBack {
        transaction_id: transaction.into(),
        taking,
        given_back: rp(0),
        case_id: None,
    }
}

pub(super) fn reversal(transaction: &str) -> Do {
    take(transaction, Taking::Reversal)
}

pub(super) fn chargeback(transaction: &str, total: i64) -> Do {
    take(transaction, Taking::Chargeback { total: rp(total) })
}

pub(super) fn refund(transaction: &str, key: &str, amount: i64) -> Do {
    let taking = Taking::Refund {
        key: key.into(),
        amount: rp(amount),
        confirmed_at: Some(noon()),
    };
    take(transaction, taking)
}

/// Staff takes it, by a case.
pub(super) fn by_hand(transaction: &str, amount: i64) -> Do {
    Do::TakeBack {
        transaction_id: transaction.into(),
        taking: Taking::Refund {
            key: case().to_string(),
            amount: rp(amount),
            confirmed_at: None,
        },
        given_back: rp(0),
        case_id: Some(case()),
    }
}

fn case() -> CaseId {
    CaseId::of(&["seen in the dashboard"])
}

fn reversed(transaction: &str, amount: i64) -> Did {
    Did::Reversed {
        transaction_id: transaction.into(),
        amount: rp(amount),
    }
}

fn charged_back(amount: i64, total: i64) -> Did {
    Did::ChargedBack {
        transaction_id: "t1".into(),
        amount: rp(amount),
        total: rp(total),
        case_id: None,
    }
}

fn refunded(key: &str, amount: i64) -> Did {
    Did::RefundedByGateway {
        transaction_id: "t1".into(),
        refund_key: key.into(),
        amount: rp(amount),
        confirmed_at: Some(noon()),
        case_id: None,
    }
}

#[test]
fn what_was_never_credited_is_not_taken_back() {
    for history in [asked(&[]), asked(&[settled("t2", false)])] {
        for command in [
            reversal("t1"),
            chargeback("t1", 50_000),
            refund("t1", "r1", 50_000),
        ] {
            top_up()
                .given(history.clone())
                .when(command)
                .then_expect_error(TopUpError::NotCredited);
        }
    }
    top_up()
        .given_no_previous_events()
        .when(reversal("t1"))
        .then_expect_error(TopUpError::NotFound);
}

#[test]
fn a_reversal_takes_the_whole_payment_once() {
    top_up()
        .given(asked(&[settled("t1", false)]))
        .when(reversal("t1"))
        .then_expect_events(vec![reversed("t1", 50_000)]);
    top_up()
        .given(asked(&[settled("t1", false), reversed("t1", 50_000)]))
        .when(reversal("t1"))
        .then_expect_events(vec![]);
}

#[test]
fn a_reversal_once_more_takes_what_the_bank_gave_back() {
    let again = |given_back| Do::TakeBack {
        transaction_id: "t1".into(),
        taking: Taking::ReversedAgain { total: rp(100_000) },
        given_back: rp(given_back),
        case_id: None,
    };
    let once = [settled("t1", false), reversed("t1", 50_000)];
    for (given_back, taken) in [(50_000, 50_000), (20_000, 20_000)] {
        top_up()
            .given(asked(&once))
            .when(again(given_back))
            .then_expect_events(vec![reversed("t1", taken)]);
    }
    top_up()
        .given(asked(&once))
        .when(again(0))
        .then_expect_events(vec![]);
    let twice = [&once[..], &[reversed("t1", 50_000)]].concat();
    top_up()
        .given(asked(&twice))
        .when(again(50_000))
        .then_expect_events(vec![]);
}

#[test]
fn every_reversal_and_chargeback_has_a_name_of_its_own() {
    let mut state = TopUp::default();
    let history = asked(&[
        settled("t1", false),
        refunded("r1", 20_000),
        reversed("t1", 30_000),
        reversed("t1", 50_000),
        charged_back(50_000, 150_000),
    ]);
    history.into_iter().for_each(|event| state.fold(event));
    let names: Vec<String> = state.taken("t1").map(|taking| taking.name()).collect();
    assert_eq!(names, ["chargeback-150000", "reversal", "reversal-100000"]);
}

#[test]
fn a_reversal_takes_one_of_two_payments() {
    let both = [settled("t1", false), settled_as("t2", false, true)];
    top_up()
        .given(asked(&both))
        .when(reversal("t2"))
        .then_expect_events(vec![reversed("t2", 50_000)]);
}

#[test]
fn a_chargeback_takes_what_is_new_of_its_total() {
    let paid = settled("t1", false);
    let first = charged_back(20_000, 20_000);
    top_up()
        .given(asked(std::slice::from_ref(&paid)))
        .when(chargeback("t1", 20_000))
        .then_expect_events(vec![first.clone()]);
    top_up()
        .given(asked(&[paid.clone(), first.clone()]))
        .when(chargeback("t1", 20_000))
        .then_expect_events(vec![]);
    top_up()
        .given(asked(&[paid.clone(), first]))
        .when(chargeback("t1", 50_000))
        .then_expect_events(vec![charged_back(30_000, 50_000)]);
    top_up()
        .given(asked(&[paid, refunded("r1", 10_000)]))
        .when(chargeback("t1", 90_000))
        .then_expect_events(vec![charged_back(40_000, 90_000)]);
}

#[test]
fn every_refund_counts_once_by_its_key() {
    let paid = settled("t1", false);
    top_up()
        .given(asked(std::slice::from_ref(&paid)))
        .when(refund("t1", "r1", 20_000))
        .then_expect_events(vec![refunded("r1", 20_000)]);
    top_up()
        .given(asked(&[paid.clone(), refunded("r1", 20_000)]))
        .when(refund("t1", "r1", 20_000))
        .then_expect_events(vec![]);
    top_up()
        .given(asked(&[paid, refunded("r1", 20_000)]))
        .when(refund("t1", "r2", 20_000))
        .then_expect_events(vec![refunded("r2", 20_000)]);
}

#[test]
fn no_more_goes_back_than_was_paid() {
    let paid = settled("t1", false);
    top_up()
        .given(asked(&[paid.clone(), refunded("r1", 40_000)]))
        .when(refund("t1", "r2", 40_000))
        .then_expect_events(vec![refunded("r2", 10_000)]);
    top_up()
        .given(asked(&[paid.clone(), refunded("r1", 40_000)]))
        .when(reversal("t1"))
        .then_expect_events(vec![reversed("t1", 10_000)]);
    top_up()
        .given(asked(&[paid, refunded("r1", 50_000)]))
        .when(chargeback("t1", 50_000))
        .then_expect_events(vec![]);
}

#[test]
fn what_went_back_does_not_unsettle_it() {
    let history = asked(&[settled("t1", false), reversed("t1", 50_000)]);
    let mut state = TopUp::default();
    history.into_iter().for_each(|event| state.fold(event));
    assert!(state.is_settled());
    assert!(state.is_credited("t1") && !state.is_credited("t2"));
    assert_eq!(state.rest_of("t1"), rp(0));
}

#[test]
fn transactions_are_known_from_what_the_gateway_says_and_only_so_many() {
    let heard = |history: &[Did]| -> Vec<String> {
        let mut state = TopUp::default();
        let history = asked(history);
        history.into_iter().for_each(|event| state.fold(event));
        state.transactions().map(str::to_owned).collect()
    };
    assert_eq!(heard(&[notified("d1"), settled("t2", false)]), ["t1", "t2"]);
    let flood: Vec<Did> = (0..100)
        .map(|number| Did::Notified {
            digest: format!("d{number}"),
            body: super::sealed("body"),
            transaction_id: Some(format!("t{number}")),
        })
        .collect();
    assert_eq!(heard(&flood).len(), 20);
}

#[test]
fn what_comes_after_a_reversal_is_still_kept() {
    let history = asked(&[settled("t1", false), reversed("t1", 50_000)]);
    top_up()
        .given(history.clone())
        .when(notify("d1"))
        .then_expect_events(vec![notified("d1")]);
    top_up()
        .given(history)
        .when(dispute("t1"))
        .then_expect_events(vec![super::disputed("t1")]);
}

#[test]
fn what_staff_takes_says_by_which_case_and_counts_once() {
    let taken = Did::RefundedByGateway {
        transaction_id: "t1".into(),
        refund_key: case().to_string(),
        amount: rp(20_000),
        confirmed_at: None,
        case_id: Some(case()),
    };
    top_up()
        .given(asked(&[settled("t1", false)]))
        .when(by_hand("t1", 20_000))
        .then_expect_events(vec![taken.clone()]);
    top_up()
        .given(asked(&[settled("t1", false), taken.clone()]))
        .when(by_hand("t1", 20_000))
        .then_expect_events(vec![]);
    // What the gateway says went back in all goes on from there.
    top_up()
        .given(asked(&[settled("t1", false), taken]))
        .when(chargeback("t1", 50_000))
        .then_expect_events(vec![charged_back(30_000, 50_000)]);
}
