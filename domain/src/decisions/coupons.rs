//! A coupon that gives credit: its use and the grant commit together.

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    coupon::{Coupon, CouponCode, CouponCommand, CouponError, Gives, Redeeming, Use},
    ids::{GrantId, RedemptionId, UserId, WalletId},
    period::jakarta_date,
    user::User,
    wallet::{GrantCause, Wallet, WalletCommand, WalletError},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A customer redeems a coupon for his wallet.
#[derive(Clone, Debug)]
pub struct RedeemCoupon {
    pub coupon: CouponCode,
    pub redemption_id: RedemptionId,
    pub user_id: UserId,
    pub at: DateTime<Utc>,
}

/// What it gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponRedeemed {
    pub amount: Rupiah,
    /// The last Jakarta date on which it can be spent.
    pub expires_on: NaiveDate,
}

impl Decision for RedeemCoupon {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Wallet>(&WalletId::of(self.user_id)),
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<Coupon>(&self.coupon),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.state::<User>(&self.user_id).require_active()?;
        let wallet_id = WalletId::of(self.user_id);
        let redeeming = Redeeming {
            redemption_id: self.redemption_id,
            user_id: self.user_id,
            new_customer: work.state::<Wallet>(&wallet_id).is_new(),
            wanted: Use::Wallet,
            at: self.at,
        };
        let gives = work.state::<Coupon>(&self.coupon).gives();
        work.execute::<Coupon>(&self.coupon, CouponCommand::Redeem(redeeming))?;
        let Some(Gives::Credit { amount, days }) = gives else {
            return Err(CouponError::OnlyForOrders.into());
        };
        let expires_on = last_day(self.at, days)?;
        let grant = WalletCommand::Grant {
            grant_id: GrantId::of_redemption(self.redemption_id),
            amount,
            expires_on,
            cause: GrantCause::Coupon,
        };
        work.execute::<Wallet>(&wallet_id, grant)?;
        Ok(answer(CouponRedeemed { amount, expires_on }))
    }
}

/// The last of so many Jakarta dates, today among them.
pub(super) fn last_day(at: DateTime<Utc>, days: u32) -> Result<NaiveDate, WalletError> {
    let more = Days::new(days.saturating_sub(1).into());
    jakarta_date(at)
        .checked_add_days(more)
        .ok_or(WalletError::BeyondCalendar)
}
