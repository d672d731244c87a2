//! Staff takes a payment back that the gateway's word alone does not.

use super::{
    acting::{approves, asks, book, disputed, does_with_two, top_up_id, wallet},
    world::{World, payment, purchase, registration},
};
use crate::{
    approval::{Deed, TakenFor},
    case::{Case, CaseCommand},
    decisions::{DisputeTopUp, One, TakeBackTopUp},
    ids::{CaseId, CreditId, ReversalId, WalletId},
    story::{budi, noon, rp, sari, text},
    top_up::Taking,
    wallet::{Wallet, WalletCommand},
};
use uuid::Uuid;

/// 40.000 of an order of 50.000 were booked by staff, and then the gateway says something that nobody can book.
fn booked() -> (World, CaseId) {
    let (mut world, first) = disputed();
    does_with_two(&mut world, 1, book(first, "t1"));
    let case = found(
        &mut world,
        "it was booked by staff and is reported as chargeback",
    );
    (world, case)
}

fn found(world: &mut World, finding: &str) -> CaseId {
    let decided = world.happens(&DisputeTopUp {
        top_up_id: top_up_id(),
        transaction_id: "t1".into(),
        finding: finding.into(),
    });
    let (case, _) = decided.events.last().unwrap();
    case.id.parse().unwrap()
}

fn take_back(case_id: CaseId, amount: i64, cause: TakenFor) -> Deed {
    Deed::TakeBack {
        case_id,
        top_up_id: top_up_id(),
        transaction_id: "t1".into(),
        amount: rp(amount),
        cause,
        returned: None,
        reason: text("seen in the dashboard"),
    }
}

fn told(taking: Taking) -> TakeBackTopUp {
    TakeBackTopUp {
        top_up_id: top_up_id(),
        payer: budi(),
        transaction_id: "t1".into(),
        payment: None,
        takings: vec![taking],
    }
}

#[test]
fn a_booked_payment_is_taken_back_by_two_and_what_was_spent_of_it_is_owed() {
    let (mut world, case) = booked();
    world.happens(&purchase(budi(), 1));
    let deed = take_back(case, 40_000, TakenFor::Chargeback);
    assert_eq!(
        does_with_two(&mut world, 2, deed.clone()),
        [
            "approval.approved",
            "top_up.charged_back",
            "wallet.reversed",
            "case.closed"
        ]
    );
    assert_eq!(wallet(&world).owed(), rp(40_000));
    world.refuses(&purchase(budi(), 2), "wallet.owing");
    world.refuses(&asks(3, deed), "case.closed");
    // The gateway's own word of the same takes nothing more.
    world.changes_nothing(&told(Taking::Chargeback { total: rp(40_000) }));
    world.changes_nothing(&told(Taking::Reversal));
}

#[test]
fn no_more_is_taken_than_was_credited_and_not_yet_taken() {
    let (mut world, case) = booked();
    for cause in [TakenFor::Refund, TakenFor::Chargeback] {
        let deed = take_back(case, 40_001, cause);
        world.refuses(&asks(2, deed), "top_up.more_than_left");
    }
    let deed = take_back(case, 0, TakenFor::Refund);
    world.refuses(&asks(2, deed), "wallet.no_amount");
    does_with_two(&mut world, 2, take_back(case, 15_000, TakenFor::Refund));
    assert_eq!(world.balance(budi()), rp(25_000));
    let next = found(
        &mut world,
        "it was booked by staff and is reported as refund",
    );
    let deed = take_back(next, 25_001, TakenFor::Refund);
    world.refuses(&asks(3, deed), "top_up.more_than_left");
    does_with_two(&mut world, 3, take_back(next, 25_000, TakenFor::Refund));
    assert_eq!(world.balance(budi()), rp(0));
}

#[test]
fn a_refund_that_the_gateway_tells_of_afterwards_is_not_taken_twice() {
    let (mut world, case) = booked();
    does_with_two(&mut world, 2, take_back(case, 15_000, TakenFor::Refund));
    world.changes_nothing(&told(Taking::Refund {
        key: "reference2".into(),
        amount: rp(15_000),
        confirmed_at: Some(noon()),
    }));
    world.changes_nothing(&told(Taking::Refunded { total: rp(15_000) }));
    // A chargeback is told with all that went back, so it takes what is missing.
    let decided = world.happens(&told(Taking::Chargeback { total: rp(40_000) }));
    assert_eq!(decided.events.len(), 2);
    assert_eq!(world.balance(budi()), rp(0));
    let debts: Vec<_> = wallet(&world).debts().map(|debt| debt.amount).collect();
    assert_eq!(debts, [rp(15_000), rp(25_000)]);
}

