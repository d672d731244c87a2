use super::{CouponCode, Gives, Limits, Use};
use crate::{
    ids::{RedemptionId, UserId},
    text::Reason,
};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum CouponCommand {
    Create {
        code: CouponCode,
        gives: Gives,
        limits: Box<Limits>,
        at: DateTime<Utc>,
    },
    Withdraw {
        reason: Reason,
        at: DateTime<Utc>,
    },
    Redeem(Redeeming),
    /// No period of what it was redeemed for began.
    Return {
        redemption_id: RedemptionId,
        at: DateTime<Utc>,
    },
}

/// Who wants to use it, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Redeeming {
    pub redemption_id: RedemptionId,
    pub user_id: UserId,
    /// Whether nothing was ever charged to him that he did not get back, and no subscription of his ever became ready.
    pub new_customer: bool,
    pub wanted: Use,
    pub at: DateTime<Utc>,
}
