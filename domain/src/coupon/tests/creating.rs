//! What a coupon may be.

use super::*;

#[test]
fn a_coupon_is_created_once() {
    let limits = uses(5);
    coupon()
        .given_no_previous_events()
        .when(create(credit(), limits.clone()))
        .then_expect_events(vec![created(credit(), limits.clone())]);
    let history = vec![created(credit(), limits.clone())];
    coupon()
        .given(history.clone())
        .when(create(credit(), limits.clone()))
        .then_expect_events(vec![]);
    coupon()
        .given(history)
        .when(create(fifth(None), limits))
        .then_expect_error(CouponError::AlreadyCreated);
}

#[test]
fn a_coupon_that_gives_nothing_is_refused() {
    let nothing = [
        Gives::Credit {
            amount: Rupiah::ZERO,
            days: 30,
        },
        Gives::Credit {
            amount: rp(1),
            days: 0,
        },
        Gives::Discount {
            off: Off::Fixed(Rupiah::ZERO),
            periods: None,
        },
        fifth(Some(0)),
        Gives::FreeDays { days: 0 },
    ];
    for gives in nothing {
        coupon()
            .given_no_previous_events()
            .when(create(gives, Limits::default()))
            .then_expect_error(CouponError::GivesNothing);
    }
}

#[test]
fn a_coupon_counts_on_dates_that_everybody_can_write() {
    for date in ["-4713-01-01", "1969-12-31", "+10000-01-01", "+262142-12-31"] {
        let date = Some(date.parse().unwrap());
        let from = Limits {
            valid_from: date,
            ..Limits::default()
        };
        let until = Limits {
            valid_until: date,
            ..Limits::default()
        };
        for limits in [from, until] {
            coupon()
                .given_no_previous_events()
                .when(create(fifth(None), limits))
                .then_expect_error(CouponError::DateOutOfRange);
        }
    }
}

#[test]
fn a_coupon_that_could_never_be_used_is_refused() {
    let backwards = Limits {
        valid_from: Some("2027-02-01".parse().unwrap()),
        valid_until: Some("2027-01-31".parse().unwrap()),
        ..Limits::default()
    };
    let none = Limits {
        uses: Some(0),
        ..Limits::default()
    };
    for (limits, error) in [
        (backwards, CouponError::NeverValid),
        (none, CouponError::NoUses),
    ] {
        coupon()
            .given_no_previous_events()
            .when(create(fifth(None), limits))
            .then_expect_error(error);
    }
}

#[test]
fn what_a_coupon_gives_has_bounds() {
    let credit = |amount, days| Gives::Credit {
        amount: rp(amount),
        days,
    };
    let most = rp(100_000_000);
    let fixed = Gives::Discount {
        off: Off::Fixed(rp(100_000_001)),
        periods: Some(1),
    };
    let too_many = || CouponError::TooManyDays { most: 3_660 };
    for (gives, limits, error) in [
        (
            credit(20_000, 30),
            Limits::default(),
            CouponError::CreditWithoutLimit,
        ),
        (
            credit(20_000, 30),
            uses(5_001),
            CouponError::TooMuch { most },
        ),
        (credit(20_000, 3_661), uses(1), too_many()),
        (Gives::FreeDays { days: 3_661 }, uses(1), too_many()),
        (fixed, uses(1), CouponError::TooMuch { most }),
    ] {
        coupon()
            .given_no_previous_events()
            .when(create(gives, limits))
            .then_expect_error(error);
    }
    for (gives, limits) in [
        (credit(20_000, 3_660), uses(5_000)),
        (Gives::FreeDays { days: 3_660 }, Limits::default()),
    ] {
        coupon()
            .given_no_previous_events()
            .when(create(gives, limits.clone()))
            .then_expect_events(vec![created(gives, limits)]);
    }
}
