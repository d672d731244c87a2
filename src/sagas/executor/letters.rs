//! Sending letters. The effect's id is the Message-ID at every attempt.

use super::{Effects, from_store, from_vault};
use crate::{
    auth::{AddressProofs, ResetTokens, VaultError, field},
    faults,
    kubernetes::LogQuery,
    mail::{FreeTime, Letter as Mail, MailError, Message, Rendered},
    sagas::{Letter, Outcome, Task},
};
use purser_domain::{
    ids::{InstanceId, SubscriptionId, UserId, WalletId},
    instance::Instance,
    period::Period,
    sealed::Sealed,
    subscription::{Subscription, Terms},
    top_up::TopUp,
    user::{Locale, User},
    wallet::Wallet,
};
use std::time::Duration;
use tokio::time::timeout;

/// How many lines of an app's log stand in a letter, and how much of each.
const LINES: i64 = 5;
const LINE: usize = 200;
/// For how long a letter waits for what an app printed: whoever is to read it is to have it while it counts.
const LINES_WITHIN: Duration = Duration::from_secs(3);

impl Effects {
    pub(super) async fn send(&self, task: &Task, to: UserId, letter: &Letter) -> Outcome {
        let mail = match self.compose(task, to, letter).await {
            Ok(mail) => mail,
            Err(outcome) => return outcome,
        };
        self.hand_over(&mail).await
    }

    pub(super) async fn hand_over(&self, mail: &Mail) -> Outcome {
        match self.mailer.send(mail).await {
            Ok(()) => {
                faults::reach("mailed");
                Outcome::Done
            }
            Err(error) => {
                let text = crate::chain_of(&error);
                match error {
                    MailError::Permanent { .. } => Outcome::Dead { error: text },
                    MailError::Unanswered { .. } => Outcome::Unanswered { error: text },
                    MailError::Temporary { .. } => Outcome::Retry {
                        error: text,
                        after: None,
                    },
                }
            }
        }
    }

    /// There is nothing to tell of an app that is gone by now.
    pub(super) async fn send_to_owner(
        &self,
        task: &Task,
        id: InstanceId,
        letter: &Letter,
    ) -> Outcome {
        match self.states.load::<Instance>(&id).await {
            Ok(instance) if instance.is_removed() => Outcome::Done,
            Ok(instance) => match instance.wanted() {
                Some(wanted) => self.send(task, wanted.user_id, letter).await,
                None => Outcome::Dead {
                    error: format!("there is no instance {id}"),
                },
            },
            Err(error) => from_store(error),
        }
    }

    pub(super) async fn send_to_payer(
        &self,
        task: &Task,
        id: WalletId,
        letter: &Letter,
    ) -> Outcome {
        match self.states.load::<Wallet>(&id).await {
            Ok(wallet) => match wallet.owner() {
                Some(owner) => self.send(task, owner, letter).await,
                None => Outcome::Dead {
                    error: format!("there is no wallet {id}"),
                },
            },
            Err(error) => from_store(error),
        }
    }

    async fn compose(&self, task: &Task, to: UserId, letter: &Letter) -> Result<Mail, Outcome> {
        let user = self.states.load::<User>(&to).await.map_err(from_store)?;
        let (Some(name), Some(email)) = (user.name(), user.email()) else {
            return Err(Outcome::Dead {
                error: format!("there is no user {to}"),
            });
        };
        // There is nobody left to write to.
        if user.is_erased() {
            return Err(Outcome::Done);
        }
        let name = self.open_or_done(name, field::NAME).await?;
        let email = self.open_or_done(email, field::EMAIL).await?;
        let (message, attachment) = match letter {
            Letter::Document { document_id } => {
                let (message, pdf) = self.document(name, *document_id).await?;
                (message, Some(pdf))
            }
            letter => (self.message(name, to, &email, letter).await?, None),
        };
        let rendered = self.rendered(&message, user.locale())?;
        Ok(Mail {
            attachment,
            message_id: task.effect_id,
            to: email.parse().map_err(|error| Outcome::Dead {
                error: format!("the address {error}"),
            })?,
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            correlation_id: task.correlation_id,
            locale: user.locale(),
            at: self.clock.now(),
        })
    }

    /// Opens what belongs to whom something is done for. Where his key was destroyed meanwhile there is nobody left to do it for,
    /// and nothing for an operator to look at.
    pub(super) async fn open_or_done(
        &self,
        sealed: &Sealed,
        field: &str,
    ) -> Result<String, Outcome> {
        match self.vault.open(sealed, field).await {
            Err(VaultError::Erased) => Err(Outcome::Done),
            opened => opened.map_err(from_vault),
        }
    }

    pub(super) fn rendered(&self, message: &Message, locale: Locale) -> Result<Rendered, Outcome> {
        let rendered = self.letters.render(message, locale);
        rendered.map_err(|error| Outcome::Dead {
            error: crate::chain_of(&error),
        })
    }

    pub(super) async fn name_of(&self, id: UserId) -> Result<String, Outcome> {
        let user = self.states.load::<User>(&id).await.map_err(from_store)?;
        let name = user.name().ok_or_else(|| Outcome::Dead {
            error: format!("there is no user {id}"),
        })?;
        self.open(name, field::NAME).await
    }

    /// Where whoever reads this letter proves that its address is his.
    fn verify_url(&self, to: UserId, email: &str) -> String {
        let proofs = AddressProofs::new(self.vault.keys());
        let token = proofs.make(to, email, self.clock.now());
        format!("{}/verify-email?token={token}", self.panel_url)
    }

