//! What each deed of the staff comes to. Nothing here needs a second person: the limit is high, and what always needs one is
//! approved.

use super::world::{World, payment, purchase, registration};
use crate::{
    Rupiah,
    approval::{Act, Deed},
    case::{Case, CaseCommand},
    decisions::{
        ActAsStaff, Acted, ActivateOrder, Approve, DisputeTopUp, One, Policy, RequestTopUp,
        TakeBackTopUp, TwoPersons,
    },
    ids::{
        AdjustmentId, ApprovalId, CaseId, CreditId, GrantId, PayoutId, ReversalId, TopUpId, UserId,
        WalletId,
    },
    story::{at, budi, noon, order, rp, sari, text},
    top_up::Taking,
    user::{Role, User},
    wallet::{AdjustmentSide, Wallet},
};
use uuid::Uuid;

/// Acts.
pub(super) fn ani() -> UserId {
    UserId::new(Uuid::from_u128(0xa41))
}

/// Approves.
pub(super) fn oki() -> UserId {
    UserId::new(Uuid::from_u128(0x0b1))
}

pub(super) fn top_up_id() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

/// Budi with so much, and two administrators.
pub(super) fn world(balance: i64) -> World {
    let mut world = World::selling(5, 5).with(budi(), balance);
    for person in [ani(), oki()] {
        let mut registration = registration(person, &person.to_string());
        registration.roles = vec![Role::Admin];
        world.happens(&registration);
    }
    world
}

pub(super) fn asks(number: u128, deed: Deed) -> ActAsStaff {
    ActAsStaff {
        act: Act {
            user_id: Some(budi()),
            deed,
        },
        by: ani(),
        approval_id: ApprovalId::new(Uuid::from_u128(0xa00 + number)),
        others: vec![oki()],
        proven: true,
        rules: TwoPersons {
            above: rp(100_000),
            hours: 72,
        },
        policy: Policy::default(),
        at: noon(),
    }
}

pub(super) fn approves(asked: &ActAsStaff) -> Approve {
    Approve {
        approval_id: asked.approval_id,
        act: asked.act.clone(),
        requested_by: asked.by,
        by: oki(),
        proven: true,
        policy: Policy::default(),
        at: noon(),
    }
}

pub(super) fn adjust(number: u128, side: AdjustmentSide, amount: i64) -> Deed {
    Deed::Adjust {
        adjustment_id: AdjustmentId::new(Uuid::from_u128(number)),
        side,
        amount: rp(amount),
        reason: text("paid at the counter"),
    }
}

/// Done at once.
fn does(world: &mut World, deed: Deed) -> Vec<String> {
    let acted: Acted = world.answer(&asks(0, deed.clone()));
    assert_eq!(acted, Acted::Done, "{deed:?}");
    world.told().collect()
}

/// Held, and then approved; what the approval came to.
pub(super) fn does_with_two(world: &mut World, number: u128, deed: Deed) -> Vec<String> {
    let asked = asks(number, deed);
    let acted: Acted = world.answer(&asked);
    assert!(matches!(acted, Acted::Held { .. }), "{acted:?}");
    world.story(&approves(&asked))
}

pub(super) fn wallet(world: &World) -> Wallet {
    world.state(&WalletId::of(budi()))
}

/// Budi's 50.000 were spent and then charged back: 40.000 is owed.
fn owing() -> (World, ReversalId) {
    let mut world = world(0);
    world.happens(&RequestTopUp {
        top_up_id: top_up_id(),
        user_id: budi(),
        amount: rp(50_000),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    });
    world.happens(&payment(top_up_id(), "t1", 50_000));
    world.happens(&purchase(budi(), 1));
    let total = rp(50_000);
    world.happens(&TakeBackTopUp {
        top_up_id: top_up_id(),
        payer: budi(),
        transaction_id: "t1".into(),
        payment: None,
        takings: vec![Taking::Chargeback { total }],
    });
    let reversal = ReversalId::of(top_up_id(), "t1", "chargeback-50000");
    assert_eq!(wallet(&world).owed(), rp(40_000));
    (world, reversal)
}

pub(super) fn disputed() -> (World, CaseId) {
    let mut world = world(0);
    world.happens(&RequestTopUp {
        top_up_id: top_up_id(),
        user_id: budi(),
        amount: rp(50_000),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    });
    let dispute = DisputeTopUp {
        top_up_id: top_up_id(),
        transaction_id: "t1".into(),
        finding: "the amount is 40000.00".into(),
    };
    let decided = world.happens(&dispute);
    let (case, _) = decided.events.last().unwrap();
    (world, case.id.parse().unwrap())
}

