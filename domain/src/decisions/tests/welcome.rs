//! Who is new is welcomed once (billing rules 21 and 44).

use super::world::{World, claim};
use crate::{
    Rupiah,
    decisions::{GrantWelcome, One},
    ids::{UserId, WalletId},
    story::{at, budi, noon, rp, sari},
    user::{User, UserCommand},
    wallet::{Wallet, WalletCommand},
};

fn verified(mut world: World, user_id: UserId) -> World {
    world.happens(&One::<User> {
        id: user_id,
        command: UserCommand::VerifyEmail { at: noon() },
    });
    world
}

fn welcome(user_id: UserId, mailbox: &str) -> GrantWelcome {
    GrantWelcome {
        user_id,
        mailbox: claim(mailbox),
        amount: rp(25_000),
        days: 30,
        at: noon(),
    }
}

#[test]
fn whoever_has_verified_his_address_is_welcomed_once() {
    let mut world = verified(World::empty().with(budi(), 0), budi());
    assert_eq!(
        world.story(&welcome(budi(), "budi")),
        ["claim.taken", "wallet.promotion_granted"]
    );
    world.changes_nothing(&welcome(budi(), "budi"));
    let wallet: Wallet = world.state(&WalletId::of(budi()));
    assert_eq!(
        (wallet.paid(), wallet.promotional()),
        (Rupiah::ZERO, rp(25_000))
    );
}

#[test]
fn nobody_is_welcomed_whose_address_is_not_verified_or_who_was_under_another_account() {
    let mut world = World::empty().with(budi(), 0).with(sari(), 0);
    world.refuses(&welcome(budi(), "budi"), "user.email_not_verified");
    let mut world = verified(verified(world, budi()), sari());
    world.happens(&welcome(budi(), "budi"));
    world.refuses(&welcome(sari(), "budi"), "claim.welcome_taken");
    let deactivated = world.deactivated(sari());
    let mut world = deactivated;
    world.refuses(&welcome(sari(), "sari"), "user.deactivated");
}

#[test]
fn it_is_over_after_its_last_day() {
    let mut world = verified(World::empty().with(budi(), 0), budi());
    world.happens(&welcome(budi(), "budi"));
    let expire = |moment| One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::ExpireGrants { at: at(moment) },
    };
    world.changes_nothing(&expire("2027-03-01T16:59:59Z"));
    assert_eq!(
        world.story(&expire("2027-03-01T17:00:00Z")),
        ["wallet.promotion_expired"]
    );
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
}
