mod buckets;
mod changes;
mod debts;
mod holds;
mod payouts;

use super::{Purpose, Wallet, WalletCommand as Do, WalletError, WalletEvent as Did};
use crate::{
    Rupiah,
    ids::{ChargeId, CreditId, TopUpId},
    story::{budi, noon, order, retold, rp, sari},
};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

fn wallet() -> TestFramework<Wallet> {
    TestFramework::with(())
}

fn top_up() -> TopUpId {
    TopUpId::new(Uuid::from_u128(7))
}

fn payment(transaction: &str) -> CreditId {
    CreditId::of_transaction(top_up(), transaction)
}

fn the_charge() -> ChargeId {
    ChargeId::of_order(order(1))
}

fn the_refund() -> CreditId {
    CreditId::of_refund(the_charge())
}

fn opened() -> Vec<Did> {
    vec![Did::Opened { owner: budi() }]
}

fn credited(amount: i64) -> Did {
    Did::Credited {
        credit_id: payment("first"),
        amount: rp(amount),
        top_up_id: top_up(),
        orders_from: None,
    }
}

fn charged(amount: i64) -> Did {
    Did::Charged {
        charge_id: the_charge(),
        amount: rp(amount),
        subscription_id: order(1),
        promotional: vec![],
    }
}

fn refunded(amount: i64) -> Did {
    Did::Refunded {
        credit_id: the_refund(),
        charge_id: the_charge(),
        amount: rp(amount),
        subscription_id: order(1),
        promotional: vec![],
    }
}

/// Budi's wallet with this much in it.
fn funded(amount: i64) -> Vec<Did> {
    let mut history = opened();
    history.push(credited(amount));
    history
}

/// 100.000 in it, of which so much was charged.
fn spent(amount: i64) -> Vec<Did> {
    let mut history = funded(100_000);
    history.push(charged(amount));
    history
}

/// 100.000 in it, so much charged and given back.
fn given_back(amount: i64) -> Vec<Did> {
    let mut history = spent(amount);
    history.push(refunded(amount));
    history
}

fn credit(transaction: &str, amount: Rupiah) -> Do {
    Do::Credit {
        credit_id: payment(transaction),
        amount,
        top_up_id: top_up(),
        orders_from: None,
    }
}

fn charge(number: u128, amount: i64) -> Do {
    Do::Charge {
        charge_id: ChargeId::of_order(order(number)),
        amount: rp(amount),
        subscription_id: order(number),
        purpose: Purpose::Order,
        at: noon(),
    }
}

fn refund() -> Do {
    Do::Refund {
        credit_id: the_refund(),
        charge_id: the_charge(),
        amount: None,
        at: noon(),
    }
}

fn folded(history: Vec<Did>) -> Wallet {
    let mut wallet = Wallet::default();
    history.into_iter().for_each(|event| wallet.fold(event));
    wallet
}

#[test]
fn a_wallet_opens_for_its_owner() {
    wallet()
        .given_no_previous_events()
        .when(Do::Open { owner: budi() })
        .then_expect_events(opened());
}

#[test]
fn opening_it_again_changes_nothing() {
    wallet()
        .given(funded(50_000))
        .when(Do::Open { owner: budi() })
        .then_expect_events(vec![]);
}

#[test]
fn a_wallet_does_not_change_its_owner() {
    wallet()
        .given(opened())
        .when(Do::Open { owner: sari() })
        .then_expect_error(WalletError::AlreadyOpen);
}

#[test]
fn nothing_moves_in_a_wallet_that_was_never_opened() {
    for command in [credit("first", rp(1)), charge(1, 1), refund()] {
        wallet()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(WalletError::NotFound);
    }
}

#[test]
fn a_payment_becomes_credit() {
    wallet()
        .given(opened())
        .when(credit("first", rp(50_000)))
        .then_expect_events(vec![credited(50_000)]);
    assert_eq!(folded(funded(50_000)).balance(), rp(50_000));
}

#[test]
fn the_same_payment_is_credited_once() {
    wallet()
        .given(funded(50_000))
        .when(credit("first", rp(50_000)))
        .then_expect_events(vec![]);
}

#[test]
fn a_payment_credited_and_spent_is_still_credited_once() {
    wallet()
        .given(spent(100_000))
        .when(credit("first", rp(100_000)))
        .then_expect_events(vec![]);
}

#[test]
fn the_same_payment_with_another_amount_is_refused() {
    wallet()
        .given(funded(50_000))
        .when(credit("first", rp(60_000)))
        .then_expect_error(WalletError::IdReused);
}

#[test]
fn a_second_payment_is_credited_besides_the_first() {
    wallet()
        .given(funded(50_000))
        .when(credit("second", rp(50_000)))
        .then_expect_events(vec![Did::Credited {
            credit_id: payment("second"),
            amount: rp(50_000),
            top_up_id: top_up(),
            orders_from: None,
        }]);
}

