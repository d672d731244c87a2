//! Codes of coupons, which nobody is to find by trying.

use super::accounts::{AccountError, Accounts};
use purser_domain::{
    coupon::{Coupon, CouponCode},
    ids::UserId,
};

impl Accounts {
    /// Counts that somebody names this code, before it is known whether there is such a coupon; only where there is none it goes
    /// on counting.
    ///
    /// # Errors
    /// [`AccountError::TooMany`] after too many that there are not, or the store's trouble.
    pub async fn names_coupon(
        &self,
        user_id: UserId,
        code: &CouponCode,
    ) -> Result<(), AccountError> {
        self.attempts.coupon(user_id).await?;
        let coupon = self.states.load::<Coupon>(code).await?;
        if coupon.gives().is_some() {
            self.attempts.was_a_coupon(user_id).await?;
        }
        Ok(())
    }
}
