//! Erasing a person: what could speak against it is looked up, and the decision looks again.

use super::{Parts, caller::Admin, problem::Problem};
use crate::store::{Committed, Context};
use purser_domain::{
    decisions::ErasePerson,
    ids::{UserId, WalletId},
    text::Reason,
    user::User,
    wallet::Wallet,
};
use purser_projections::{
    Projection as _,
    cases::{self, Cases},
    subscriptions::{self, Subscriptions},
    top_ups::{self, TopUps},
    views::ViewsError,
};

impl Parts {
    /// Erases somebody for whom nothing is under way.
    pub(super) async fn erase(
        &self,
        admin: &Admin,
        context: &Context,
        user_id: UserId,
        reason: Reason,
    ) -> Result<Committed, Problem> {
        // These first: whatever is ordered after this changes the wallet, and who is shut out orders nothing.
        let wallet_id = WalletId::of(user_id);
        let (user, wallet) = self
            .states
            .load_both::<User, Wallet>(&user_id, &wallet_id)
            .await?;
        let head = self.states.head().await?;
        let mut views = self
            .at(
                &[Subscriptions::NAME, TopUps::NAME, Cases::NAME],
                Some(head),
            )
            .await?;
        let at = self.clock.now();
        let subscriptions = subscriptions::open_of_user(&mut views, user_id).await;
        let top_ups = top_ups::open_of_user(&mut views, user_id, at).await;
        let cases = cases::open_of_wallet(&mut views, wallet_id).await;
        let erase = ErasePerson {
            user_id,
            by: admin.id(),
            proven: admin.is_proven(),
            shut_seen: user.times_shut(),
            address: self.accounts.claim_of(&user).await?,
            subscriptions: subscriptions.map_err(ViewsError::from)?,
            top_ups: top_ups.map_err(ViewsError::from)?,
            cases: cases.map_err(ViewsError::from)?,
            wallet_seen: wallet.version,
            reason,
            at,
        };
        Ok(self.appender.execute(context.command(erase)).await?)
    }
}