#[test]
fn a_credit_of_nothing_is_refused() {
    wallet()
        .given(opened())
        .when(credit("first", Rupiah::ZERO))
        .then_expect_error(WalletError::NoAmount);
}

#[test]
fn a_credit_beyond_what_a_wallet_can_hold_is_refused() {
    wallet()
        .given(funded(1))
        .when(credit("second", Rupiah::MAX))
        .then_expect_error(WalletError::BalanceTooLarge);
}

#[test]
fn a_charge_within_the_balance_is_taken() {
    wallet()
        .given(funded(100_000))
        .when(charge(1, 40_000))
        .then_expect_events(vec![charged(40_000)]);
    assert_eq!(folded(spent(40_000)).balance(), rp(60_000));
}

#[test]
fn the_whole_balance_can_be_spent() {
    wallet()
        .given(funded(40_000))
        .when(charge(1, 40_000))
        .then_expect_events(vec![charged(40_000)]);
}

#[test]
fn a_charge_beyond_the_balance_is_refused() {
    wallet()
        .given(funded(10_000))
        .when(charge(1, 10_001))
        .then_expect_error(WalletError::InsufficientFunds {
            needed: rp(10_001),
            available: rp(10_000),
        });
}

#[test]
fn of_two_charges_that_do_not_both_fit_only_the_first_is_taken() {
    wallet()
        .given(spent(60_000))
        .when(charge(2, 60_000))
        .then_expect_error(WalletError::InsufficientFunds {
            needed: rp(60_000),
            available: rp(40_000),
        });
}

#[test]
fn the_same_charge_is_taken_once_even_where_the_rest_would_not_reach() {
    wallet()
        .given(spent(60_000))
        .when(charge(1, 60_000))
        .then_expect_events(vec![]);
}

#[test]
fn the_same_charge_with_another_amount_is_refused() {
    wallet()
        .given(spent(60_000))
        .when(charge(1, 10_000))
        .then_expect_error(WalletError::IdReused);
}

#[test]
fn a_charge_of_nothing_is_refused() {
    wallet()
        .given(funded(10_000))
        .when(charge(1, 0))
        .then_expect_error(WalletError::NoAmount);
}

#[test]
fn a_refund_gives_the_whole_charge_back() {
    wallet()
        .given(spent(60_000))
        .when(refund())
        .then_expect_events(vec![refunded(60_000)]);
    assert_eq!(folded(given_back(60_000)).balance(), rp(100_000));
}

#[test]
fn the_same_refund_happens_once() {
    wallet()
        .given(given_back(60_000))
        .when(refund())
        .then_expect_events(vec![]);
}

#[test]
fn a_charge_given_back_under_another_id_is_not_given_back_again() {
    wallet()
        .given(given_back(60_000))
        .when(Do::Refund {
            credit_id: payment("another"),
            charge_id: the_charge(),
            amount: None,
            at: noon(),
        })
        .then_expect_events(vec![]);
}

#[test]
fn what_is_left_of_a_charge_given_back_in_part_is_all_that_comes_back() {
    let mut history = spent(60_000);
    history.push(Did::Refunded {
        credit_id: payment("part"),
        charge_id: the_charge(),
        amount: rp(20_000),
        subscription_id: order(1),
        promotional: vec![],
    });
    wallet()
        .given(history)
        .when(refund())
        .then_expect_events(vec![refunded(40_000)]);
}

#[test]
fn a_charge_that_was_given_back_is_not_taken_again_by_a_repeat() {
    wallet()
        .given(given_back(60_000))
        .when(charge(1, 60_000))
        .then_expect_events(vec![]);
}

#[test]
fn a_charge_that_never_was_cannot_be_given_back() {
    wallet()
        .given(funded(100_000))
        .when(refund())
        .then_expect_error(WalletError::UnknownCharge(the_charge()));
}

#[test]
fn a_refund_beyond_what_a_wallet_can_hold_is_refused() {
    let mut history = spent(60_000);
    history.push(Did::Credited {
        credit_id: payment("second"),
        amount: rp(Rupiah::MAX.get() - 40_000),
        top_up_id: top_up(),
        orders_from: None,
    });
    wallet()
        .given(history)
        .when(refund())
        .then_expect_error(WalletError::BalanceTooLarge);
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    let opened = Do::Open { owner: budi() };
    retold::<Wallet>(vec![
        vec![
            opened.clone(),
            credit("first", rp(100_000)),
            credit("first", rp(100_000)),
            charge(1, 60_000),
            charge(2, 40_000),
            refund(),
            refund(),
        ],
        [vec![opened.clone()], buckets::story()].concat(),
        [vec![opened.clone()], holds::story()].concat(),
        [vec![opened.clone()], debts::story()].concat(),
        [vec![opened], payouts::story()].concat(),
    ])
    .await;
}
