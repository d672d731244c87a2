//! Runs effects: the one place where sagas meet the cluster, the gateway and the mail server. Every
//! attempt of an effect leads to the same thing, because all of them honour its id.

mod alerts;
mod approvals;
mod cases;
mod erasing;
mod healing;
mod lately;
mod letters;
mod mails;
mod operations;
mod paper;
mod parameters;
mod passwords;
mod payments;
mod prices;
mod provisioning;
mod refunds;
mod reminders;
mod renewals;
mod repairs;
mod welcome;
mod workers;

use super::{Effect, Execute, Executor, Outcome, Task};
use crate::{
    auth::{Vault, VaultError},
    clock::Clock,
    kubernetes::{AppMail, Cluster, ClusterSettings, Recipes},
    mail::{Letters, Mailer},
    paper::{Archive, Issuer},
    payments::Midtrans,
    store::{Appender, Command, CommandError, Committed, States, StoreError},
};
use async_trait::async_trait;
use purser_domain::{
    Actor, Decision,
    decisions::{ActivateOrder, ConfirmResume, FailOrder, Live, One, Policy, UsedUp},
    ids::{InstanceId, SubscriptionId, WalletId, derived},
    instance::LifeCommand,
    subscription::Subscription,
    wallet::{Wallet, WalletCommand},
};
use sqlx::PgPool;
use std::sync::Arc;
use uuid::Uuid;

pub use alerts::Alerts;
pub use lately::Lately;
pub use repairs::{Repair, Repaired};
pub use welcome::WelcomeBonus;

/// Everything that effects need.
pub struct Effects {
    pub appender: Appender,
    pub states: Arc<States>,
    /// Where letters are found that were sent.
    pub pool: PgPool,
    pub vault: Vault,
    pub clock: Clock,
    pub cluster: Cluster,
    pub recipes: Arc<Recipes>,
    pub cluster_settings: ClusterSettings,
    /// Through whom apps send their mail.
    pub app_mail: Option<AppMail>,
    pub gateway: Arc<Midtrans>,
    pub mailer: Mailer,
    pub letters: Letters,
    /// Who issues paper.
    pub issuer: Issuer,
    /// What was issued, to be attached to letters.
    pub archive: Archive,
    /// Who is told of what waits for an operator.
    pub alerts: Option<Alerts>,
    /// Who of the staff owns a case from the beginning; the administrators together where it is missing.
    pub case_owner: Option<purser_domain::text::Email>,
    /// Where customers fetch their sign-in.
    pub panel_url: String,
    /// How long subscriptions are waited for.
    pub policy: Policy,
    /// For how many minutes credit of a channel that takes payments back buys nothing new.
    pub topup_wait_minutes: u32,
    /// For how many days the name of a removed app is kept for its customer.
    pub quarantine_days: u32,
    /// What whoever has proven his address is welcomed with; nothing where it is missing.
    pub welcome: Option<WelcomeBonus>,
    /// What waiting effects have applied.
    pub lately: Lately,
}

#[async_trait]
impl Executor for Effects {
    async fn run(&self, task: &Task) -> Outcome {
        let outcome = self.attempt(task).await;
        if !matches!(outcome, Outcome::Wait(_)) {
            self.lately.forget(task.effect_id);
        }
        outcome
    }
}

