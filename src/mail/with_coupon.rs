//! What a letter about an order says of the coupon that was used for it.

use super::{messages::written, one_line::one_line};
use chrono::NaiveDate;
use minijinja::Value;
use purser_domain::{Rupiah, coupon::Promise, subscription::Terms, user::Locale};
use serde::{Deserialize, Serialize};

/// What a coupon did for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithCoupon {
    /// Its code.
    pub coupon: String,
    /// What it took off the first period, in whole rupiah.
    pub off: Option<Rupiah>,
    /// How many days it gives after that.
    pub free_days: Option<u32>,
    /// When money is charged next, if the app is ready on the day of the order; `None` where that is never.
    pub next_charge_on: Option<NaiveDate>,
}

impl WithCoupon {
    /// `today` is the Jakarta date of the order.
    pub fn of(terms: &Terms, today: NaiveDate) -> Option<Self> {
        let promise = terms.promise.as_ref();
        terms.coupon().map(|coupon| Self {
            coupon: coupon.to_string(),
            off: terms.discount.as_ref().map(|discount| discount.amount),
            free_days: promise.and_then(Promise::free_days),
            next_charge_on: terms.next_charge_on(today),
        })
    }
}

/// What the templates may name; nothing of it where there was no coupon.
pub(super) fn words(with: Option<&WithCoupon>, locale: Locale) -> [(&'static str, Value); 4] {
    let text = |with: &WithCoupon| Value::from(one_line(&with.coupon));
    let off = with.and_then(|with| with.off);
    let next = with.and_then(|with| with.next_charge_on);
    let word = |value: Option<Value>| value.unwrap_or(Value::from(()));
    [
        ("coupon", word(with.map(text))),
        ("off", word(off.map(|off| Value::from(off.to_string())))),
        (
            "free_days",
            word(with.and_then(|with| with.free_days).map(Value::from)),
        ),
        (
            "next_charge",
            word(next.map(|day| Value::from(written(day, locale)))),
        ),
    ]
}
