//! Telling a customer what is ahead of a subscription: its renewal, or what the credit lacks for it.

use super::{Effects, from_store};
use crate::{
    mail::News,
    sagas::{
        Effect, Letter, Outcome, Renewal, Saga, Task, mails,
        saga::effect_id,
        storage::{self, Cause},
    },
};
use chrono::NaiveDate;
use purser_domain::{
    decisions::Turn,
    ids::{InstanceId, MailId, SubscriptionId, UserId},
    period::{day_begins, jakarta_date},
    service::Service,
    subscription::{Due, Subscription},
    wallet::{Coming, Wallet},
};
use purser_projections::subscriptions::renewing_of_user;

/// Who is told, and what.
type Told = (UserId, News);

impl Effects {
    /// A reminder whose day has passed is dropped, and so is one of what was renewed or cancelled meanwhile. The first time
    /// that credit is found missing, the letter about that is sent in its place.
    pub(super) async fn remind(
        &self,
        task: &Task,
        id: SubscriptionId,
        on: NaiveDate,
        first: bool,
    ) -> Outcome {
        let (to, news) = match self.ahead(id, on).await {
            Ok(Some(told)) => told,
            Ok(None) => return Outcome::Done,
            Err(outcome) => return outcome,
        };
        match self.warn(task, id, to, &news).await {
            Ok(true) => return Outcome::Done,
            Ok(false) => {}
            Err(outcome) => return outcome,
        }
        let needs_nothing = matches!(
            news,
            News::Expiring {
                missing,
                automatic: true,
                ..
            } if missing.is_zero()
        );
        if needs_nothing && !first {
            return Outcome::Done;
        }
        let letter = Letter::About {
            subscription_id: id,
            news,
        };
        self.send(task, to, &letter).await
    }

    /// Looks whether the credit reaches, on a day on which nobody is reminded.
    pub(super) async fn warn_of_credit(
        &self,
        task: &Task,
        id: SubscriptionId,
        on: NaiveDate,
    ) -> Outcome {
        let warned = match self.ahead(id, on).await {
            Ok(Some((to, news))) => self.warn(task, id, to, &news).await,
            Ok(None) => return Outcome::Done,
            Err(outcome) => return outcome,
        };
        match warned {
            Ok(_) => Outcome::Done,
            Err(outcome) => outcome,
        }
    }

    /// Asks for the letter about missing credit, which is sent once a period. Says whether today is its day, also where this
    /// is another attempt of what asked for it.
    async fn warn(
        &self,
        task: &Task,
        id: SubscriptionId,
        to: UserId,
        news: &News,
    ) -> Result<bool, Outcome> {
        let News::Expiring {
            on,
            price,
            missing,
            automatic: true,
        } = *news
        else {
            return Ok(false);
        };
        let today = jakarta_date(self.clock.now());
        let days = (on - today).num_days();
        if missing.is_zero() || days > i64::from(self.policy.low_credit_days) {
            return Ok(false);
        }
        let news = News::CreditLow {
            as_of: today,
            on,
            price,
            missing,
        };
        let letter = Letter::About {
            subscription_id: id,
            news,
        };
        let asked = self.ask_once(task, id, on, to, letter).await;
        let asked = asked.map_err(|error| from_store(error.into()))?;
        Ok(asked == Some(today))
    }

    /// As of which day the letter was asked for first.
    async fn ask_once(
        &self,
        task: &Task,
        id: SubscriptionId,
        on: NaiveDate,
        to: UserId,
        letter: Letter,
    ) -> sqlx::Result<Option<NaiveDate>> {
        let (saga, instance) = (Renewal::NAME, InstanceId::of(id).uuid());
        let step = format!("credit-low-{on}");
        let letter = Box::new(letter);
        let effect = Effect::Send { to, letter };
        let cause = Cause {
            position: 0,
            correlation_id: task.correlation_id,
            customer: None,
        };
        let mut rows = self.pool.acquire().await?;
        storage::ask(&mut rows, saga, instance, &step, &effect, cause).await?;
        drop(rows);
        let asked = MailId::new(effect_id(saga, instance, &step));
        Ok(mails::asked(&self.pool, asked).await?.and_then(as_of))
    }