impl Effects {
    async fn attempt(&self, task: &Task) -> Outcome {
        match &task.effect {
            Effect::Apply {
                subscription_id,
                step,
            } => self.apply(task, *subscription_id, *step).await,
            Effect::Remove { subscription_id } => self.remove(task, *subscription_id).await,
            Effect::ReportStuck { instance_id } => self.report_stuck(task, *instance_id).await,
            Effect::Operate {
                instance_id,
                operation,
                action,
            } => self.operate(task, *instance_id, *operation, *action).await,
            Effect::Heal {
                instance_id,
                attempt,
            } => self.heal(task, *instance_id, *attempt).await,
            Effect::KeepPassword {
                instance_id,
                operation,
            } => self.keep_password(task, *instance_id, *operation).await,
            Effect::CheckPayment {
                top_up_id,
                page_over,
            } => self.check_payment(task, *top_up_id, *page_over).await,
            Effect::Refund {
                top_up_id,
                payout_id,
            } => self.refund(task, *top_up_id, *payout_id).await,
            Effect::Issue { paper } => self.issue(task, paper).await,
            Effect::Send { to, letter } => self.send(task, *to, letter).await,
            Effect::Remind {
                subscription_id,
                on,
                first,
            } => self.remind(task, *subscription_id, *on, *first).await,
            Effect::WarnOfCredit {
                subscription_id,
                on,
            } => self.warn_of_credit(task, *subscription_id, *on).await,
            Effect::AnnouncePrice(repriced) => self.announce_price(task, *repriced).await,
            Effect::TellNewPrice {
                subscription_id,
                next,
            } => self.tell_new_price(task, *subscription_id, *next).await,
            Effect::PayArrears { subscriptions, at } => {
                self.pay_arrears(task, subscriptions, *at).await
            }
            Effect::Alert { alert } => self.alert(task, alert).await,
            Effect::SendToOwner {
                instance_id,
                letter,
            } => self.send_to_owner(task, *instance_id, letter).await,
            Effect::SendToPayer { wallet_id, letter } => {
                self.send_to_payer(task, *wallet_id, letter).await
            }
            Effect::Resend { mail_id } => self.resend(task, *mail_id).await,
            Effect::Cordon { worker_id } => self.cordon(*worker_id).await,
            Effect::Drain { worker_id } => self.drain(task, *worker_id).await,
            Effect::GiveUpDrain { worker_id, drain } => {
                self.give_up_drain(task, *worker_id, *drain).await
            }
            Effect::Erase { user_id } => self.erase(*user_id).await,
            Effect::Execute(execute) => self.execute(task, execute).await,
        }
    }

    async fn execute(&self, task: &Task, execute: &Execute) -> Outcome {
        match *execute {
            Execute::Activate {
                subscription_id,
                at,
            } => {
                let activate = ActivateOrder {
                    subscription_id,
                    at,
                };
                self.decide(task, "purchase", activate).await
            }
            Execute::Fail {
                subscription_id,
                cause,
                at,
            } => {
                let terms = match self.terms(subscription_id).await {
                    Ok(terms) => terms,
                    Err(outcome) => return outcome,
                };
                let fail = FailOrder {
                    subscription_id,
                    wallet_id: terms.wallet_id,
                    cause,
                    on_behalf_of: None,
                    used: UsedUp::of(&terms),
                    at,
                };
                self.decide(task, "purchase", fail).await
            }
            Execute::FailOperation {
                instance_id,
                operation,
                cause,
                at,
            } => {
                self.fail_operation(task, instance_id, operation, cause, at)
                    .await
            }
            Execute::LiftHold {
                instance_id,
                hold,
                at,
            } => {
                let command = LifeCommand::LiftHold { kind: hold, at };
                self.live(task, "holds", instance_id, command).await
            }
            Execute::Advance {
                subscription_id,
                at,
            } => self.advance(task, subscription_id, at).await,
            Execute::ConfirmResume {
                subscription_id,
                at,
            } => {
                let confirm = ConfirmResume {
                    subscription_id,
                    at,
                };
                self.decide(task, "renewals", confirm).await
            }
            Execute::FailResume {
                subscription_id,
                at,
            } => self.fail_resume(task, subscription_id, at).await,
            Execute::ConfirmPlanChange {
                subscription_id,
                at,
            } => self.confirm_plan_change(task, subscription_id, at).await,
            Execute::FailPlanChange {
                subscription_id,
                at,
            } => self.fail_plan_change(task, subscription_id, at).await,
            Execute::CreditLostDay {
                subscription_id,
                day,
                at,
            } => self.credit_lost_day(task, subscription_id, day, at).await,
            Execute::ExpireApproval { approval_id, at } => {
                self.expire_approval(task, approval_id, at).await
            }
            Execute::GrantWelcome { user_id, at } => self.welcome(task, user_id, at).await,
            Execute::ExpireGrants { wallet_id, at } => {
                let expire = One::<Wallet> {
                    id: wallet_id,
                    command: WalletCommand::ExpireGrants { at },
                };
                self.decide(task, "expiry", expire).await
            }
            Execute::Degrade { instance_id, at } => {
                let command = LifeCommand::Degrade { at };
                self.live(task, "healing", instance_id, command).await
            }
            Execute::CountDowntime { instance_id, at } => {
                let lost_minutes = self.policy.lost_minutes;
                let command = LifeCommand::CountDowntime { lost_minutes, at };
                self.live(task, "healing", instance_id, command).await
            }
        }
    }