#[test]
fn what_the_bank_gave_back_can_be_taken_by_hand_once_more() {
    let (mut world, case) = booked();
    world.happens(&told(Taking::Reversal));
    let deed = take_back(case, 1_000, TakenFor::Refund);
    world.refuses(&asks(2, deed), "top_up.more_than_left");
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::ReturnReversal {
            credit_id: CreditId::new(Uuid::from_u128(1)),
            reversal_id: ReversalId::of(top_up_id(), "t1", "reversal"),
            amount: rp(40_000),
            reason: text("the bank decided for us"),
        },
    });
    assert_eq!(world.balance(budi()), rp(40_000));
    let deed = take_back(case, 40_001, TakenFor::Refund);
    world.refuses(&asks(2, deed), "top_up.more_than_left");
    does_with_two(&mut world, 2, take_back(case, 40_000, TakenFor::Refund));
    assert_eq!(world.balance(budi()), rp(0));
    assert_eq!(wallet(&world).owed(), rp(0));
}

#[test]
fn a_refund_after_a_chargeback_that_was_taken_by_hand_is_taken_as_well() {
    let (mut world, case) = booked();
    does_with_two(&mut world, 2, take_back(case, 15_000, TakenFor::Chargeback));
    world.changes_nothing(&told(Taking::Chargeback { total: rp(15_000) }));
    world.happens(&told(Taking::Refund {
        key: "reference2".into(),
        amount: rp(10_000),
        confirmed_at: Some(noon()),
    }));
    assert_eq!(world.balance(budi()), rp(15_000));
    // Told as a sum it is one of refunds, of which 10.000 are known.
    world.changes_nothing(&told(Taking::Refunded { total: rp(10_000) }));
    world.happens(&told(Taking::Refunded { total: rp(15_000) }));
    assert_eq!(world.balance(budi()), rp(10_000));
}

#[test]
fn what_went_back_since_it_was_asked_for_is_not_taken_once_more() {
    let (mut world, case) = booked();
    let asked = |number, known: i64| {
        let mut deed = take_back(case, 15_000, TakenFor::Refund);
        if let Deed::TakeBack { returned, .. } = &mut deed {
            *returned = Some(rp(known));
        }
        asks(number, deed)
    };
    let first = asked(2, 0);
    world.happens(&first);
    // The gateway's own word of it, which can be booked by now.
    world.happens(&told(Taking::Refund {
        key: "reference2".into(),
        amount: rp(15_000),
        confirmed_at: Some(noon()),
    }));
    world.refuses(&approves(&first), "approval.state_moved");
    assert_eq!(world.balance(budi()), rp(25_000));
    world.refuses(&asked(3, 0), "approval.state_moved");
    // Whoever looked again and still wants it asks for it anew.
    let anew = asked(4, 15_000);
    world.happens(&anew);
    world.happens(&approves(&anew));
    assert_eq!(world.balance(budi()), rp(10_000));
}

#[test]
fn only_the_payment_of_the_case_is_taken_back_and_only_from_its_payer() {
    let (mut world, case) = booked();
    let other = Deed::TakeBack {
        case_id: case,
        top_up_id: top_up_id(),
        transaction_id: "t2".into(),
        amount: rp(1_000),
        cause: TakenFor::Refund,
        returned: None,
        reason: text("seen in the dashboard"),
    };
    world.refuses(&asks(2, other), "case.not_a_taking");
    let deed = take_back(CaseId::of(&["nothing"]), 1_000, TakenFor::Refund);
    world.refuses(&asks(2, deed), "case.not_found");
    world.happens(&registration(sari(), "sari"));
    let mut from_sari = asks(2, take_back(case, 1_000, TakenFor::Refund));
    from_sari.act.user_id = Some(sari());
    world.refuses(&from_sari, "top_up.not_found");
    world.happens(&One::<Case> {
        id: case,
        command: CaseCommand::Close {
            resolution: text("the bank decided for us"),
        },
    });
    let deed = take_back(case, 1_000, TakenFor::Refund);
    world.refuses(&asks(2, deed), "case.closed");
}

#[test]
fn what_was_never_credited_is_not_taken_back() {
    let (mut world, case) = disputed();
    let deed = take_back(case, 1_000, TakenFor::Refund);
    world.refuses(&asks(2, deed), "top_up.not_credited");
    // Another transaction of the same order changes nothing about that.
    world.happens(&payment(top_up_id(), "t2", 50_000));
    let deed = take_back(case, 1_000, TakenFor::Refund);
    world.refuses(&asks(2, deed), "top_up.not_credited");
}
