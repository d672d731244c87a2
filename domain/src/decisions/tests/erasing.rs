use super::{
    acting,
    world::{World, claim, failure, of, payment, purchase, registration},
};
use crate::{
    Event, StreamId,
    approval::{Deed, TakenFor},
    case::{Case, CaseCommand, CaseEvent, CaseKind},
    decisions::{ErasePerson, One, RequestTopUp, TakeBackTopUp},
    ids::{GrantId, PayoutId, TopUpId, UserId, WalletId},
    story::{at, budi, noon, order, rp, sari, text},
    top_up::{CloseCause, Taking, TopUp, TopUpCommand},
    user::{Role, User, UserCommand},
    wallet::{AdjustmentSide, Wallet, WalletCommand},
};
use uuid::Uuid;

/// Sari is an administrator.
fn with_sari(mut world: World) -> World {
    world = world.with(sari(), 0);
    roles(&mut world, sari(), vec![Role::Admin]);
    world
}

fn roles(world: &mut World, id: UserId, roles: Vec<Role>) {
    let reason = text("in charge");
    world.happens(&One::<User> {
        id,
        command: UserCommand::ChangeRoles { roles, reason },
    });
}

fn erase(world: &World) -> ErasePerson {
    let wallet = StreamId::of::<Wallet>(&WalletId::of(budi()));
    ErasePerson {
        user_id: budi(),
        by: sari(),
        proven: true,
        shut_seen: world.state::<User>(&budi()).times_shut(),
        address: Some(claim(&budi().to_string())),
        subscriptions: vec![],
        top_ups: vec![],
        cases: vec![],
        wallet_seen: world.version(&wallet),
        reason: text("asked for it"),
        at: noon(),
    }
}

#[test]
fn who_is_erased_is_out_and_his_address_is_free() {
    let mut world = with_sari(World::empty().with(budi(), 0).deactivated(budi()));
    let erase = erase(&world);
    assert_eq!(world.story(&erase), ["claim.released", "user.erased"]);
    let account = world.state::<User>(&budi());
    assert!(account.is_erased() && !account.is_active());
    assert_eq!(account.times_shut(), 2);
    world.changes_nothing(&ErasePerson {
        address: None,
        ..erase
    });
    let reason = text("a mistake");
    let activate = One::<User> {
        id: budi(),
        command: UserCommand::Activate { reason },
    };
    world.refuses(&activate, "user.erased");
    world.happens(&registration(
        UserId::new(Uuid::from_u128(7)),
        &budi().to_string(),
    ));
}

#[test]
fn nobody_erases_himself_and_only_an_administrator_erases() {
    let mut world = with_sari(World::empty().with(budi(), 0));
    let erase = erase(&world);
    let own = ErasePerson {
        user_id: sari(),
        ..erase.clone()
    };
    world.refuses(&own, "user.own_erasure");
    roles(&mut world, sari(), vec![Role::Operator]);
    world.refuses(&erase, "user.not_administrator");
    roles(&mut world, sari(), vec![Role::Admin]);
    let unproven = ErasePerson {
        proven: false,
        ..erase.clone()
    };
    world.refuses(&unproven, "second_factor.required");
    world
        .deactivated(sari())
        .refuses(&erase, "user.not_administrator");
}

#[test]
fn an_administrator_is_erased_once_two_have_shut_the_account() {
    let mut world = with_sari(World::empty().with(budi(), 0));
    roles(&mut world, budi(), vec![Role::Admin]);
    world.refuses(&erase(&world), "user.still_active");
    let mut world = world.deactivated(budi());
    let story = world.story(&erase(&world));
    assert_eq!(story, ["claim.released", "user.erased"]);
}

#[test]
fn nobody_is_erased_whose_account_was_open_after_it_was_looked_at() {
    let mut world = with_sari(World::empty().with(budi(), 0));
    let before = erase(&world);
    world.refuses(&before, "user.still_active");
    world = world.deactivated(budi());
    // A page may have been opened between the look and the end of it.
    world.refuses(&before, "user.moving");
    let after = erase(&world);
    world.happens(&One::<User> {
        id: budi(),
        command: UserCommand::Activate {
            reason: text("came back"),
        },
    });
    world = world.deactivated(budi());
    world.refuses(&after, "user.moving");
    world.happens(&erase(&world));
}

