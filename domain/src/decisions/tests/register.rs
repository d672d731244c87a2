use super::world::{World, claim, registration};
use crate::{
    decisions::{Register, Registered},
    ids::WalletId,
    story::{budi, sari},
    user::{Role, User},
    wallet::Wallet,
};

#[test]
fn signing_up_makes_account_address_and_wallet_in_one_commit() {
    let mut world = World::empty();
    assert_eq!(
        world.story(&registration(budi(), "budi@example.com")),
        ["claim.taken", "user.registered", "wallet.opened"]
    );
    assert_eq!(world.holder("budi@example.com"), Some(budi().uuid()));
    assert!(world.state::<User>(&budi()).is_active());
    let wallet: Wallet = world.state(&WalletId::of(budi()));
    assert_eq!(wallet.owner(), Some(budi()));
}

#[test]
fn the_answer_names_the_account_and_its_wallet() {
    let registered: Registered = World::empty().answer(&registration(budi(), "budi@example.com"));
    assert_eq!(
        registered,
        Registered {
            user_id: budi(),
            wallet_id: WalletId::of(budi()),
        }
    );
}

#[test]
fn an_address_that_is_taken_makes_nothing() {
    let mut world = World::empty();
    world.happens(&registration(budi(), "budi@example.com"));
    world.refuses(
        &registration(sari(), "budi@example.com"),
        "claim.email_taken",
    );
    assert!(!world.state::<User>(&sari()).exists());
}

#[test]
fn an_account_is_made_once_with_the_same_address_or_another() {
    let mut world = World::empty();
    world.happens(&registration(budi(), "budi@example.com"));
    for address in ["budi@example.com", "other@example.com"] {
        world.refuses(&registration(budi(), address), "user.already_registered");
    }
    assert_eq!(world.holder("other@example.com"), None);
}

#[test]
fn an_account_without_a_role_takes_no_address() {
    let nobody = Register {
        roles: Vec::<Role>::new(),
        address: claim("budi@example.com"),
        ..registration(budi(), "budi@example.com")
    };
    World::empty().refuses(&nobody, "user.no_role");
}