    /// Where whoever reads this letter chooses another password. The token stands behind the `#`: a browser sends that nowhere,
    /// so that it is in no log and in no Referer.
    async fn reset_url(&self, to: UserId) -> Result<String, Outcome> {
        let user = self.states.load::<User>(&to).await.map_err(from_store)?;
        let tokens = ResetTokens::new(self.vault.keys());
        let token = tokens.make(to, user.times_shut(), self.clock.now());
        Ok(format!("{}/reset-password#token={token}", self.panel_url))
    }

    async fn message(
        &self,
        name: String,
        to: UserId,
        email: &str,
        letter: &Letter,
    ) -> Result<Message, Outcome> {
        Ok(match letter {
            Letter::Welcome => Message::Welcome {
                name,
                verify_url: self.verify_url(to, email),
            },
            Letter::VerifyAddress => Message::VerifyAddress {
                name,
                verify_url: self.verify_url(to, email),
            },
            Letter::ResetPassword => Message::ResetPassword {
                name,
                reset_url: self.reset_url(to).await?,
            },
            Letter::PaymentReceived { amount, top_up_id } => {
                let (top_up, wallet) = self
                    .states
                    .load_both::<TopUp, Wallet>(top_up_id, &WalletId::of(to))
                    .await
                    .map_err(from_store)?;
                let reference = top_up.order_id().unwrap_or_default().to_owned();
                Message::PaymentReceived {
                    name,
                    amount: *amount,
                    balance: Some(wallet.balance()),
                    reference,
                }
            }
            Letter::SubscriptionCreated {
                subscription_id,
                service,
                plan,
                price,
                with,
            } => Message::SubscriptionCreated {
                name,
                service: service.to_string(),
                plan: plan.to_string(),
                price: *price,
                with: with.clone(),
                url_host: self.host_of(&self.terms(*subscription_id).await?),
            },
            Letter::PodReady {
                subscription_id,
                start,
                end,
            } => {
                let terms = self.terms(*subscription_id).await?;
                let (start, end) = (*start, *end);
                let free = terms.free_until(Period { start, end });
                Message::PodReady {
                    name,
                    service: terms.service.to_string(),
                    url: format!("https://{}/", self.host_of(&terms)),
                    period_start: start,
                    period_end: end,
                    free: free.map(|until| FreeTime {
                        until,
                        then: terms.trial.is_none().then_some(terms.price),
                    }),
                    panel_url: format!("{}/pods/{}", self.panel_url, terms.instance_id),
                }
            }
            Letter::PodFailed {
                subscription_id,
                cause,
                refunded,
            } => {
                let service = self.terms(*subscription_id).await?.service.to_string();
                Message::PodFailed {
                    name,
                    service,
                    refunded: *refunded,
                    reason: *cause,
                }
            }
            Letter::About {
                subscription_id,
                news,
            } => Message::About {
                name,
                service: self.terms(*subscription_id).await?.service.to_string(),
                panel_url: format!("{}/subscriptions/{subscription_id}", self.panel_url),
                news: news.clone(),
            },
            Letter::Document { document_id } => self.document(name, *document_id).await?.0,
            Letter::Notice { about } => Message::Notice {
                name,
                notice: about.clone(),
            },
            Letter::ApprovalWanted { approval_id } => {
                self.approval_wanted(name, *approval_id).await?
            }
            Letter::ApprovalDecided { approval_id } => {
                self.approval_decided(name, *approval_id).await?
            }
            Letter::PodUnhealthy {
                instance_id,
                unready,
            } => Message::PodUnhealthy {
                name,
                service: self.wanted_of(*instance_id).await?.service.to_string(),
                unready: *unready,
                last_lines: self.last_lines(*instance_id).await,
                panel_url: format!("{}/pods/{instance_id}", self.panel_url),
            },
            Letter::UsageWarning {
                instance_id,
                resource,
                percent,
                limit,
            } => Message::UsageWarning {
                name,
                service: self.wanted_of(*instance_id).await?.service.to_string(),
                resource: *resource,
                percent: *percent,
                limit: *limit,
                panel_url: format!("{}/pods/{instance_id}", self.panel_url),
            },
        })
    }

    /// What the app printed before it last ended, else what it prints now; the letter does not wait for it long.
    async fn last_lines(&self, id: InstanceId) -> Vec<String> {
        let lines = timeout(LINES_WITHIN, self.lines(id)).await;
        lines.unwrap_or_default()
    }

    async fn lines(&self, id: InstanceId) -> Vec<String> {
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        for previous in [true, false] {
            let query = LogQuery {
                tail_lines: Some(LINES),
                previous,
                ..LogQuery::default()
            };
            if let Ok(printed) = self.cluster.logs(&namespace, &query).await
                && !printed.trim().is_empty()
            {
                let lines = printed.lines();
                return lines
                    .map(|line| line.chars().take(LINE).collect())
                    .collect();
            }
        }
        vec![]
    }

    pub(super) async fn terms(&self, id: SubscriptionId) -> Result<Terms, Outcome> {
        let subscription = self
            .states
            .load::<Subscription>(&id)
            .await
            .map_err(from_store)?;
        subscription.terms().cloned().ok_or_else(|| Outcome::Dead {
            error: format!("there is no subscription {id}"),
        })
    }

    fn host_of(&self, terms: &Terms) -> String {
        format!(
            "{}.{}",
            terms.subdomain, self.cluster_settings.cluster_domain
        )
    }
}
