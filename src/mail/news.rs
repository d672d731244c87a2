//! What happens to a subscription over time, as its customer is told.

use super::{messages::written, one_line::one_line};
use chrono::NaiveDate;
use minijinja::Value;
use purser_domain::{Rupiah, subscription::EndCause, user::Locale};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Dates are Jakarta dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "kebab-case")]
pub enum News {
    /// Its paid time is about to be over.
    #[serde(rename = "subscription-expiring")]
    Expiring {
        on: NaiveDate,
        price: Rupiah,
        /// What the credit lacks; zero where it reaches.
        missing: Rupiah,
        /// Whether it renews by itself.
        automatic: bool,
    },
    /// The credit will not pay its renewal.
    CreditLow {
        /// The day on which that was found.
        as_of: NaiveDate,
        on: NaiveDate,
        price: Rupiah,
        /// What the credit lacks, with what it lacks for all that is paid before.
        missing: Rupiah,
    },
    /// Its plan gets another price.
    PriceChanged {
        /// What the newest period before it costs.
        before: Rupiah,
        price: Rupiah,
        /// What was announced earlier and does not come.
        instead_of: Option<Rupiah>,
        /// The first day on which a renewal costs it.
        counts_on: NaiveDate,
        /// The first day of the first period that costs it, as far as it is known.
        from: Option<NaiveDate>,
        /// Whether a coupon takes something off.
        coupon: bool,
    },
    /// Its paid time is over and the credit did not reach.
    #[serde(rename = "subscription-expired")]
    Expired {
        on: NaiveDate,
        grace_until: NaiveDate,
        needed: Rupiah,
    },
    Renewed {
        start: NaiveDate,
        end: NaiveDate,
        price: Rupiah,
    },
    /// It runs at no price for some days.
    TrialStarted {
        /// The first day on which it does not run any more.
        end: NaiveDate,
    },
    /// Its days are about to be over.
    TrialEnding {
        end: NaiveDate,
    },
    /// It does not run any more; its data are kept for a while.
    TrialEnded {
        delete_on: NaiveDate,
    },
    /// It does not run any more; its data are kept.
    Suspended {
        delete_on: NaiveDate,
    },
    /// Its data are about to be deleted.
    DataExpiring {
        delete_on: NaiveDate,
    },
    Resumed {
        start: NaiveDate,
        end: NaiveDate,
    },
    ResumeFailed {
        refunded: Rupiah,
    },
    #[serde(rename = "terminated")]
    Ended {
        cause: EndCause,
        refunded: Rupiah,
    },
    /// It has another plan or cycle.
    PlanChanged {
        plan: String,
        given_back: Rupiah,
        charged: Rupiah,
        /// The first day that is not paid.
        end: NaiveDate,
    },
    /// It keeps the plan that it had.
    PlanChangeFailed,
    /// The value of a day that was lost on our side was given back.
    DayCredited {
        day: NaiveDate,
        amount: Rupiah,
    },
    /// Staff gave back something of what was used.
    ChargeReturned {
        amount: Rupiah,
    },
}

