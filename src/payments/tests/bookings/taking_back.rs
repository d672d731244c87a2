//! Chargebacks beside what we send back ourselves, and reversals of what the bank gave back.

use super::{World, budi, id, noon, status};
use purser_domain::{
    Rupiah,
    decisions::{FailRefund, One, RefundTopUp},
    ids::{CreditId, PayoutId, WalletId},
    wallet::{Wallet, WalletCommand},
};
use serde_json::{Value, json};
use uuid::Uuid;

const CONFIRMED: Option<&str> = Some("2027-01-31 13:00:00");

fn payout() -> PayoutId {
    PayoutId::new(Uuid::from_u128(1))
}

/// 50.000 were paid, and staff sends 20.000 of it back.
fn sends_back() -> World {
    let mut world = World::paid();
    world.happens(&RefundTopUp {
        payout_id: payout(),
        top_up_id: id(),
        wallet_id: WalletId::of(budi()),
        amount: Rupiah::try_from(20_000).unwrap(),
        reason: "asked for it".parse().unwrap(),
        at: noon(),
    });
    world
}

/// A chargeback that comes to so much in all, our refund among it.
fn charged_back(word: &str, total: &str, confirmed: Option<&str>) -> Value {
    let ours = json!({
        "refund_key": payout().to_string(), "refund_amount": "20000.00", "bank_confirmed_at": confirmed,
    });
    json!({ "transaction_status": word, "refund_amount": total, "refunds": [ours] })
}

fn has(world: &World, paid: i64) {
    let wallet = world.wallet();
    assert_eq!((wallet.paid().get(), wallet.owed().get()), (paid, 0));
}

#[test]
fn a_chargeback_leaves_our_own_refund_to_the_bank_that_confirms_it() {
    for (word, total, left) in [
        ("chargeback", "50000.00", 0),
        ("partial_chargeback", "30000.00", 20_000),
    ] {
        let mut world = sends_back();
        let unconfirmed = [charged_back(word, total, None)];
        assert_eq!(
            world.is_told(&unconfirmed),
            ["top_up.charged_back", "wallet.reversed"],
            "{word}"
        );
        has(&world, left);
        assert_eq!(world.is_told(&unconfirmed), [""; 0], "{word} again");
        let confirmed = [charged_back(word, total, CONFIRMED)];
        assert_eq!(
            world.is_told(&confirmed),
            ["top_up.refunded", "wallet.paid_out"],
            "{word} confirmed"
        );
        assert_eq!(world.is_told(&confirmed), [""; 0], "{word} at last");
        has(&world, left);
        assert_eq!(world.wallet().set_aside().get(), 0);
    }
}

#[test]
fn our_own_refund_that_the_bank_confirmed_unheard_is_booked_before_the_chargeback() {
    let mut world = sends_back();
    assert_eq!(
        world.is_told(&[charged_back("chargeback", "50000.00", CONFIRMED)]),
        [
            "top_up.refunded",
            "wallet.paid_out",
            "top_up.charged_back",
            "wallet.reversed"
        ]
    );
    has(&world, 0);
}

#[test]
fn what_our_own_refund_did_not_send_is_taken_by_the_chargeback_after_all() {
    let mut world = sends_back();
    world.is_told(&[charged_back("chargeback", "50000.00", None)]);
    world.happens(&FailRefund {
        payout_id: payout(),
        top_up_id: id(),
        wallet_id: WalletId::of(budi()),
        reason: "the bank refused it".parse().unwrap(),
    });
    has(&world, 20_000);
    let whole = [status("chargeback")];
    assert_eq!(
        world.is_told(&whole),
        ["top_up.charged_back", "wallet.reversed"]
    );
    assert_eq!(world.is_told(&whole), [""; 0]);
    has(&world, 0);
}

#[test]
fn how_much_was_charged_back_confirms_no_refund_that_is_not_listed() {
    let mut world = sends_back();
    let told = json!({ "transaction_status": "partial_chargeback", "refund_amount": "20000.00" });
    assert_eq!(
        world.is_told(&[told]),
        ["top_up.charged_back", "wallet.reversed"]
    );
    assert_eq!(world.wallet().set_aside().get(), 20_000);
}

fn gives_back(world: &mut World, number: u128) {
    let reversal_id = world.wallet().debts().last().unwrap().reversal_id;
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::ReturnReversal {
            credit_id: CreditId::new(Uuid::from_u128(number)),
            reversal_id,
            amount: Rupiah::try_from(50_000).unwrap(),
            reason: "the bank decided for us".parse().unwrap(),
        },
    });
}

#[test]
fn a_reversal_of_what_was_paid_again_and_given_back_is_another_one() {
    let mut world = World::paid();
    let taken = ["top_up.reversed", "wallet.reversed"];
    assert_eq!(world.is_told(&[status("deny")]), taken);
    for number in [1, 2] {
        assert_eq!(
            world.is_told(&[json!({})]),
            ["top_up.disputed", "case.opened"]
        );
        // Nothing was given back, so nothing can be taken.
        assert_eq!(world.is_told(&[status("deny")]), [""; 0]);
        gives_back(&mut world, number);
        has(&world, 50_000);
        assert_eq!(world.is_told(&[status("deny")]), taken);
        assert_eq!(world.is_told(&[status("deny")]), [""; 0]);
        has(&world, 0);
    }
}