    /// What is ahead; `None` where nobody has to know of it any more.
    async fn ahead(&self, id: SubscriptionId, on: NaiveDate) -> Result<Option<Told>, Outcome> {
        let subscription = self.states.load::<Subscription>(&id).await;
        let subscription = subscription.map_err(from_store)?;
        let at_its_end = subscription.due(day_begins(on));
        let is_wanted = subscription.paid_until() == Some(on) && at_its_end != Due::End;
        let Some(terms) = subscription.terms() else {
            return Ok(None);
        };
        if jakarta_date(self.clock.now()) >= on || !is_wanted {
            return Ok(None);
        }
        let news = match subscription.is_trial() {
            true => Some(News::TrialEnding { end: on }),
            false => self.expiring(id, &subscription, on).await?,
        };
        Ok(news.map(|news| (terms.user_id, news)))
    }

    async fn expiring(
        &self,
        id: SubscriptionId,
        subscription: &Subscription,
        on: NaiveDate,
    ) -> Result<Option<News>, Outcome> {
        let Some(terms) = subscription.terms() else {
            return Ok(None);
        };
        let (wallet, service) = self
            .states
            .load_both::<Wallet, Service>(&terms.wallet_id, &terms.service_id)
            .await
            .map_err(from_store)?;
        let then = day_begins(on);
        let Some(last) = self.policy.coming(subscription, &service, then) else {
            return Ok(None);
        };
        let mut coming = match Turn::of(subscription, self.clock.now()) {
            Some(turn) => self.coming_before(terms.user_id, (turn, id)).await?,
            // Whoever renews it does so now.
            None => vec![],
        };
        coming.push(last);
        Ok(Some(News::Expiring {
            on,
            price: last.amount,
            missing: wallet.lacks_for(&coming),
            automatic: subscription.renews(),
        }))
    }

    /// What a customer's other renewals take before it is this one's turn, in their order.
    async fn coming_before(
        &self,
        of: UserId,
        turn: (Turn, SubscriptionId),
    ) -> Result<Vec<Coming>, Outcome> {
        let others = self.renewing_of(of).await;
        let others = others.map_err(|error| from_store(error.into()))?;
        let now = self.clock.now();
        let mut before = Vec::new();
        for id in others {
            let other = self.states.load::<Subscription>(&id).await;
            let other = other.map_err(from_store)?;
            let its_turn = Turn::of(&other, now).map(|its| (its, id));
            if let Some(its_turn) = its_turn.filter(|its| *its < turn) {
                before.extend(
                    self.taken_by(&other)
                        .await?
                        .map(|coming| (its_turn, coming)),
                );
            }
        }
        before.sort_by_key(|(its_turn, _)| *its_turn);
        Ok(before.into_iter().map(|(_, coming)| coming).collect())
    }

    async fn renewing_of(&self, user: UserId) -> sqlx::Result<Vec<SubscriptionId>> {
        let mut rows = self.pool.acquire().await?;
        renewing_of_user(&mut rows, user).await
    }

    /// What a renewal takes on its day; now, where that has come.
    async fn taken_by(&self, subscription: &Subscription) -> Result<Option<Coming>, Outcome> {
        let (Some(terms), Some(until)) = (subscription.terms(), subscription.paid_until()) else {
            return Ok(None);
        };
        let service = self.states.load::<Service>(&terms.service_id).await;
        let service = service.map_err(from_store)?;
        let at = day_begins(until).max(self.clock.now());
        Ok(self.policy.coming(subscription, &service, at))
    }
}

/// As of which day a letter says that credit is missing.
fn as_of(asked: Effect) -> Option<NaiveDate> {
    let Effect::Send { letter, .. } = asked else {
        return None;
    };
    match *letter {
        Letter::About {
            news: News::CreditLow { as_of, .. },
            ..
        } => Some(as_of),
        _ => None,
    }
}
