//! Money goes back through the gateway: top-up and wallet move together.

use super::{
    acting,
    world::{World, payment, purchase},
};
use crate::{
    approval::Deed,
    decisions::{ConfirmRefund, FailRefund, RefundTopUp, RequestTopUp},
    ids::{PayoutId, TopUpId, WalletId},
    story::{at, budi, noon, rp, sari, text},
};
use uuid::Uuid;

fn top_up_id() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn payout_id() -> PayoutId {
    PayoutId::new(Uuid::from_u128(0x9a1))
}

fn refund(amount: i64) -> RefundTopUp {
    RefundTopUp {
        payout_id: payout_id(),
        top_up_id: top_up_id(),
        wallet_id: WalletId::of(budi()),
        amount: rp(amount),
        reason: text("asked for it"),
        at: noon(),
    }
}

fn confirm() -> ConfirmRefund {
    ConfirmRefund {
        payout_id: payout_id(),
        top_up_id: top_up_id(),
        wallet_id: WalletId::of(budi()),
        proof: text("gateway"),
        at: noon(),
    }
}

fn fail() -> FailRefund {
    FailRefund {
        payout_id: payout_id(),
        top_up_id: top_up_id(),
        wallet_id: WalletId::of(budi()),
        reason: text("no funds"),
    }
}

/// Budi paid 50.000 by QRIS.
fn paid() -> World {
    let mut world = World::selling(5, 5).with(budi(), 0);
    world.happens(&RequestTopUp {
        top_up_id: top_up_id(),
        user_id: budi(),
        amount: rp(50_000),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    });
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world
}

#[test]
fn a_refund_is_set_aside_and_then_gone() {
    let mut world = paid();
    assert_eq!(
        world.story(&refund(30_000)),
        ["top_up.refund_requested", "wallet.payout_requested"]
    );
    world.changes_nothing(&refund(30_000));
    assert_eq!(world.balance(budi()), rp(20_000));
    assert_eq!(
        world.story(&confirm()),
        ["top_up.refunded", "wallet.paid_out"]
    );
    world.changes_nothing(&confirm());
    assert_eq!(world.balance(budi()), rp(20_000));
    world.refuses(&fail(), "top_up.refund_over");
}

#[test]
fn a_refund_that_fails_gives_the_credit_back() {
    let mut world = paid();
    world.happens(&refund(30_000));
    assert_eq!(
        world.story(&fail()),
        ["top_up.refund_failed", "wallet.payout_cancelled"]
    );
    world.changes_nothing(&fail());
    assert_eq!(world.balance(budi()), rp(50_000));
    world.refuses(&confirm(), "top_up.refund_over");
}

#[test]
fn what_was_spent_is_not_sent_back() {
    let mut world = paid();
    world.happens(&purchase(budi(), 1));
    world.refuses(&refund(30_000), "wallet.insufficient_funds");
    world.happens(&refund(10_000));
}

#[test]
fn nothing_is_sent_back_from_another_wallet_or_of_nothing() {
    let from_saris = RefundTopUp {
        wallet_id: WalletId::of(sari()),
        ..refund(30_000)
    };
    let mut world = paid().with(sari(), 50_000);
    world.refuses(&from_saris, "top_up.not_found");
    world.refuses(&refund(60_000), "top_up.more_than_left");
    world.refuses(&confirm(), "top_up.unknown_refund");
    world.refuses(&refund(0), "wallet.no_amount");
    World::empty().refuses(&refund(30_000), "top_up.not_found");
}

#[test]
fn a_payout_by_bank_is_cancelled_by_two_where_both_ways_are_worth_it() {
    let mut world = acting::world(90_000);
    let payout_id = payout_id();
    world.happens(&acting::asks(
        1,
        Deed::PayOut {
            payout_id,
            amount: rp(60_000),
            reason: None,
        },
    ));
    let cancel = |top_up_id| Deed::CancelPayout {
        payout_id,
        top_up_id,
        reason: text("the account does not exist"),
    };
    world.refuses(
        &acting::asks(2, cancel(Some(top_up_id()))),
        "top_up.not_found",
    );
    // 60.000 there and 60.000 back are more than 100.000 in a day.
    let story = acting::does_with_two(&mut world, 3, cancel(None));
    assert_eq!(story, ["approval.approved", "wallet.payout_cancelled"]);
    assert_eq!(world.balance(budi()), rp(90_000));
    world.changes_nothing(&acting::asks(4, cancel(None)));
}