pub(super) fn book(case_id: CaseId, transaction: &str) -> Deed {
    Deed::BookPayment {
        case_id,
        top_up_id: top_up_id(),
        transaction_id: transaction.into(),
        amount: rp(40_000),
        reason: text("paid in part"),
    }
}

#[test]
fn credit_is_corrected_within_the_limits_and_never_below_what_was_paid() {
    let mut world = world(10_000);
    does(&mut world, adjust(1, AdjustmentSide::Credit, 5_000));
    does(&mut world, adjust(2, AdjustmentSide::Debit, 15_000));
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
    let more = asks(0, adjust(3, AdjustmentSide::Debit, 1_000));
    world.refuses(&more, "wallet.insufficient_funds");
    for amount in [999, 100_000_001] {
        let out = asks(0, adjust(4, AdjustmentSide::Credit, amount));
        world.refuses(&out, "wallet.adjustment_out_of_range");
    }
}

#[test]
fn a_debit_takes_no_promotional_credit() {
    let mut world = world(1_000);
    does(&mut world, grant("2027-06-30"));
    let more = asks(0, adjust(3, AdjustmentSide::Debit, 2_000));
    world.refuses(&more, "wallet.insufficient_funds");
}

fn grant(expires_on: &str) -> Deed {
    Deed::Grant {
        grant_id: GrantId::new(Uuid::from_u128(0x94a)),
        amount: rp(20_000),
        expires_on: expires_on.parse().unwrap(),
        reason: text("sorry for yesterday"),
    }
}

#[test]
fn promotional_credit_is_granted_until_today_at_least() {
    let mut world = world(0);
    world.refuses(
        &asks(0, grant("2027-01-30")),
        "wallet.grant_ends_before_today",
    );
    does(&mut world, grant("2027-01-31"));
    assert_eq!(wallet(&world).promotional(), rp(20_000));
}

#[test]
fn what_is_owed_is_given_up_by_two() {
    let (mut world, reversal_id) = owing();
    let reason = text("not worth a letter");
    let deed = Deed::WriteOff {
        reversal_id,
        reason,
    };
    let story = does_with_two(&mut world, 1, deed.clone());
    assert_eq!(
        story,
        ["approval.approved", "wallet.receivable_written_off"]
    );
    assert_eq!(wallet(&world).owed(), Rupiah::ZERO);
    // Nothing is left to give up, so nobody is asked.
    world.changes_nothing(&asks(2, deed));
    let unknown = Deed::WriteOff {
        reversal_id: ReversalId::new(Uuid::nil()),
        reason: text("no"),
    };
    world.refuses(&asks(3, unknown), "wallet.unknown_receivable");
}

#[test]
fn what_the_bank_gives_back_pays_what_is_owed_and_is_credit() {
    let (mut world, reversal_id) = owing();
    let returned = |amount, number| Deed::ReturnReversal {
        credit_id: CreditId::new(Uuid::from_u128(number)),
        reversal_id,
        amount: rp(amount),
        reason: text("the bank decided for us"),
    };
    world.refuses(&asks(1, returned(50_001, 1)), "wallet.more_than_reversed");
    let story = does_with_two(&mut world, 1, returned(45_000, 1));
    assert_eq!(
        story,
        [
            "approval.approved",
            "wallet.reversal_returned",
            "wallet.receivable_paid"
        ]
    );
    assert_eq!(wallet(&world).owed(), Rupiah::ZERO);
    assert_eq!(wallet(&world).paid(), rp(5_000));
}

#[test]
fn promotional_credit_is_unfrozen() {
    let (mut world, _) = owing();
    does(&mut world, grant("2027-06-30"));
    assert_eq!(wallet(&world).frozen(), rp(20_000));
    let reason = text("the bank decided for us");
    does(&mut world, Deed::Unfreeze { reason });
    assert_eq!(wallet(&world).frozen(), Rupiah::ZERO);
}