#[test]
fn who_is_deactivated_begins_nothing() {
    let mut world = World::selling(1, 1)
        .with(budi(), 40_000)
        .deactivated(budi());
    let page = RequestTopUp {
        top_up_id: TopUpId::new(Uuid::from_u128(9)),
        user_id: budi(),
        amount: rp(50_000),
        order_id: "order-9".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    };
    world.refuses(&page, "user.deactivated");
    world.refuses(&purchase(budi(), 1), "user.deactivated");
}

#[test]
fn nobody_is_erased_with_a_subscription_that_is_not_over() {
    let mut world = with_sari(World::selling(1, 1).with(budi(), 40_000).ordered(1));
    let mut erase = erase(&world);
    erase.subscriptions = vec![order(1)];
    world.refuses(&erase, "user.subscription_open");
    world.happens(&failure(order(1)));
    // What was paid for it is back.
    world.refuses(&erase, "user.credit_left");
}

#[test]
fn nobody_is_erased_with_credit_or_with_credit_on_its_way() {
    let mut world = with_sari(World::empty().with(budi(), 50_000));
    let before = erase(&world);
    world.refuses(&before, "user.credit_left");
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::RequestPayout {
            payout_id: PayoutId::new(Uuid::from_u128(1)),
            amount: rp(50_000),
            top_up_id: None,
            reason: None,
        },
    });
    let set_aside = erase(&world);
    world.refuses(&set_aside, "user.wallet_unsettled");
}

#[test]
fn nobody_is_erased_while_a_page_is_open_or_his_wallet_moves() {
    let mut world = with_sari(World::empty().with(budi(), 0));
    let top_up_id = TopUpId::new(Uuid::from_u128(9));
    world.happens(&RequestTopUp {
        top_up_id,
        user_id: budi(),
        amount: rp(50_000),
        order_id: "order-9".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    });
    let mut erase = erase(&world);
    erase.top_ups = vec![top_up_id];
    world.refuses(&erase, "user.payment_open");
    world.happens(&One::<TopUp> {
        id: top_up_id,
        command: TopUpCommand::Close {
            cause: CloseCause::Expired,
        },
    });
    world = world.deactivated(budi());
    erase.shut_seen += 1;
    erase.wallet_seen -= 1;
    world.refuses(&erase, "user.moving");
    erase.wallet_seen += 1;
    world.happens(&erase);
}

#[test]
fn nobody_is_erased_while_a_case_about_his_money_is_open() {
    let (world, case) = acting::disputed();
    let mut world = world.deactivated(budi());
    let erase = ErasePerson {
        by: acting::ani(),
        cases: vec![case],
        ..erase(&world)
    };
    world.refuses(&erase, "user.case_open");
    world.happens(&One::<Case> {
        id: case,
        command: CaseCommand::Close {
            resolution: text("paid back by bank"),
        },
    });
    let story = world.story(&erase);
    assert_eq!(story, ["claim.released", "user.erased"]);
}

#[test]
fn nobody_who_was_erased_is_given_credit_not_even_what_was_held_before() {
    let mut world = acting::world(0).deactivated(budi());
    let credit = acting::adjust(1, AdjustmentSide::Credit, 200_000);
    let held = acting::asks(1, credit);
    world.happens(&held);
    let erase = ErasePerson {
        by: acting::ani(),
        ..erase(&world)
    };
    world.happens(&erase);
    world.refuses(&acting::approves(&held), "user.erased");
    let grant = Deed::Grant {
        grant_id: GrantId::new(Uuid::from_u128(2)),
        amount: rp(1_000),
        expires_on: at("2027-06-30T00:00:00Z").date_naive(),
        reason: text("sorry"),
    };
    world.refuses(&acting::asks(2, grant), "user.erased");
}