impl News {
    /// Its folder among the templates.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Expiring { .. } => "subscription-expiring",
            Self::CreditLow { .. } => "credit-low",
            Self::PriceChanged { .. } => "price-changed",
            Self::Expired { .. } => "subscription-expired",
            Self::Renewed { .. } => "renewed",
            Self::TrialStarted { .. } => "trial-started",
            Self::TrialEnding { .. } => "trial-ending",
            Self::TrialEnded { .. } => "trial-ended",
            Self::Suspended { .. } => "suspended",
            Self::DataExpiring { .. } => "data-expiring",
            Self::Resumed { .. } => "resumed",
            Self::ResumeFailed { .. } => "resume-failed",
            Self::Ended { .. } => "terminated",
            Self::DayCredited { .. } => "day-credited",
            Self::ChargeReturned { .. } => "charge-returned",
            Self::PlanChanged { .. } => "plan-changed",
            Self::PlanChangeFailed => "plan-change-failed",
        }
    }

    pub(super) fn words(&self, locale: Locale) -> BTreeMap<&'static str, Value> {
        let amount = |amount: &Rupiah| match amount.is_zero() {
            true => Value::from(()),
            false => Value::from(amount.to_string()),
        };
        let day = |day: &NaiveDate| Value::from(written(*day, locale));
        match self {
            Self::Expiring {
                on,
                price,
                missing,
                automatic,
            } => BTreeMap::from([
                ("on", day(on)),
                ("price", amount(price)),
                ("missing", amount(missing)),
                ("automatic", Value::from(*automatic)),
            ]),
            Self::CreditLow {
                as_of,
                on,
                price,
                missing,
            } => BTreeMap::from([
                ("as_of", day(as_of)),
                ("on", day(on)),
                ("price", amount(price)),
                ("missing", amount(missing)),
                ("is_for_others", Value::from(missing > price)),
            ]),
            Self::PriceChanged {
                before,
                price,
                instead_of,
                counts_on,
                from,
                coupon,
            } => BTreeMap::from([
                ("before", Value::from(before.to_string())),
                ("price", Value::from(price.to_string())),
                ("stays", Value::from(before == price)),
                (
                    "instead_of",
                    Value::from(instead_of.map(|amount| amount.to_string())),
                ),
                ("on", day(&from.unwrap_or(*counts_on))),
                ("is_day_of_period", Value::from(from.is_some())),
                ("coupon", Value::from(*coupon)),
            ]),
            Self::Expired {
                on,
                grace_until,
                needed,
            } => BTreeMap::from([
                ("on", day(on)),
                ("grace_until", day(grace_until)),
                ("needed", amount(needed)),
            ]),
            Self::Renewed { start, end, price } => BTreeMap::from([
                ("start", day(start)),
                ("end", day(end)),
                ("price", amount(price)),
            ]),
            Self::TrialStarted { end } | Self::TrialEnding { end } => {
                BTreeMap::from([("end", day(end))])
            }
            Self::Suspended { delete_on }
            | Self::DataExpiring { delete_on }
            | Self::TrialEnded { delete_on } => BTreeMap::from([("delete_on", day(delete_on))]),
            Self::Resumed { start, end } => {
                BTreeMap::from([("start", day(start)), ("end", day(end))])
            }
            Self::ResumeFailed { refunded } => BTreeMap::from([("refunded", amount(refunded))]),
            Self::Ended { cause, refunded } => BTreeMap::from([
                ("cause", Value::from(word(*cause))),
                ("refunded", amount(refunded)),
            ]),
            Self::PlanChanged {
                plan,
                given_back,
                charged,
                end,
            } => BTreeMap::from([
                ("plan", Value::from(one_line(plan))),
                ("given_back", amount(given_back)),
                ("charged", amount(charged)),
                ("end", day(end)),
            ]),
            Self::PlanChangeFailed => BTreeMap::new(),
            Self::DayCredited {
                day: lost,
                amount: given,
            } => BTreeMap::from([("day", day(lost)), ("amount", amount(given))]),
            Self::ChargeReturned { amount: given } => BTreeMap::from([("amount", amount(given))]),
        }
    }

    /// Each in every shape that its templates tell apart.
    pub(super) fn samples() -> Vec<Self> {
        let rp = |amount: i64| Rupiah::try_from(amount).unwrap_or_default();
        let day = |day| NaiveDate::from_ymd_opt(2026, 8, day).unwrap_or_default();
        let expiring = |missing, automatic| Self::Expiring {
            on: day(31),
            price: rp(40_000),
            missing: rp(missing),
            automatic,
        };
        let credit_low = |missing| Self::CreditLow {
            as_of: day(24),
            on: day(31),
            price: rp(40_000),
            missing: rp(missing),
        };
        let ended = |cause, refunded| Self::Ended {
            cause,
            refunded: rp(refunded),
        };
        let priced = |before, instead_of: Option<i64>, from, coupon| Self::PriceChanged {
            before: rp(before),
            price: rp(50_000),
            instead_of: instead_of.map(rp),
            counts_on: day(3),
            from,
            coupon,
        };
        vec![
            expiring(0, true),
            expiring(15_000, true),
            expiring(0, false),
            credit_low(15_000),
            credit_low(55_000),
            priced(40_000, None, Some(day(31)), false),
            priced(40_000, Some(60_000), None, true),
            priced(50_000, Some(60_000), Some(day(31)), false),
            Self::Expired {
                on: day(1),
                grace_until: day(8),
                needed: rp(40_000),
            },
            Self::Renewed {
                start: day(1),
                end: day(31),
                price: rp(40_000),
            },
            Self::Renewed {
                start: day(1),
                end: day(31),
                price: Rupiah::ZERO,
            },
            Self::TrialStarted { end: day(15) },
            Self::TrialEnding { end: day(15) },
            Self::TrialEnded { delete_on: day(22) },
            Self::Suspended { delete_on: day(31) },
            Self::DataExpiring { delete_on: day(31) },
            Self::Resumed {
                start: day(1),
                end: day(31),
            },
            Self::ResumeFailed {
                refunded: rp(40_000),
            },
            Self::ResumeFailed {
                refunded: Rupiah::ZERO,
            },
            ended(EndCause::Cancelled, 0),
            ended(EndCause::CancelledNow, 20_000),
            ended(EndCause::Unpaid, 0),
            ended(EndCause::Staff, 20_000),
            Self::PlanChanged {
                plan: "Business".into(),
                given_back: rp(20_000),
                charged: rp(50_000),
                end: day(31),
            },
            Self::PlanChanged {
                plan: "Free".into(),
                given_back: Rupiah::ZERO,
                charged: Rupiah::ZERO,
                end: day(31),
            },
            Self::PlanChangeFailed,
            Self::DayCredited {
                day: day(3),
                amount: rp(1_290),
            },
            Self::ChargeReturned { amount: rp(10_000) },
        ]
    }
}

/// The cause as the templates compare it.
const fn word(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Cancelled => "cancelled",
        EndCause::CancelledNow => "cancelled_now",
        EndCause::Unpaid => "unpaid",
        EndCause::Staff => "staff",
    }
}