#[test]
fn a_wrong_payment_is_booked_with_its_case_by_two_and_once() {
    let (mut world, case) = disputed();
    let deed = book(case, "t1");
    let story = does_with_two(&mut world, 1, deed.clone());
    assert_eq!(
        story,
        [
            "approval.approved",
            "top_up.booked",
            "wallet.credited",
            "case.closed"
        ]
    );
    assert_eq!(world.balance(budi()), rp(40_000));
    world.refuses(&asks(2, deed), "case.closed");
    // The gateway may say later what it should have said at once: it is credited already, with what it was worth.
    world.refuses(&payment(top_up_id(), "t1", 50_000), "wallet.id_reused");
}

#[test]
fn only_the_payment_of_the_case_is_booked_and_only_to_its_payer() {
    let (mut world, case) = disputed();
    world.refuses(&asks(1, book(case, "t2")), "case.not_a_payment");
    let nobodys = CaseId::of(&["nothing"]);
    world.refuses(&asks(1, book(nobodys, "t1")), "case.not_found");
    world.happens(&registration(sari(), "sari"));
    let mut to_sari = asks(1, book(case, "t1"));
    to_sari.act.user_id = Some(sari());
    world.refuses(&to_sari, "top_up.not_found");
    world.happens(&One::<Case> {
        id: case,
        command: CaseCommand::Close {
            resolution: text("paid back by bank"),
        },
    });
    world.refuses(&asks(1, book(case, "t1")), "case.closed");
}

#[test]
fn credit_is_paid_out_and_sent_back() {
    let mut world = world(50_000);
    let pay_out = Deed::PayOut {
        payout_id: PayoutId::new(Uuid::from_u128(1)),
        amount: rp(30_000),
        reason: Some(text("the account is closed")),
    };
    let told = does(&mut world, pay_out);
    assert!(told.contains(&"wallet.payout_requested".to_owned()));
    let refund = Deed::Refund {
        payout_id: PayoutId::new(Uuid::from_u128(2)),
        top_up_id: top_up_id(),
        amount: rp(1_000),
        reason: text("asked for it"),
    };
    world.refuses(&asks(0, refund), "top_up.not_found");
}

#[test]
fn a_subscription_is_extended_and_ended_for_its_customer_alone() {
    let mut world = world(50_000).ordered(1);
    let subscription_id = order(1);
    world.happens(&ActivateOrder {
        subscription_id,
        at: noon(),
    });
    let extend = Deed::Extend {
        subscription_id,
        days: 3,
        next: None,
        reason: text("it was slow"),
    };
    let mut saris = asks(1, extend.clone());
    saris.act.user_id = Some(sari());
    world.refuses(&saris, "subscription.not_found");
    does(&mut world, extend);
    let reason = text("by order of a court");
    let end = Deed::End {
        subscription_id,
        reason,
    };
    let mut saris = asks(1, end.clone());
    saris.act.user_id = Some(sari());
    world.refuses(&saris, "subscription.not_found");
    does(&mut world, end);
    assert_eq!(world.balance(budi()), rp(50_000));
}

#[test]
fn roles_are_changed_by_two() {
    let mut world = world(0);
    let change = |roles| Deed::ChangeRoles {
        roles,
        reason: text("joined us"),
    };
    let story = does_with_two(&mut world, 1, change(vec![Role::Operator]));
    assert_eq!(story, ["approval.approved", "user.roles_changed"]);
    let roles = world.state::<User>(&budi()).roles().to_vec();
    assert_eq!(roles, [Role::Operator]);
    world.changes_nothing(&asks(2, change(vec![Role::Operator])));
    world.refuses(&asks(3, change(vec![])), "user.no_role");
}

#[test]
fn fees_of_a_month_are_booked_once_it_is_over() {
    let mut world = world(0);
    let book = |month: &str, amount| {
        let deed = Deed::BookFees {
            month: month.parse().unwrap(),
            amount: rp(amount),
            replaces: None,
            reason: text("statement of the gateway"),
        };
        let mut asked = asks(0, deed);
        asked.act.user_id = None;
        asked
    };
    let story = world.story(&book("2026-12-01", 45_000));
    assert_eq!(
        story,
        ["allowance.used", "allowance.used", "fee_statement.booked"]
    );
    world.changes_nothing(&book("2026-12-01", 45_000));
    world.refuses(&book("2026-12-01", 46_000), "fee_statement.already_booked");
    world.refuses(&book("2027-01-01", 1), "fee_statement.month_not_over");
    let much: Acted = world.answer(&book("2026-11-01", 100_001));
    assert!(matches!(much, Acted::Held { .. }));
}
