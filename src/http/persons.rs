//! Who a customer is where something is had once.

use super::{Parts, problem::Problem};
use crate::auth::{Person, field};
use purser_domain::{
    claim::ClaimId,
    ids::{ServiceId, UserId},
    user::User,
};

impl Parts {
    /// The claims on a trial of this service; none of an account that is not there.
    pub(super) async fn trial_claims(
        &self,
        user_id: UserId,
        service_id: ServiceId,
    ) -> Result<Vec<ClaimId>, Problem> {
        let user = self.states.load::<User>(&user_id).await?;
        let Some(email) = user.email() else {
            return Ok(vec![]);
        };
        let email = self.vault.open(email, field::EMAIL).await?;
        let phone = match user.phone() {
            Some(phone) => Some(self.vault.open(phone, field::PHONE).await?),
            None => None,
        };
        Ok(Person::new(&email, phone).trial_claims(self.vault.keys(), service_id))
    }
}
