//! What the gateway says of a payment that staff booked, or of which they took something back.

use super::{World, id, status};
use purser_domain::{
    Rupiah,
    decisions::One,
    ids::CaseId,
    top_up::{Taking, TopUp, TopUpCommand},
};
use serde_json::{Value, json};

/// Two refunds of 50.000 that was paid: the first no bank confirms, the second may be.
fn refunds(second: Option<&str>) -> Value {
    let mut list =
        vec![json!({ "refund_key": "r1", "refund_amount": "7000.00", "refund_method": "offline" })];
    let mut total = "7000.00";
    if let Some(confirmed) = second {
        total = "12000.00";
        list.push(json!({ "refund_key": "r2", "refund_amount": "5000.00", "bank_confirmed_at": confirmed }));
    }
    json!({ "transaction_status": "partial_refund", "refund_amount": total, "refunds": list })
}

fn staff_takes(world: &mut World, amount: i64) {
    let case_id = CaseId::of(&["seen in the dashboard", &amount.to_string()]);
    let taking = Taking::Refund {
        key: case_id.to_string(),
        amount: Rupiah::try_from(amount).unwrap(),
        confirmed_at: None,
    };
    takes(world, taking, case_id);
}

fn takes(world: &mut World, taking: Taking, case_id: CaseId) {
    world.happens(&One::<TopUp> {
        id: id(),
        command: TopUpCommand::TakeBack {
            transaction_id: "t1".into(),
            taking,
            given_back: Rupiah::ZERO,
            case_id: Some(case_id),
        },
    });
}

#[test]
fn a_refund_beyond_what_staff_took_is_for_them_and_never_taken_twice() {
    let mut world = World::paid();
    assert_eq!(world.is_told(&[refunds(None)]), [""; 0]);
    staff_takes(&mut world, 7_000);
    assert_eq!(world.is_told(&[refunds(None)]), [""; 0]);
    let both = [refunds(Some("2027-01-31 13:00:00"))];
    assert_eq!(world.is_told(&both), ["top_up.disputed", "case.opened"]);
    assert_eq!(world.is_told(&both), [""; 0]);
    staff_takes(&mut world, 5_000);
    assert_eq!(world.is_told(&both), [""; 0]);
}

#[test]
fn what_staff_took_of_a_payment_that_was_none_is_not_taken_again() {
    let mut world = World::paid();
    assert_eq!(world.is_told(&[status("expire")])[0], "top_up.disputed");
    staff_takes(&mut world, 50_000);
    assert_eq!(world.is_told(&[status("expire")]), [""; 0]);
    assert_eq!(world.is_told(&[status("deny")]), [""; 0]);
    assert_eq!(world.is_told(&[status("chargeback")]), [""; 0]);
}

#[test]
fn a_chargeback_that_staff_took_swallows_no_refund_that_comes_later() {
    let refunded = |listed: &[Value]| json!({ "transaction_status": "partial_refund", "refund_amount": "20000.00", "refunds": listed });
    let one = json!({ "refund_key": "r1", "refund_amount": "20000.00", "bank_confirmed_at": "2027-01-31 13:00:00" });
    for report in [refunded(&[one]), refunded(&[])] {
        let mut world = World::paid();
        let total = Rupiah::try_from(20_000).unwrap();
        let case_id = CaseId::of(&["seen in the dashboard"]);
        takes(&mut world, Taking::Chargeback { total }, case_id);
        let told = [report];
        assert_eq!(
            world.is_told(&told),
            ["top_up.refunded_by_gateway", "wallet.reversed"]
        );
        assert_eq!(world.is_told(&told), [""; 0]);
    }
}

#[test]
fn a_chargeback_beside_a_refund_that_staff_took_hides_no_other_refund() {
    let mut world = World::paid();
    staff_takes(&mut world, 7_000);
    let charged =
        json!({ "transaction_status": "partial_chargeback", "refund_amount": "27000.00" });
    assert_eq!(world.is_told(&[charged])[0], "top_up.charged_back");
    assert_eq!(world.is_told(&[refunds(None)]), [""; 0]);
    let both = [refunds(Some("2027-01-31 13:00:00"))];
    assert_eq!(world.is_told(&both), ["top_up.disputed", "case.opened"]);
}

impl World {
    fn is_booked_by_hand(&mut self, amount: i64) {
        self.happens(&One::<TopUp> {
            id: id(),
            command: TopUpCommand::BookDisputed {
                transaction_id: "t1".into(),
                amount: Rupiah::try_from(amount).unwrap(),
                reason: "the bank says so".parse().unwrap(),
            },
        });
    }
}

#[test]
fn what_becomes_of_a_payment_that_staff_booked_is_for_them_again() {
    let wrong = [json!({ "gross_amount": "45000.00" })];
    let mut world = World::asked();
    assert_eq!(world.is_told(&wrong)[0], "top_up.disputed");
    world.is_booked_by_hand(45_000);
    assert!(world.is_told(&wrong).is_empty());
    let back = json!({ "gross_amount": "45000.00", "transaction_status": "chargeback" });
    assert_eq!(world.is_told(&[back])[0], "top_up.disputed");
}

#[test]
fn every_part_that_goes_back_of_a_payment_that_staff_booked_is_for_them() {
    let wrong = |status: &str, back: Value| json!({ "gross_amount": "45000.00", "transaction_status": status, "refund_amount": back });
    for word in ["partial_refund", "partial_chargeback"] {
        let mut world = World::asked();
        let paid = [wrong("settlement", Value::Null)];
        assert_eq!(world.is_told(&paid)[0], "top_up.disputed");
        world.is_booked_by_hand(45_000);
        assert_eq!(world.is_told(&paid), [""; 0]);
        for total in ["10000.00", "20000.00"] {
            let back = [wrong(word, total.into())];
            assert_eq!(
                world.is_told(&back),
                ["top_up.disputed", "case.opened"],
                "{word} of {total}"
            );
            assert_eq!(world.is_told(&back), [""; 0], "{word} of {total} again");
        }
    }
}
