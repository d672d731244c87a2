//! Who redeems a coupon, and one that gives credit: its use and the grant commit together.

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    claim::{Claim, ClaimCommand, ClaimId, ClaimKind},
    coupon::{Coupon, CouponCode, CouponCommand, CouponError, Gives, Redeeming, Use},
    ids::{GrantId, RedemptionId, SubscriptionId, UserId, WalletId},
    period::jakarta_date,
    subscription::Subscription,
    user::{User, UserError},
    wallet::{GrantCause, Wallet, WalletCommand, WalletError},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A customer redeems a coupon for his wallet.
#[derive(Clone, Debug)]
pub struct RedeemCoupon {
    pub coupon: CouponCode,
    pub redemption_id: RedemptionId,
    pub user_id: UserId,
    pub redeemer: Redeemer,
    pub at: DateTime<Utc>,
}

/// Who redeems a coupon, as far as his account alone does not tell. An address is made up in a moment, so coupons are for
/// those who have proven theirs, as trials are (billing rule 44), and a mailbox uses once what a person uses once.
#[derive(Clone, Debug, Default)]
pub struct Redeemer {
    /// The claim that keeps his mailbox from another use of this coupon.
    pub mailbox: Option<ClaimId>,
    /// What he had so far, where the coupon is for new customers; each is looked at once more.
    pub had: Vec<SubscriptionId>,
}

impl Redeemer {
    pub(super) fn streams(&self) -> impl Iterator<Item = StreamId> {
        let mailbox = self.mailbox.iter().map(StreamId::of::<Claim>);
        mailbox.chain(self.had.iter().map(StreamId::of::<Subscription>))
    }

    /// New is who never had a subscription that became ready and was never charged for anything that he did not get back:
    /// also what cost nothing, or came back whole afterwards, was had.
    pub(super) fn is_new(&self, work: &mut Work<'_>, wallet_id: WalletId) -> bool {
        let mut had = self.had.iter();
        let none_ran = had.all(|id| work.state::<Subscription>(id).active_since().is_none());
        none_ran && work.state::<Wallet>(&wallet_id).is_new()
    }

    /// Uses the coupon. What keeps the mailbox from another use, held by `holder`, where it is used once.
    pub(super) fn redeem(
        &self,
        work: &mut Work<'_>,
        code: &CouponCode,
        redeeming: Redeeming,
        holder: Uuid,
    ) -> Result<Option<ClaimId>, Refused> {
        work.execute::<Coupon>(code, CouponCommand::Redeem(redeeming))?;
        work.state::<User>(&redeeming.user_id).require_verified()?;
        if !work.state::<Coupon>(code).is_once_per_person() {
            return Ok(None);
        }
        let mailbox = self.mailbox.as_ref().ok_or(UserError::EmailNotVerified)?;
        let held_by = work.state::<Claim>(mailbox).holder();
        if held_by.is_some_and(|held_by| held_by != holder) {
            return Err(CouponError::AlreadyUsed.into());
        }
        let kind = ClaimKind::Coupon;
        work.execute::<Claim>(mailbox, ClaimCommand::Take { kind, holder })?;
        Ok(Some(mailbox.clone()))
    }
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
        let own = [
            StreamId::of::<Wallet>(&WalletId::of(self.user_id)),
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<Coupon>(&self.coupon),
        ];
        own.into_iter().chain(self.redeemer.streams()).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.state::<User>(&self.user_id).require_active()?;
        let wallet_id = WalletId::of(self.user_id);
        let redeeming = Redeeming {
            redemption_id: self.redemption_id,
            user_id: self.user_id,
            new_customer: self.redeemer.is_new(work, wallet_id),
            wanted: Use::Wallet,
            at: self.at,
        };
        let gives = work.state::<Coupon>(&self.coupon).gives();
        let holder = self.redemption_id.uuid();
        self.redeemer
            .redeem(work, &self.coupon, redeeming, holder)?;
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
