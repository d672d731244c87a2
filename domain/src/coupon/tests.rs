mod creating;

use super::{
    Coupon, CouponCode, CouponCommand as Do, CouponError, CouponEvent as Did, Gives, Limits, Off,
    Percent, Promised, Redeeming, Use,
};
use crate::{
    Rupiah,
    ids::{PlanId, RedemptionId, UserId},
    story::{at, budi, ghost, noon, retold, rp, sari, starter, text},
};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

fn coupon() -> TestFramework<Coupon> {
    TestFramework::with(())
}

fn code() -> CouponCode {
    "HEMAT20".parse().unwrap()
}

fn fifth(periods: Option<u32>) -> Gives {
    let off = Off::Percent(Percent::try_from(20).unwrap());
    Gives::Discount { off, periods }
}

fn credit() -> Gives {
    Gives::Credit {
        amount: rp(20_000),
        days: 30,
    }
}

fn create(gives: Gives, limits: Limits) -> Do {
    Do::Create {
        code: code(),
        gives,
        limits: Box::new(limits),
        at: noon(),
    }
}

fn created(gives: Gives, limits: Limits) -> Did {
    Did::Created {
        code: code(),
        gives,
        limits: Box::new(limits),
        at: noon(),
    }
}

fn redemption(number: u128) -> RedemptionId {
    RedemptionId::new(Uuid::from_u128(number))
}

fn an_order() -> Use {
    Use::Order {
        service_id: ghost(),
        plan_id: starter(),
        price: rp(40_000),
        trial: false,
    }
}

fn by(user_id: UserId, number: u128) -> Redeeming {
    Redeeming {
        redemption_id: redemption(number),
        user_id,
        new_customer: true,
        wanted: an_order(),
        at: noon(),
    }
}

fn redeemed(user_id: UserId, number: u128) -> Did {
    Did::Redeemed {
        redemption_id: redemption(number),
        user_id,
        at: noon(),
    }
}

fn withdraw() -> Do {
    Do::Withdraw {
        reason: text("the campaign is over"),
        at: noon(),
    }
}

fn withdrawn() -> Did {
    Did::Withdrawn {
        reason: text("the campaign is over"),
        at: noon(),
    }
}

fn give_back(number: u128) -> Do {
    Do::Return {
        redemption_id: redemption(number),
        at: noon(),
    }
}

fn returned(number: u128) -> Did {
    Did::Returned {
        redemption_id: redemption(number),
        at: noon(),
    }
}

fn uses(uses: u32) -> Limits {
    Limits {
        uses: Some(uses),
        ..Limits::default()
    }
}

fn limited(change: impl FnOnce(&mut Limits)) -> Did {
    let mut limits = Limits::default();
    change(&mut limits);
    created(fifth(Some(1)), limits)
}

fn refuse(history: Vec<Did>, redeeming: Redeeming, error: CouponError) {
    coupon()
        .given(history)
        .when(Do::Redeem(redeeming))
        .then_expect_error(error);
}

fn accept(history: Vec<Did>, redeeming: Redeeming) {
    let Redeeming {
        redemption_id,
        user_id,
        at,
        ..
    } = redeeming;
    coupon()
        .given(history)
        .when(Do::Redeem(redeeming))
        .then_expect_events(vec![Did::Redeemed {
            redemption_id,
            user_id,
            at,
        }]);
}

#[test]
fn nobody_is_new_twice_however_often_a_coupon_may_be_used() {
    let history = vec![
        limited(|limits| (limits.new_customers, limits.repeatable) = (true, true)),
        redeemed(budi(), 1),
    ];
    refuse(history.clone(), by(budi(), 2), CouponError::AlreadyUsed);
    accept(history, by(sari(), 2));
}

#[test]
fn nothing_happens_to_a_coupon_that_does_not_exist() {
    for command in [withdraw(), Do::Redeem(by(budi(), 1)), give_back(1)] {
        coupon()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(CouponError::Unknown);
    }
}

#[test]
fn it_is_redeemed_and_the_same_use_counts_once() {
    let history = vec![limited(|_| {})];
    accept(history, by(budi(), 1));
    coupon()
        .given(vec![limited(|_| {}), redeemed(budi(), 1)])
        .when(Do::Redeem(by(budi(), 1)))
        .then_expect_events(vec![]);
}

#[test]
fn a_withdrawn_coupon_is_not_redeemed() {
    coupon()
        .given(vec![limited(|_| {})])
        .when(withdraw())
        .then_expect_events(vec![withdrawn()]);
    let history = vec![limited(|_| {}), withdrawn()];
    coupon()
        .given(history.clone())
        .when(withdraw())
        .then_expect_events(vec![]);
    refuse(history, by(budi(), 1), CouponError::Withdrawn);
}

