use super::{CouponCode, Off};
use crate::{
    Rupiah,
    aggregate::event_names,
    ids::{PlanId, RedemptionId, ServiceId, UserId},
    text::Reason,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CouponEvent {
    #[serde(rename = "coupon.created")]
    Created {
        code: CouponCode,
        gives: Gives,
        limits: Box<Limits>,
        at: DateTime<Utc>,
    },
    /// Nobody redeems it any more; what was redeemed stays.
    #[serde(rename = "coupon.withdrawn")]
    Withdrawn { reason: Reason, at: DateTime<Utc> },
    #[serde(rename = "coupon.redeemed")]
    Redeemed {
        redemption_id: RedemptionId,
        user_id: UserId,
        at: DateTime<Utc>,
    },
    /// The order failed or was cancelled before any period of it began: the use is free again.
    #[serde(rename = "coupon.returned")]
    Returned {
        redemption_id: RedemptionId,
        at: DateTime<Utc>,
    },
}

/// What it gives to whoever redeems it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// Promotional credit that can be spent for so many days, the day of redeeming among them.
    Credit { amount: Rupiah, days: u32 },
    /// Something off the price of so many periods; of all of them where it does not say.
    Discount { off: Off, periods: Option<u32> },
    /// So many days at no price after the first period.
    FreeDays { days: u32 },
}

/// Who may redeem it, when, how often and for what. What is empty or left out limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The first Jakarta date on which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The last Jakarta date on which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// Whether a customer may redeem it more than once.
    #[serde(default)]
    pub repeatable: bool,
    /// Only for those who never had a subscription that became ready, and were never charged for anything that they did not
    /// get back; once, also where it could be used more often.
    #[serde(default)]
    pub new_customers: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<PlanId>,
}

event_names!(CouponEvent {
    Created => "coupon.created" v "1",
    Withdrawn => "coupon.withdrawn" v "1",
    Redeemed => "coupon.redeemed" v "1",
    Returned => "coupon.returned" v "1",
});
