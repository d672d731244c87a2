//! Paid and promotional credit (billing rules 21 and 35).

use super::*;
use crate::{
    ids::GrantId,
    story::at,
    wallet::{GrantCause, GrantPart},
};
use chrono::NaiveDate;

fn grant_id(number: u128) -> GrantId {
    GrantId::new(Uuid::from_u128(0x62a0 + number))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn grant(number: u128, amount: i64, expires_on: &str) -> Do {
    Do::Grant {
        grant_id: grant_id(number),
        amount: rp(amount),
        expires_on: day(expires_on),
        cause: GrantCause::Welcome,
    }
}

fn part(number: u128, amount: i64) -> GrantPart {
    GrantPart {
        grant_id: grant_id(number),
        amount: rp(amount),
    }
}

/// 50.000 paid, 20.000 promotional until the end of March, 10.000 until the end of February.
fn mixed() -> Vec<Did> {
    let mut history = funded(50_000);
    for (number, amount, expires_on) in [(1, 20_000, "2027-03-31"), (2, 10_000, "2027-02-28")] {
        history.push(Did::PromotionGranted {
            grant_id: grant_id(number),
            amount: rp(amount),
            expires_on: day(expires_on),
            cause: GrantCause::Welcome,
        });
    }
    history
}

fn charged_mixed(amount: i64, promotional: Vec<GrantPart>) -> Did {
    Did::Charged {
        charge_id: the_charge(),
        amount: rp(amount),
        subscription_id: order(1),
        promotional,
    }
}

fn refund_part(amount: i64, moment: &str) -> Do {
    Do::Refund {
        credit_id: payment("part"),
        charge_id: the_charge(),
        amount: Some(rp(amount)),
        at: moment.parse().unwrap(),
    }
}

fn given_back_part(amount: i64, promotional: Vec<GrantPart>) -> Did {
    Did::Refunded {
        credit_id: payment("part"),
        charge_id: the_charge(),
        amount: rp(amount),
        subscription_id: order(1),
        promotional,
    }
}

pub(super) fn story() -> Vec<Do> {
    vec![
        credit("first", rp(50_000)),
        grant(1, 20_000, "2027-03-31"),
        grant(2, 10_000, "2027-02-28"),
        grant(2, 10_000, "2027-02-28"),
        charge(1, 45_000),
        refund_part(20_000, "2027-03-02T05:00:00Z"),
        Do::ExpireGrants {
            at: at("2027-05-01T05:00:00Z"),
        },
    ]
}

#[test]
fn promotional_credit_is_spent_first_and_the_earliest_to_expire_before_the_rest() {
    wallet()
        .given(mixed())
        .when(charge(1, 15_000))
        .then_expect_events(vec![charged_mixed(
            15_000,
            vec![part(2, 10_000), part(1, 5_000)],
        )]);
    wallet()
        .given(mixed())
        .when(charge(1, 80_000))
        .then_expect_events(vec![charged_mixed(
            80_000,
            vec![part(2, 10_000), part(1, 20_000)],
        )]);
    wallet()
        .given(mixed())
        .when(charge(1, 80_001))
        .then_expect_error(WalletError::InsufficientFunds {
            needed: rp(80_001),
            available: rp(80_000),
        });
}

#[test]
fn promotional_credit_is_not_spent_after_its_last_day() {
    let charge_on = |moment: &str| Do::Charge {
        charge_id: the_charge(),
        amount: rp(15_000),
        subscription_id: order(1),
        purpose: Purpose::Running,
        at: at(moment),
    };
    wallet()
        .given(mixed())
        .when(charge_on("2027-02-28T16:59:59Z"))
        .then_expect_events(vec![charged_mixed(
            15_000,
            vec![part(2, 10_000), part(1, 5_000)],
        )]);
    wallet()
        .given(mixed())
        .when(charge_on("2027-02-28T17:00:00Z"))
        .then_expect_events(vec![charged_mixed(15_000, vec![part(1, 15_000)])]);
}

#[test]
fn what_is_given_back_goes_where_it_came_from_the_last_spent_first() {
    let mut history = mixed();
    history.push(charged_mixed(
        45_000,
        vec![part(2, 10_000), part(1, 20_000)],
    ));
    wallet()
        .given(history.clone())
        .when(refund_part(10_000, "2027-02-01T05:00:00Z"))
        .then_expect_events(vec![given_back_part(10_000, vec![])]);
    wallet()
        .given(history.clone())
        .when(refund_part(40_000, "2027-02-01T05:00:00Z"))
        .then_expect_events(vec![given_back_part(
            40_000,
            vec![part(1, 20_000), part(2, 5_000)],
        )]);
    wallet()
        .given(history)
        .when(refund_part(45_001, "2027-02-01T05:00:00Z"))
        .then_expect_error(WalletError::MoreThanCharged { left: rp(45_000) });
}

#[test]
fn what_comes_back_after_its_last_day_is_over_at_once() {
    let mut history = mixed();
    history.push(charged_mixed(
        45_000,
        vec![part(2, 10_000), part(1, 20_000)],
    ));
    wallet()
        .given(history)
        .when(refund_part(45_000, "2027-03-01T05:00:00Z"))
        .then_expect_events(vec![
            given_back_part(45_000, vec![part(1, 20_000), part(2, 10_000)]),
            Did::PromotionExpired {
                grant_id: grant_id(2),
                amount: rp(10_000),
            },
        ]);
}

#[test]
fn what_is_left_of_a_grant_expires_after_its_last_day_and_once() {
    let expire = || Do::ExpireGrants {
        at: at("2027-03-01T05:00:00Z"),
    };
    let over = Did::PromotionExpired {
        grant_id: grant_id(2),
        amount: rp(10_000),
    };
    wallet()
        .given(mixed())
        .when(expire())
        .then_expect_events(vec![over.clone()]);
    let mut history = mixed();
    history.push(over);
    wallet()
        .given(history)
        .when(expire())
        .then_expect_events(vec![]);
}

#[test]
fn the_same_grant_counts_once() {
    wallet()
        .given(mixed())
        .when(grant(1, 20_000, "2027-03-31"))
        .then_expect_events(vec![]);
    wallet()
        .given(opened())
        .when(grant(1, 0, "2027-03-31"))
        .then_expect_error(WalletError::NoAmount);
}

#[test]
fn what_a_channel_may_take_back_pays_what_runs_at_once_and_new_orders_later() {
    let young = Did::Credited {
        credit_id: payment("first"),
        amount: rp(50_000),
        top_up_id: top_up(),
        orders_from: Some(at("2027-01-31T05:10:00Z")),
    };
    let buy = |purpose, moment: &str| Do::Charge {
        charge_id: the_charge(),
        amount: rp(40_000),
        subscription_id: order(1),
        purpose,
        at: at(moment),
    };
    let history: Vec<Did> = opened().into_iter().chain([young]).collect();
    wallet()
        .given(history.clone())
        .when(buy(Purpose::Order, "2027-01-31T05:09:59Z"))
        .then_expect_error(WalletError::CreditTooYoung {
            needed: rp(40_000),
            from: at("2027-01-31T05:10:00Z"),
        });
    for (purpose, moment) in [
        (Purpose::Order, "2027-01-31T05:10:00Z"),
        (Purpose::Running, "2027-01-31T05:00:00Z"),
    ] {
        wallet()
            .given(history.clone())
            .when(buy(purpose, moment))
            .then_expect_events(vec![charged(40_000)]);
    }
}