#[test]
fn it_counts_on_its_dates_in_jakarta_the_last_one_among_them() {
    let day = |text: &str| text.parse().unwrap();
    let history = vec![limited(|limits| {
        limits.valid_from = Some(day("2027-02-01"));
        limits.valid_until = Some(day("2027-02-10"));
    })];
    let on = |moment: &str| Redeeming {
        at: at(moment),
        ..by(budi(), 1)
    };
    let early = CouponError::NotYetValid {
        from: day("2027-02-01"),
    };
    refuse(history.clone(), on("2027-01-31T16:59:59Z"), early);
    accept(history.clone(), on("2027-01-31T17:00:00Z"));
    accept(history.clone(), on("2027-02-10T16:59:59Z"));
    refuse(history, on("2027-02-10T17:00:00Z"), CouponError::Expired);
}

#[test]
fn it_is_used_as_often_as_it_says() {
    let history = vec![limited(|limits| limits.uses = Some(1)), redeemed(sari(), 1)];
    refuse(history.clone(), by(budi(), 2), CouponError::UsedUp);
    let mut freed = history;
    freed.push(returned(1));
    accept(freed, by(budi(), 2));
}

#[test]
fn a_customer_uses_it_once_unless_it_says_otherwise() {
    let history = vec![limited(|_| {}), redeemed(budi(), 1)];
    refuse(history.clone(), by(budi(), 2), CouponError::AlreadyUsed);
    accept(history.clone(), by(sari(), 2));
    let mut freed = history;
    freed.push(returned(1));
    accept(freed, by(budi(), 2));
    let repeatable = limited(|limits| limits.repeatable = true);
    accept(vec![repeatable, redeemed(budi(), 1)], by(budi(), 2));
}

#[test]
fn one_for_new_customers_is_for_them() {
    let history = vec![limited(|limits| limits.new_customers = true)];
    accept(history.clone(), by(budi(), 1));
    let known = Redeeming {
        new_customer: false,
        ..by(budi(), 1)
    };
    refuse(history, known, CouponError::NewCustomersOnly);
}

#[test]
fn one_for_some_plans_is_for_them_and_none_is_for_a_trial() {
    let other = PlanId::new(Uuid::from_u128(9));
    for (limits, fits) in [
        (limited(|limits| limits.services = vec![ghost()]), true),
        (limited(|limits| limits.plans = vec![starter()]), true),
        (limited(|limits| limits.plans = vec![other]), false),
    ] {
        match fits {
            true => accept(vec![limits], by(budi(), 1)),
            false => refuse(vec![limits], by(budi(), 1), CouponError::NotForPlan),
        }
    }
    let trial = Redeeming {
        wanted: Use::Order {
            service_id: ghost(),
            plan_id: starter(),
            price: Rupiah::ZERO,
            trial: true,
        },
        ..by(budi(), 1)
    };
    let days = created(Gives::FreeDays { days: 7 }, Limits::default());
    for history in [vec![limited(|_| {})], vec![days]] {
        refuse(history, trial, CouponError::NotForPlan);
    }
}

#[test]
fn no_use_is_burnt_on_what_it_takes_nothing_off() {
    let free = Redeeming {
        wanted: Use::Order {
            service_id: ghost(),
            plan_id: starter(),
            price: Rupiah::ZERO,
            trial: false,
        },
        ..by(budi(), 1)
    };
    let days = created(Gives::FreeDays { days: 7 }, Limits::default());
    for history in [vec![limited(|_| {})], vec![days]] {
        refuse(history, free, CouponError::TakesNothingOff);
    }
}

#[test]
fn credit_is_for_wallets_and_the_others_are_for_orders() {
    let for_wallet = Redeeming {
        wanted: Use::Wallet,
        ..by(budi(), 1)
    };
    let credit = vec![created(credit(), Limits::default())];
    accept(credit.clone(), for_wallet);
    refuse(credit, by(budi(), 1), CouponError::OnlyForWallet);
    refuse(
        vec![limited(|_| {})],
        for_wallet,
        CouponError::OnlyForOrders,
    );
}

#[test]
fn a_use_comes_back_once() {
    let history = vec![limited(|_| {}), redeemed(budi(), 1)];
    coupon()
        .given(history.clone())
        .when(give_back(1))
        .then_expect_events(vec![returned(1)]);
    let mut again = history;
    again.push(returned(1));
    for number in [1, 2] {
        coupon()
            .given(again.clone())
            .when(give_back(number))
            .then_expect_events(vec![]);
    }
}

#[test]
fn what_it_promises_is_what_the_first_period_leaves() {
    let of = |gives| {
        let mut coupon = Coupon::default();
        coupon.fold(created(gives, Limits::default()));
        coupon.promise().map(|promise| promise.gives)
    };
    assert_eq!(of(fifth(Some(1))), None);
    let more = |periods| Promised::Discount {
        off: Off::Percent(Percent::try_from(20).unwrap()),
        periods,
    };
    assert_eq!(of(fifth(Some(3))), Some(more(Some(2))));
    assert_eq!(of(fifth(None)), Some(more(None)));
    assert_eq!(of(Gives::FreeDays { days: 7 }), Some(Promised::Days(7)));
    assert_eq!(of(credit()), None);
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<Coupon>(vec![vec![
        create(fifth(Some(3)), Limits::default()),
        Do::Redeem(by(budi(), 1)),
        Do::Redeem(by(sari(), 2)),
        give_back(1),
        withdraw(),
    ]])
    .await;
}
