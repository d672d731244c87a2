use super::world::{World, payment};
use crate::{
    Rupiah,
    decisions::{One, RequestTopUp, SettleTopUp, TopUpRequested},
    ids::{TopUpId, WalletId},
    story::{at, budi, rp, sari},
    top_up::{CloseCause, TopUp, TopUpCommand},
};
use uuid::Uuid;

fn top_up_id() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn request(amount: i64) -> RequestTopUp {
    RequestTopUp {
        top_up_id: top_up_id(),
        user_id: budi(),
        amount: rp(amount),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    }
}

/// Budi asked for 50.000 of credit.
fn asked() -> World {
    let mut world = World::empty().with(budi(), 0);
    world.happens(&request(50_000));
    world
}

#[test]
fn asking_for_credit_moves_no_money() {
    let mut world = World::empty().with(budi(), 0);
    let requested: TopUpRequested = world.answer(&request(50_000));
    assert_eq!(
        requested,
        TopUpRequested {
            top_up_id: top_up_id(),
            order_id: "topup-1".into(),
        }
    );
    assert_eq!(
        world.top_up(top_up_id()).wallet_id(),
        Some(WalletId::of(budi()))
    );
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
}

#[test]
fn a_deactivated_or_unknown_person_does_not_top_up() {
    World::empty()
        .with(budi(), 0)
        .deactivated(budi())
        .refuses(&request(50_000), "user.deactivated");
    World::empty().refuses(&request(50_000), "user.not_found");
}

#[test]
fn an_amount_outside_the_bounds_is_refused() {
    World::empty()
        .with(budi(), 0)
        .refuses(&request(9_999), "top_up.amount_out_of_range");
}

#[test]
fn a_payment_settles_and_credits_in_one_commit() {
    let mut world = asked();
    assert_eq!(
        world.story(&payment(top_up_id(), "t1", 50_000)),
        ["top_up.settled", "wallet.credited"]
    );
    assert_eq!(world.balance(budi()), rp(50_000));
}

#[test]
fn the_same_payment_three_times_credits_once() {
    let mut world = asked();
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world.changes_nothing(&payment(top_up_id(), "t1", 50_000));
    world.changes_nothing(&payment(top_up_id(), "t1", 50_000));
    assert_eq!(world.balance(budi()), rp(50_000));
}

#[test]
fn another_transaction_of_the_same_order_is_credited_too() {
    let mut world = asked();
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world.happens(&payment(top_up_id(), "t2", 50_000));
    assert_eq!(world.balance(budi()), rp(100_000));
}

#[test]
fn a_wrong_amount_credits_nothing_first_or_repeated() {
    let mut world = asked();
    world.refuses(&payment(top_up_id(), "t1", 49_999), "top_up.wrong_amount");
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world.refuses(&payment(top_up_id(), "t1", 500_000), "wallet.id_reused");
}

#[test]
fn a_payment_that_nobody_asked_for_credits_nothing() {
    World::empty()
        .with(budi(), 0)
        .refuses(&payment(top_up_id(), "t1", 50_000), "top_up.not_found");
}

#[test]
fn a_payment_is_credited_to_no_wallet_but_the_payers() {
    let into_saris = SettleTopUp {
        payer: sari(),
        ..payment(top_up_id(), "t1", 50_000)
    };
    let mut world = asked().with(sari(), 0);
    world.refuses(&into_saris, "top_up.not_found");
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world.refuses(&into_saris, "top_up.not_found");
}

#[test]
fn a_late_payment_credits_and_a_late_notice_takes_nothing_back() {
    let expire = One::<TopUp> {
        id: top_up_id(),
        command: TopUpCommand::Close {
            cause: CloseCause::Expired,
        },
    };
    let mut world = asked();
    world.happens(&expire);
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world.changes_nothing(&expire);
    assert_eq!(world.balance(budi()), rp(50_000));
    assert!(world.top_up(top_up_id()).is_settled());
}
