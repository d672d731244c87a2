//! What is too much at once, whoever asks for it.

use super::acting::{asks, disputed, does_with_two, top_up_id, wallet, world};
use crate::{
    approval::Deed,
    ids::{CaseId, GrantId},
    story::{budi, rp, text},
};
use uuid::Uuid;

fn grant(amount: i64) -> Deed {
    Deed::Grant {
        grant_id: GrantId::new(Uuid::from_u128(0x94a)),
        amount: rp(amount),
        expires_on: "2027-06-30".parse().unwrap(),
        reason: text("sorry for yesterday"),
    }
}

fn book(case_id: CaseId, amount: i64) -> Deed {
    Deed::BookPayment {
        case_id,
        top_up_id: top_up_id(),
        transaction_id: "t1".into(),
        amount: rp(amount),
        reason: text("the bank says so"),
    }
}

#[test]
fn no_more_is_granted_at_once_than_any_single_movement() {
    let mut world = world(0);
    world.refuses(&asks(1, grant(100_000_001)), "wallet.too_much_at_once");
    assert_eq!(wallet(&world).promotional(), rp(0));
    does_with_two(&mut world, 2, grant(100_000_000));
    assert_eq!(wallet(&world).promotional(), rp(100_000_000));
}

#[test]
fn no_more_is_booked_at_once_than_any_single_movement() {
    let (mut world, case) = disputed();
    let much = asks(1, book(case, 100_000_001));
    world.refuses(&much, "wallet.too_much_at_once");
    assert_eq!(world.balance(budi()), rp(0));
    does_with_two(&mut world, 2, book(case, 100_000_000));
    assert_eq!(world.balance(budi()), rp(100_000_000));
}
