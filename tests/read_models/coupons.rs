//! Coupons, trials and promotional credit in the history of the read models.

use super::history::{History, TEXTS, at, number, rp, user};
use purser_domain::{
    coupon::{Coupon, CouponCode, CouponEvent, Gives, Limits, Off, Percent},
    ids::{ChargeId, GrantId, PlanId, RedemptionId, ServiceId, SubscriptionId, UserId, WalletId},
    sealed::Sealed,
    user::{PasswordProof, User, UserEvent},
    wallet::{GrantCause, GrantPart, Wallet, WalletEvent},
};

/// One of every kind, each redeemed, given back and withdrawn in part, and the credit that came of it.
pub(super) fn tell(history: &mut History, wallet: WalletId) {
    let percent = Off::Percent(Percent::try_from(100).unwrap());
    let kinds = [
        Gives::Credit {
            amount: rp(20_000),
            days: 30,
        },
        Gives::Discount {
            off: percent,
            periods: None,
        },
        Gives::Discount {
            off: Off::Fixed(rp(5_000)),
            periods: Some(3),
        },
        Gives::FreeDays { days: 366 },
    ];
    for (n, gives) in (1..).zip(kinds) {
        coupon(history, n, gives);
    }
    let grant_id = GrantId::new(number(12, 1));
    let promotional = vec![GrantPart {
        grant_id,
        amount: rp(8_000),
    }];
    history.then::<Wallet>(
        wallet,
        WalletEvent::PromotionGranted {
            grant_id,
            amount: rp(20_000),
            expires_on: "2027-06-30".parse().unwrap(),
            cause: GrantCause::Coupon,
        },
    );
    history.then::<Wallet>(
        wallet,
        WalletEvent::Charged {
            charge_id: ChargeId::new(number(12, 2)),
            amount: rp(8_000),
            subscription_id: SubscriptionId::new(number(7, 9)),
            promotional,
        },
    );
    history.then::<User>(user(1), UserEvent::VerificationRequested { at: at(1) });
    history.then::<User>(user(1), UserEvent::EmailVerified { at: at(2) });
    let asked = UserEvent::PasswordResetRequested { at: at(3) };
    history.then::<User>(user(1), asked);
    let changed = UserEvent::PasswordChanged {
        password: Sealed::try_from(format!("v1.{}.{}", user(1), "B".repeat(60))).unwrap(),
        by: PasswordProof::Letter,
        at: at(4),
    };
    history.then::<User>(user(1), changed);
    let reason = TEXTS[9].parse().unwrap();
    let erased = UserEvent::Erased { reason, at: at(5) };
    history.then::<User>(user(2), erased);
}

fn coupon(history: &mut History, n: u128, gives: Gives) {
    let code: CouponCode = format!("CODE-{n}").parse().unwrap();
    let limits = match n {
        1 => Limits::default(),
        _ => Limits {
            valid_from: Some("2027-01-31".parse().unwrap()),
            valid_until: Some("2028-02-29".parse().unwrap()),
            uses: Some(u32::MAX),
            repeatable: true,
            new_customers: true,
            services: vec![ServiceId::new(number(5, 1))],
            plans: vec![PlanId::new(number(6, 1)), PlanId::new(number(6, 2))],
        },
    };
    let created = CouponEvent::Created {
        code: code.clone(),
        gives,
        limits: Box::new(limits),
        at: at(1),
    };
    history.then::<Coupon>(code.clone(), created);
    let redemption_id = RedemptionId::new(number(11, n));
    let user_id: UserId = user(1);
    let redeemed = CouponEvent::Redeemed {
        redemption_id,
        user_id,
        at: at(2),
    };
    history.then::<Coupon>(code.clone(), redeemed);
    if n > 2 {
        let returned = CouponEvent::Returned {
            redemption_id,
            at: at(3),
        };
        history.then::<Coupon>(code.clone(), returned);
        let reason = TEXTS[9].parse().unwrap();
        history.then::<Coupon>(code, CouponEvent::Withdrawn { reason, at: at(4) });
    }
}