    async fn live(
        &self,
        task: &Task,
        job: &'static str,
        instance_id: InstanceId,
        command: LifeCommand,
    ) -> Outcome {
        let decision = Live {
            instance_id,
            command: command.into(),
        };
        self.decide(task, job, decision).await
    }

    /// Decides what needs to know whose wallet a subscription is paid from.
    async fn with_wallet<D: Decision + 'static>(
        &self,
        task: &Task,
        job: &'static str,
        id: SubscriptionId,
        decision: impl FnOnce(WalletId) -> D,
    ) -> Outcome {
        match self.wallet_of(id).await {
            Ok(wallet_id) => self.decide(task, job, decision(wallet_id)).await,
            Err(outcome) => outcome,
        }
    }

    async fn wallet_of(&self, id: SubscriptionId) -> Result<WalletId, Outcome> {
        let subscription = self
            .states
            .load::<Subscription>(&id)
            .await
            .map_err(from_store)?;
        let terms = subscription.terms().ok_or_else(|| Outcome::Dead {
            error: format!("there is no subscription {id}"),
        })?;
        Ok(terms.wallet_id)
    }

    /// Gives a command under the effect's id. A refusal is an answer: what the command wanted is
    /// overtaken by something else, such as readiness after the refund.
    async fn decide(
        &self,
        task: &Task,
        job: &'static str,
        decision: impl Decision + 'static,
    ) -> Outcome {
        self.decide_part(task, job, "", decision).await
    }

    /// As [`Effects::decide`], for effects that give more than one command.
    async fn decide_part(
        &self,
        task: &Task,
        job: &'static str,
        part: &str,
        decision: impl Decision + 'static,
    ) -> Outcome {
        let id = if part.is_empty() {
            task.effect_id
        } else {
            derived(&["effect-part", &task.effect_id.to_string(), part])
        };
        self.decide_as(id, task.correlation_id, job, decision).await
    }

    async fn decide_as(
        &self,
        id: Uuid,
        correlation_id: Uuid,
        job: &'static str,
        decision: impl Decision + 'static,
    ) -> Outcome {
        let ended = self.execute_as(id, correlation_id, job, decision).await;
        outcome_of(id, job, ended)
    }

    async fn execute_as(
        &self,
        id: Uuid,
        correlation_id: Uuid,
        job: &'static str,
        decision: impl Decision + 'static,
    ) -> Result<Committed, CommandError> {
        let command = Command::of_effect(id, correlation_id, Actor::System(job), decision);
        self.appender.execute(command).await
    }
}

fn outcome_of(id: Uuid, job: &str, ended: Result<Committed, CommandError>) -> Outcome {
    match ended {
        Ok(_) => Outcome::Done,
        Err(CommandError::Refused(refused)) => {
            tracing::info!(effect.id = %id, code = refused.code, "{job} was overtaken: {refused}");
            Outcome::Done
        }
        Err(CommandError::KeyReused) => Outcome::Dead {
            error: "the effect's command id is taken".into(),
        },
        Err(CommandError::Store(error)) => from_store(error),
    }
}

fn from_vault(error: VaultError) -> Outcome {
    match error {
        VaultError::Store(error) => from_store(error),
        error => Outcome::Dead {
            error: crate::chain_of(&error),
        },
    }
}

fn from_store(error: StoreError) -> Outcome {
    let text = crate::chain_of(&error);
    match error {
        StoreError::Corrupt { .. } => Outcome::Dead { error: text },
        // A newer build can read what this one does not know.
        _ => Outcome::Retry {
            error: text,
            after: None,
        },
    }
}
