use super::{Beat, Told, budi, event, hearing_twice_changes_nothing, in_order, noon, order, rp};
use crate::sagas::{Effect, Execute, Expiry, Reaction, Saga as _};
use purser_domain::{
    ids::{ChargeId, CreditId, GrantId, HoldId, WalletId},
    wallet::{GrantCause, GrantPart, Wallet, WalletEvent},
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

/// So much of these grants came back, by the end of a hold and by a refund.
fn came_back(numbers: &[u128]) -> [WalletEvent; 2] {
    let part = |number: &u128| GrantPart {
        grant_id: GrantId::new(Uuid::from_u128(*number)),
        amount: rp(20_000),
    };
    let promotional: Vec<_> = numbers.iter().map(part).collect();
    let (amount, subscription_id) = (rp(20_000), order());
    [
        WalletEvent::Released {
            hold_id: HoldId::new(Uuid::from_u128(7)),
            amount,
            subscription_id,
            promotional: promotional.clone(),
        },
        WalletEvent::Refunded {
            credit_id: CreditId::new(Uuid::from_u128(8)),
            charge_id: ChargeId::new(Uuid::from_u128(9)),
            amount,
            subscription_id,
            promotional,
        },
    ]
}

fn of_wallet(fact: WalletEvent) -> Beat {
    event::<Wallet>(&WalletId::of(budi()), fact)
}

#[test]
fn every_event_twice_changes_nothing() {
    let story = [
        granted(1, "2027-01-30"),
        granted(2, "2027-03-31"),
        of_wallet(came_back(&[1])[0].clone()),
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
fn what_comes_back_is_looked_at_once_more_because_its_day_may_be_over() {
    for (number, fact) in came_back(&[1]).into_iter().enumerate() {
        let told = Told::new(Expiry).after(&in_order(vec![
            granted(1, "2027-01-30"),
            Beat::Timer("expire-2027-01-30"),
            of_wallet(fact),
        ]));
        let last = told.effects.last().unwrap();
        let expire = Effect::Execute(Execute::ExpireGrants {
            wallet_id: WalletId::of(budi()),
            at: noon(),
        });
        assert_eq!(told.effects.len(), 2, "{number}");
        assert_eq!(*last, ("came-back-3".to_owned(), expire), "{number}");
    }
}

#[test]
fn what_comes_back_as_paid_credit_is_nothing_to_look_at() {
    for fact in came_back(&[]) {
        let Beat::Event(event) = of_wallet(fact) else {
            unreachable!("it is an event")
        };
        assert_eq!(Expiry.instance(&event), None);
    }
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
