//! Who a customer is where something is had once.

use super::{Parts, problem::Problem};
use crate::auth::{Person, field};
use purser_domain::{
    claim::ClaimId,
    coupon::{Coupon, CouponCode},
    decisions::Redeemer,
    ids::{ServiceId, SubscriptionId, UserId},
    user::User,
};
use purser_projections::{
    Projection as _,
    subscriptions::{self, Subscriptions},
    views::ViewsError,
};

impl Parts {
    /// The claims on a trial of this service; none of an account that is not there.
    pub(super) async fn trial_claims(
        &self,
        user_id: UserId,
        service_id: ServiceId,
    ) -> Result<Vec<ClaimId>, Problem> {
        let person = self.person(user_id).await?;
        let claims = person.map(|person| person.trial_claims(self.vault.keys(), service_id));
        Ok(claims.unwrap_or_default())
    }

    /// The claim on having everything back of an app of this service; none of an account that is not there.
    pub(super) async fn full_refund_claim(
        &self,
        user_id: UserId,
        service_id: ServiceId,
    ) -> Result<Option<ClaimId>, Problem> {
        let person = self.person(user_id).await?;
        let keys = self.vault.keys();
        Ok(person.map(|person| person.full_refund_claim(keys, service_id)))
    }

    /// Who this customer is for a coupon that he names, as often as he may.
    pub(super) async fn redeemer(
        &self,
        user_id: UserId,
        code: &CouponCode,
    ) -> Result<Redeemer, Problem> {
        self.accounts.names_coupon(user_id, code).await?;
        let person = self.person(user_id).await?;
        let coupon = self.states.load::<Coupon>(code).await?;
        let had = match coupon.is_for_new_customers() {
            true => self.had(user_id).await?,
            false => vec![],
        };
        Ok(Redeemer {
            mailbox: person.map(|person| person.coupon_claim(self.vault.keys(), code)),
            had,
        })
    }

    /// What began for this customer, as of now.
    async fn had(&self, user_id: UserId) -> Result<Vec<SubscriptionId>, Problem> {
        let head = self.states.head().await?;
        let mut views = self.at(&[Subscriptions::NAME], Some(head)).await?;
        let had = subscriptions::begun_of_user(&mut views, user_id).await;
        let had = had.map_err(ViewsError::from)?;
        Ok(had.into_iter().map(SubscriptionId::new).collect())
    }

    async fn person(&self, user_id: UserId) -> Result<Option<Person>, Problem> {
        let user = self.states.load::<User>(&user_id).await?;
        let Some(email) = user.email() else {
            return Ok(None);
        };
        let email = self.vault.open(email, field::EMAIL).await?;
        let phone = match user.phone() {
            Some(phone) => Some(self.vault.open(phone, field::PHONE).await?),
            None => None,
        };
        Ok(Some(Person::new(&email, phone)))
    }
}
