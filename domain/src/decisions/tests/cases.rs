//! What waits for a person: opened with what led to it, and given to staff alone.

use super::world::{World, payment, registration};
use crate::{
    case::{Case, CaseCommand},
    decisions::{AssignCase, DisputeTopUp, One, OwnCase, Register, RequestTopUp},
    ids::{CaseId, TopUpId, UserId},
    story::{at, budi, rp, sari, text},
    user::Role,
};
use uuid::Uuid;

fn top_up_id() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn ani() -> UserId {
    UserId::new(Uuid::from_u128(0xa21))
}

/// Budi asked for 50.000 of credit; Ani is staff.
fn asked() -> World {
    let mut world = World::empty().with(budi(), 0);
    world.happens(&Register {
        roles: vec![Role::Admin],
        ..registration(ani(), "ani")
    });
    world.happens(&RequestTopUp {
        top_up_id: top_up_id(),
        user_id: budi(),
        amount: rp(50_000),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    });
    world
}

fn dispute(finding: &str) -> DisputeTopUp {
    DisputeTopUp {
        top_up_id: top_up_id(),
        transaction_id: "t1".into(),
        finding: finding.into(),
    }
}

fn case(finding: &str) -> CaseId {
    let top_up = top_up_id().to_string();
    CaseId::of(&["wrong-payment", &top_up, "t1", finding])
}

#[test]
fn what_must_not_be_booked_is_a_case_in_the_same_commit_and_once() {
    let mut world = asked();
    assert_eq!(
        world.story(&dispute("USD")),
        ["top_up.disputed", "case.opened"]
    );
    world.changes_nothing(&dispute("USD"));
    assert!(world.state::<Case>(&case("USD")).is_open());
    world.happens(&dispute("another merchant"));
    assert!(world.state::<Case>(&case("another merchant")).is_open());
    World::empty().refuses(&dispute("USD"), "top_up.not_found");
}

#[test]
fn a_second_payment_of_one_order_is_credited_and_a_case() {
    let mut world = asked();
    world.happens(&payment(top_up_id(), "t1", 50_000));
    assert_eq!(
        world.story(&payment(top_up_id(), "t2", 50_000)),
        ["top_up.settled", "wallet.credited", "case.opened"]
    );
    world.changes_nothing(&payment(top_up_id(), "t2", 50_000));
    world.changes_nothing(&payment(top_up_id(), "t1", 50_000));
}

#[test]
fn a_case_is_given_to_staff_alone() {
    let assign = |owner| AssignCase {
        case_id: case("USD"),
        owner,
    };
    let mut world = asked();
    world.refuses(&assign(ani()), "case.not_found");
    world.happens(&dispute("USD"));
    world.refuses(&assign(budi()), "case.owner_not_staff");
    world.refuses(&assign(sari()), "user.not_found");
    assert_eq!(world.story(&assign(ani())), ["case.assigned"]);
    world.changes_nothing(&assign(ani()));
    assert_eq!(world.state::<Case>(&case("USD")).owner(), Some(ani()));
    world
        .deactivated(ani())
        .refuses(&assign(ani()), "user.deactivated");
}

#[test]
fn a_case_that_is_opened_is_his_who_is_named_for_cases() {
    let own = |finding, owner| OwnCase {
        case_id: case(finding),
        owner,
    };
    let mut world = asked();
    world.happens(&dispute("USD"));
    world.refuses(&own("USD", budi()), "case.owner_not_staff");
    assert_eq!(world.story(&own("USD", ani())), ["case.assigned"]);
    world.changes_nothing(&own("USD", ani()));
    assert_eq!(world.state::<Case>(&case("USD")).owner(), Some(ani()));
}

#[test]
fn what_somebody_took_or_closed_before_stays_as_it_is() {
    let mut world = asked();
    world.happens(&Register {
        roles: vec![Role::Operator],
        ..registration(sari(), "sari")
    });
    let own = |finding| OwnCase {
        case_id: case(finding),
        owner: sari(),
    };
    world.changes_nothing(&own("nothing"));
    world.happens(&dispute("USD"));
    world.happens(&AssignCase {
        case_id: case("USD"),
        owner: ani(),
    });
    world.changes_nothing(&own("USD"));
    world.happens(&dispute("EUR"));
    world.happens(&One::<Case> {
        id: case("EUR"),
        command: CaseCommand::Close {
            resolution: text("paid back by bank"),
        },
    });
    world.changes_nothing(&own("EUR"));
    assert_eq!(world.state::<Case>(&case("EUR")).owner(), None);
}
