use super::{Beat, Told, budi, event, hearing_twice_changes_nothing, in_order, noon, rp};
use crate::sagas::{Effect, Execute, Expiry, Reaction};
use purser_domain::{
    ids::{GrantId, WalletId},
    wallet::{GrantCause, Wallet, WalletEvent},
};
use uuid::Uuid;

fn granted(number: u128, until: &str) -> Beat {
    event::<Wallet>(
        &WalletId::of(budi()),
        WalletEvent::PromotionGranted {
            grant_id: GrantId::new(Uuid::from_u128(number)),
            amount: rp(20_000),
            expires_on: until.parse().unwrap(),
            cause: GrantCause::Coupon,
        },
    )
}

#[test]
fn every_event_twice_changes_nothing() {
    let story = [
        granted(1, "2027-01-30"),
        granted(2, "2027-03-31"),
        Beat::Timer("expire-2027-01-30"),
    ];
    hearing_twice_changes_nothing(Expiry, &in_order(story.to_vec()));
}

#[test]
fn a_grant_is_over_at_the_first_moment_in_jakarta_after_its_last_day() {
    let told = Told::new(Expiry).after(&in_order(vec![
        granted(1, "2027-01-30"),
        granted(2, "2027-03-31"),
        granted(3, "2027-03-31"),
    ]));
    let timers = told.timers.iter();
    let timers: Vec<_> = timers
        .map(|timer| (timer.name.as_str(), timer.due_at.unwrap().to_rfc3339()))
        .collect();
    assert_eq!(
        timers,
        [
            ("expire-2027-01-30", "2027-01-30T17:00:00+00:00".to_owned()),
            ("expire-2027-03-31", "2027-03-31T17:00:00+00:00".to_owned()),
        ]
    );
    let told = told.after(&[Beat::Timer("expire-2027-01-30")]);
    let expire = Effect::Execute(Execute::ExpireGrants {
        wallet_id: WalletId::of(budi()),
        at: noon(),
    });
    assert_eq!(told.effects, [("expire-2027-01-30-3".to_owned(), expire)]);
}

#[test]
fn what_cannot_be_decided_is_not_tried_in_another_way() {
    let mut told = Told::new(Expiry).after(&[granted(1, "2027-01-30")]);
    let failed = told.tell(&Beat::Failed("expire-2027-01-30".to_owned()));
    assert_eq!(failed, Reaction::default());
    // A timer of a wallet that nobody knows asks for nothing.
    let mut nobody = Told::new(Expiry);
    assert_eq!(
        nobody.tell(&Beat::Timer("expire-2027-01-30")),
        Reaction::default()
    );
}
