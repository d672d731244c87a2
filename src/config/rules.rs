//! What is agreed with customers, and what staff does alone.

use super::{Environment, paper};
use crate::sagas::WelcomeBonus;
use purser_domain::{
    Rupiah,
    decisions::{Policy, TwoPersons},
};

pub(super) fn policy(env: &mut Environment) -> Policy {
    let default = Policy::default();
    Policy {
        grace_days: env.within("GRACE_DAYS", default.grace_days, 0..=366),
        keep_days: env.within("SUSPENDED_DAYS", default.keep_days, 1..=3_660),
        notice_days: env.within("PRICE_NOTICE_DAYS", default.notice_days, 0..=3_660),
        low_credit_days: env.within("LOW_CREDIT_DAYS", default.low_credit_days, 1..=28),
        full_refund_hours: env.within("FULL_REFUND_HOURS", default.full_refund_hours, 0..=8_784),
        lost_minutes: env.within("LOST_DAY_MINUTES", default.lost_minutes, 15..=1_440),
        keep_volume: env.parse("DOWNGRADE_KEEPS_VOLUME", default.keep_volume),
        vat: paper::vat(env),
    }
}

pub(super) fn two_persons(env: &mut Environment) -> TwoPersons {
    let default = TwoPersons::default();
    TwoPersons {
        above: rupiah(env, "APPROVAL_ABOVE", default.above.get()),
        hours: env.within("APPROVAL_HOURS", default.hours, 1..=8_784),
    }
}

/// An amount of whole rupiah.
pub(super) fn rupiah(env: &mut Environment, name: &str, default: i64) -> Rupiah {
    let amount = env.within(name, default, 0..=Rupiah::MAX.get());
    Rupiah::try_from(amount).unwrap_or_else(|error| {
        env.problem(format!("{name}: {error}"));
        Rupiah::ZERO
    })
}

/// What one mailbox gets is a gift and no fortune: a zero too many is refused.
const WELCOME_MOST: u32 = 10_000_000;

pub(super) fn welcome(env: &mut Environment) -> Option<WelcomeBonus> {
    let amount = env.within("WELCOME_BONUS", 0, 0..=WELCOME_MOST);
    let amount = Rupiah::try_from(i64::from(amount)).ok()?;
    let days = env.within("WELCOME_BONUS_DAYS", 30, 1..=3_660);
    (!amount.is_zero()).then_some(WelcomeBonus { amount, days })
}
