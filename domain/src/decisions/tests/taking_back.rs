//! A payment goes back: the top-up's record and the credit in one commit.

use super::world::{World, payment, purchase};
use crate::{
    decisions::{DisputeTopUp, One, RequestTopUp, SettleTopUp, TakeBackTopUp},
    ids::{CreditId, ReversalId, TopUpId, WalletId},
    story::{at, budi, noon, rp, sari, text},
    top_up::{Taking, TopUp},
    wallet::{Wallet, WalletCommand},
};
use chrono::Duration;
use uuid::Uuid;

fn top_up_id() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn taking(taking: Taking) -> TakeBackTopUp {
    TakeBackTopUp {
        top_up_id: top_up_id(),
        payer: budi(),
        transaction_id: "t1".into(),
        payment: None,
        takings: vec![taking],
    }
}

fn reversal() -> TakeBackTopUp {
    taking(Taking::Reversal)
}

fn chargeback(total: i64) -> TakeBackTopUp {
    taking(Taking::Chargeback { total: rp(total) })
}

fn refunds(refunds: &[(&str, i64)]) -> TakeBackTopUp {
    let refund = |(key, amount): &(&str, i64)| Taking::Refund {
        key: (*key).into(),
        amount: rp(*amount),
        confirmed_at: Some(noon()),
    };
    TakeBackTopUp {
        takings: refunds.iter().map(refund).collect(),
        ..reversal()
    }
}

/// Budi asked for 50.000 of credit in a world that sells Ghost for 40.000.
fn asked() -> World {
    let mut world = World::selling(5, 5).with(budi(), 0);
    world.happens(&RequestTopUp {
        top_up_id: top_up_id(),
        user_id: budi(),
        amount: rp(50_000),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    });
    world
}

fn paid() -> World {
    let mut world = asked();
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world
}

fn wallet(world: &World) -> Wallet {
    world.state(&WalletId::of(budi()))
}

#[test]
fn a_reversal_takes_the_credit_in_one_commit_and_once() {
    let mut world = paid();
    assert_eq!(
        world.story(&reversal()),
        ["top_up.reversed", "wallet.reversed"]
    );
    assert_eq!(world.balance(budi()), rp(0));
    assert_eq!(wallet(&world).owed(), rp(0));
    world.changes_nothing(&reversal());
}

#[test]
fn what_was_spent_is_owed_and_paid_first_by_the_next_payment() {
    let mut world = paid();
    world.happens(&purchase(budi(), 1));
    world.happens(&reversal());
    assert_eq!(wallet(&world).owed(), rp(40_000));
    world.refuses(&purchase(budi(), 2), "wallet.owing");
    assert_eq!(
        world.story(&payment(top_up_id(), "t2", 50_000)),
        [
            "top_up.settled",
            "wallet.credited",
            "wallet.receivable_paid",
            "case.opened"
        ]
    );
    assert_eq!(wallet(&world).owed(), rp(0));
    assert_eq!(world.balance(budi()), rp(10_000));
}

#[test]
fn a_chargeback_grows_by_the_difference() {
    let mut world = paid();
    world.happens(&chargeback(20_000));
    assert_eq!(world.balance(budi()), rp(30_000));
    world.changes_nothing(&chargeback(20_000));
    assert_eq!(
        world.story(&chargeback(50_000)),
        ["top_up.charged_back", "wallet.reversed"]
    );
    assert_eq!(world.balance(budi()), rp(0));
    world.changes_nothing(&reversal());
}

/// The bank decided for us.
fn gives_back(world: &mut World, number: u128, total: i64) {
    gives_back_of(world, number, &Taking::Chargeback { total: rp(total) });
}

fn gives_back_of(world: &mut World, number: u128, taking: &Taking) {
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::ReturnReversal {
            credit_id: CreditId::new(Uuid::from_u128(number)),
            reversal_id: ReversalId::of(top_up_id(), "t1", &taking.name()),
            amount: rp(50_000),
            reason: text("the bank decided for us"),
        },
    });
}

#[test]
fn a_second_chargeback_after_the_bank_gave_the_first_back_is_taken_once() {
    let mut world = paid();
    for (number, total) in [(1, 50_000), (2, 100_000), (3, 150_000)] {
        let taken = ["top_up.charged_back", "wallet.reversed"];
        assert_eq!(world.story(&chargeback(total)), taken);
        assert_eq!(world.balance(budi()), rp(0));
        world.changes_nothing(&chargeback(total));
        gives_back(&mut world, number, total);
        assert_eq!(world.balance(budi()), rp(50_000));
        world.changes_nothing(&chargeback(total));
    }
}