fn top_up_id() -> TopUpId {
    TopUpId::new(Uuid::from_u128(9))
}

fn page() -> RequestTopUp {
    RequestTopUp {
        top_up_id: top_up_id(),
        user_id: budi(),
        amount: rp(50_000),
        order_id: "order-9".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    }
}

/// Budi's page was over, unpaid, before he was erased.
fn erased_after_a_page() -> World {
    let mut world = acting::world(0);
    world.happens(&page());
    world.happens(&One::<TopUp> {
        id: top_up_id(),
        command: TopUpCommand::Close {
            cause: CloseCause::Expired,
        },
    });
    world = world.deactivated(budi());
    let erase = ErasePerson {
        by: acting::ani(),
        top_ups: vec![top_up_id()],
        ..erase(&world)
    };
    world.happens(&erase);
    world
}

#[test]
fn what_is_paid_by_whom_was_erased_is_a_case_in_the_commit_that_credits_it() {
    let mut world = erased_after_a_page();
    let late = payment(top_up_id(), "t1", 50_000);
    let decided = world.happens(&late);
    let names: Vec<_> = decided
        .events
        .iter()
        .map(|(_, it)| it.event_type())
        .collect();
    assert_eq!(names, ["top_up.settled", "wallet.credited", "case.opened"]);
    let cases = of(&decided, "case");
    let [Event::Case(CaseEvent::Opened { matter })] = cases[..] else {
        panic!("one case: {decided:?}")
    };
    assert_eq!(matter.kind, CaseKind::ErasedPayer);
    assert_eq!(matter.transaction_id.as_deref(), Some("t1"));
    assert_eq!(matter.top_up_id, Some(top_up_id()));
    assert_eq!(matter.wallet_id, Some(WalletId::of(budi())));
    world.changes_nothing(&late);
    let case = decided.events.last().unwrap().0.id.parse().unwrap();
    // It was paid back outside, and no report says so.
    let take_back = Deed::TakeBack {
        case_id: case,
        top_up_id: top_up_id(),
        transaction_id: "t1".into(),
        amount: rp(50_000),
        cause: TakenFor::Refund,
        returned: None,
        reason: text("paid back by bank"),
    };
    let told = acting::does_with_two(&mut world, 1, take_back);
    assert_eq!(told.last().map(String::as_str), Some("case.closed"));
    assert_eq!(world.balance(budi()), rp(0));
}

#[test]
fn what_is_left_of_a_payment_of_whom_was_erased_is_a_case_too() {
    let mut world = erased_after_a_page();
    let rest = TakeBackTopUp {
        top_up_id: top_up_id(),
        payer: budi(),
        transaction_id: "t1".into(),
        payment: Some(payment(top_up_id(), "t1", 50_000).payment),
        takings: vec![Taking::Chargeback { total: rp(20_000) }],
    };
    let story = world.story(&rest);
    assert!(story.contains(&"case.opened".to_owned()), "{story:?}");
    world.changes_nothing(&rest);
}

#[test]
fn what_was_credited_before_its_payer_was_erased_is_no_case() {
    let mut world = acting::world(0);
    world.happens(&page());
    let paid = payment(top_up_id(), "t1", 50_000);
    world.happens(&paid);
    let wallet = |command| One::<Wallet> {
        id: WalletId::of(budi()),
        command,
    };
    let payout_id = PayoutId::new(Uuid::from_u128(1));
    world.happens(&wallet(WalletCommand::RequestPayout {
        payout_id,
        amount: rp(50_000),
        top_up_id: None,
        reason: None,
    }));
    world.happens(&wallet(WalletCommand::ConfirmPayout {
        payout_id,
        proof: text("BCA 4711"),
        at: noon(),
    }));
    world = world.deactivated(budi());
    let erase = ErasePerson {
        by: acting::ani(),
        ..erase(&world)
    };
    world.happens(&erase);
    world.changes_nothing(&paid);
}
