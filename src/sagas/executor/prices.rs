//! Telling whoever has a plan of its new price. A page asks for its letters and for the next page in one transaction, each
//! under an id that follows from the event and the subscription: what is done again asks for nothing twice.

use super::{Effects, from_store};
use crate::{
    mail::News,
    sagas::{
        Effect, Letter, Outcome, Prices, Repriced, Saga, Task,
        storage::{self, Cause},
    },
};
use purser_domain::{
    ids::{SubscriptionId, UserId},
    service::{PriceNotice, Service},
    subscription::Subscription,
};
use purser_projections::{
    Projection, checkpoint,
    subscriptions::{Subscriptions, renewing_of_plan},
};
use std::time::Duration;
use uuid::Uuid;

/// How many subscriptions are looked at in one attempt.
const PAGE: i64 = 100;
/// How often is looked whether the read model has come as far as the price.
const LOOK: Duration = Duration::from_millis(250);

/// What is asked for: in which instance of the saga, under which step.
type Asked = (Uuid, String, Effect);

impl Effects {
    pub(super) async fn announce_price(&self, task: &Task, repriced: Repriced) -> Outcome {
        let page = match self.page(&repriced).await {
            Ok(Some(page)) => page,
            Ok(None) => return Outcome::Wait(LOOK),
            Err(error) => return from_store(error.into()),
        };
        let mut asked = Vec::new();
        for id in &page {
            match self.price_letter(*id, &repriced).await {
                Ok(letter) => asked.extend(letter),
                Err(outcome) => return outcome,
            }
        }
        asked.extend(next_page(&page, repriced));
        let cause = Cause {
            position: repriced.position,
            correlation_id: task.correlation_id,
            customer: None,
        };
        match self.ask(asked, cause).await {
            Ok(()) => Outcome::Done,
            Err(error) => from_store(error.into()),
        }
    }

    /// Whoever switches automatic renewal on, or comes to another plan, was not there when it was announced.
    pub(super) async fn tell_new_price(
        &self,
        task: &Task,
        id: SubscriptionId,
        next: bool,
    ) -> Outcome {
        let terms = match self.terms(id).await {
            Ok(terms) => terms,
            Err(outcome) => return outcome,
        };
        let found = self
            .states
            .load_both::<Subscription, Service>(&id, &terms.service_id);
        let (subscription, service) = match found.await {
            Ok(found) => found,
            Err(error) => return from_store(error),
        };
        let notice_days = self.policy.notice_days;
        let notice = match next {
            true => service.newest_notice(&subscription, notice_days),
            false => {
                let later = service.later_notice(&subscription, notice_days);
                later.map(|(_, notice)| notice)
            }
        };
        let Some((to, news)) = self.price_news(&subscription, notice) else {
            return Outcome::Done;
        };
        let letter = Letter::About {
            subscription_id: id,
            news,
        };
        self.send(task, to, &letter).await
    }

    /// Who may have to be told; `None` where who had the plan by then is not known yet.
    async fn page(&self, repriced: &Repriced) -> sqlx::Result<Option<Vec<SubscriptionId>>> {
        let mut rows = self.pool.acquire().await?;
        if checkpoint::position(&mut rows, Subscriptions::NAME).await? < repriced.position {
            return Ok(None);
        }
        let page = renewing_of_plan(&mut rows, repriced.plan_id, repriced.after, PAGE).await?;
        Ok(Some(page))
    }

    async fn price_letter(
        &self,
        subscription_id: SubscriptionId,
        repriced: &Repriced,
    ) -> Result<Option<Asked>, Outcome> {
        let (subscription, service) = self
            .states
            .load_both::<Subscription, Service>(&subscription_id, &repriced.service_id)
            .await
            .map_err(from_store)?;
        let notice = service.price_notice(&subscription, repriced.at, self.policy.notice_days);
        let Some((to, news)) = self.price_news(&subscription, notice) else {
            return Ok(None);
        };
        let letter = Box::new(Letter::About {
            subscription_id,
            news,
        });
        let send = Effect::Send { to, letter };
        Ok(Some((subscription_id.uuid(), repriced.letter_step(), send)))
    }

    /// With VAT as it is charged, and without what a coupon takes off.
    fn price_news(
        &self,
        subscription: &Subscription,
        notice: Option<PriceNotice>,
    ) -> Option<(UserId, News)> {
        let (notice, terms) = notice.zip(subscription.terms())?;
        let vat = terms.vat.renewed_under(self.policy.vat);
        let price = vat.charged(notice.price);
        let news = News::PriceChanged {
            before: vat.charged(notice.before),
            price,
            instead_of: notice.instead_of.map(|price| vat.charged(price)),
            counts_on: notice.counts_on,
            from: notice.from,
            coupon: subscription.discount(price, vat).is_some(),
        };
        Some((terms.user_id, news))
    }

    async fn ask(&self, asked: Vec<Asked>, cause: Cause) -> sqlx::Result<()> {
        let mut transaction = self.pool.begin().await?;
        for (instance, step, effect) in asked {
            let (saga, effect) = (Prices::NAME, &effect);
            storage::ask(&mut transaction, saga, instance, &step, effect, cause).await?;
        }
        transaction.commit().await
    }
}

/// What is behind a page that was full.
fn next_page(page: &[SubscriptionId], repriced: Repriced) -> Option<Asked> {
    let is_full = i64::try_from(page.len()).is_ok_and(|found| found >= PAGE);
    let after = page.last().copied().filter(|_| is_full)?;
    let next = Repriced {
        after: Some(after),
        ..repriced
    };
    let effect = Effect::AnnouncePrice(next);
    Some((repriced.service_id.uuid(), next.step(), effect))
}