#[test]
fn a_second_chargeback_of_the_same_sum_is_known_by_what_was_paid_again_in_between() {
    let mut world = paid();
    world.happens(&chargeback(50_000));
    for (number, total) in [(1, 50_000), (2, 100_000)] {
        let top_up: TopUp = world.state(&top_up_id());
        world.happens(&DisputeTopUp {
            top_up_id: top_up_id(),
            transaction_id: "t1".into(),
            finding: top_up.paid_again("t1").unwrap(),
        });
        // Nothing was given back, so nothing can be taken.
        world.changes_nothing(&chargeback(50_000));
        gives_back(&mut world, number, total);
        let taken = ["top_up.charged_back", "wallet.reversed"];
        assert_eq!(world.story(&chargeback(50_000)), taken);
        assert_eq!(world.balance(budi()), rp(0));
        world.changes_nothing(&chargeback(50_000));
    }
}

#[test]
fn a_second_reversal_is_known_by_what_was_paid_again_and_given_back_in_between() {
    let mut world = paid();
    let taken = ["top_up.reversed", "wallet.reversed"];
    assert_eq!(world.story(&reversal()), taken);
    let firsts = [
        Taking::Reversal,
        Taking::ReversedAgain { total: rp(100_000) },
    ];
    for (number, first) in (1..).zip(firsts) {
        gives_back_of(&mut world, number, &first);
        assert_eq!(world.balance(budi()), rp(50_000));
        // It may be the same one still.
        world.changes_nothing(&reversal());
        let top_up: TopUp = world.state(&top_up_id());
        world.happens(&DisputeTopUp {
            top_up_id: top_up_id(),
            transaction_id: "t1".into(),
            finding: top_up.paid_again("t1").unwrap(),
        });
        assert_eq!(world.story(&reversal()), taken);
        assert_eq!(world.balance(budi()), rp(0));
        world.changes_nothing(&reversal());
    }
}

#[test]
fn what_was_said_of_a_payment_before_its_sum_was_stands_for_what_took_it_first() {
    let whole = |total: i64| Taking::Chargeback { total: rp(total) };
    let again = Taking::ReversedAgain { total: rp(100_000) };
    for (event, first, second) in [
        ("top_up.charged_back", whole(50_000), whole(100_000)),
        ("top_up.reversed", Taking::Reversal, again),
    ] {
        let mut world = paid();
        let takes = || taking(first.clone());
        world.happens(&takes());
        world.happens(&DisputeTopUp {
            top_up_id: top_up_id(),
            transaction_id: "t1".into(),
            finding: "it is reported as paid again after it had been taken back".into(),
        });
        gives_back_of(&mut world, 1, &first);
        assert_eq!(world.story(&takes()), [event, "wallet.reversed"]);
        gives_back_of(&mut world, 2, &second);
        world.changes_nothing(&takes());
        assert_eq!(world.balance(budi()), rp(50_000));
    }
}

#[test]
fn refunds_at_the_gateway_count_once_each() {
    let mut world = paid();
    world.happens(&refunds(&[("r1", 5_000)]));
    assert_eq!(
        world.story(&refunds(&[("r1", 5_000), ("r2", 7_000), ("r2", 7_000)])),
        ["top_up.refunded_by_gateway", "wallet.reversed"]
    );
    assert_eq!(world.balance(budi()), rp(38_000));
}

#[test]
fn a_part_that_went_back_before_we_heard_of_the_payment_leaves_the_rest() {
    let mut world = asked();
    let first = TakeBackTopUp {
        payment: Some(payment(top_up_id(), "t1", 50_000).payment),
        ..refunds(&[("r1", 12_000)])
    };
    assert_eq!(
        world.story(&first),
        [
            "top_up.settled",
            "wallet.credited",
            "top_up.refunded_by_gateway",
            "wallet.reversed"
        ]
    );
    assert_eq!(world.balance(budi()), rp(38_000));
    world.changes_nothing(&first);
}

#[test]
fn nothing_is_taken_of_what_was_never_credited() {
    asked().refuses(&reversal(), "top_up.not_credited");
    World::empty().refuses(&reversal(), "top_up.not_found");
}

#[test]
fn nothing_is_taken_from_a_wallet_but_the_payers() {
    let from_saris = TakeBackTopUp {
        payer: sari(),
        ..reversal()
    };
    paid()
        .with(sari(), 50_000)
        .refuses(&from_saris, "top_up.not_found");
}

#[test]
fn what_a_channel_may_take_back_buys_nothing_new_for_a_while() {
    let young = |minutes| SettleTopUp {
        orders_from: Some(noon() + Duration::minutes(minutes)),
        ..payment(top_up_id(), "t1", 50_000)
    };
    let mut world = asked();
    world.happens(&young(10));
    assert_eq!(world.balance(budi()), rp(50_000));
    world.refuses(&purchase(budi(), 1), "wallet.credit_too_young");
    let mut world = asked();
    world.happens(&young(0));
    world.happens(&purchase(budi(), 1));
}
