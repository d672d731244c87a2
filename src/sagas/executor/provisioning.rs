//! Effects on the cluster.

use super::{Effects, from_store, from_vault};
use crate::{
    auth::field,
    faults,
    kubernetes::{Applied, Backoff, ClusterError, InstanceSpec, PlanResources, PutBack, Stage},
    sagas::{Outcome, Task},
};
use chrono::Days;
use purser_domain::{
    decisions::{ConfirmRemoval, One},
    ids::{InstanceId, SubscriptionId, derived},
    instance::{ForeignManager, Instance, InstanceCommand, Step, Wanted},
    subscription::Subscription,
    user::User,
};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How often a namespace on its way out, or a quota that does not count yet, is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often a stage that will do in a moment is repeated before its attempt has failed.
const REPEATS: u32 = 5;
/// How often it is asked what keeps one from going, while nothing is said.
const REASON_LOOK: Duration = Duration::from_secs(5);
/// How often a route that a gateway has not taken is looked at.
const ROUTE_LOOK: Duration = Duration::from_secs(1);

impl Effects {
    /// Applies one step's objects. Steps that are done once applied say so; the others are observed.
    pub(super) async fn apply(&self, task: &Task, id: SubscriptionId, step: Step) -> Outcome {
        let spec = match self.spec(InstanceId::of(id)).await {
            Ok(spec) => spec,
            Err(outcome) => return outcome,
        };
        let stage = stage_of(step);
        if !self.stands(task, stage, &spec) {
            let applied = self.apply_stage(task, InstanceId::of(id), &spec, stage);
            if let Err(outcome) = applied.await {
                return outcome;
            }
            faults::reach("applied");
        }
        let awaited = match step {
            Step::Guards => self.awaits_quota(&spec).await,
            Step::Route => self.awaits_gateway(task, id, &spec).await,
            Step::Namespace | Step::Secret | Step::Database => None,
            Step::Owner | Step::App | Step::Handover => None,
        };
        if let Some(awaited) = awaited {
            return awaited;
        }
        match step {
            Step::Namespace | Step::Guards | Step::Secret | Step::Route => {
                let command = InstanceCommand::CompleteStep {
                    step,
                    at: self.clock.now(),
                };
                self.decide(
                    task,
                    "provisioning",
                    One::<Instance> {
                        id: InstanceId::of(id),
                        command,
                    },
                )
                .await
            }
            Step::Database | Step::Owner | Step::App | Step::Handover => Outcome::Done,
        }
    }

    /// Whether the task applied the stage a moment ago, and now only looks.
    pub(super) fn stands(&self, task: &Task, stage: Stage, spec: &InstanceSpec) -> bool {
        let now = Instant::now();
        self.lately.stands(task.effect_id, stage, spec, now)
    }

    /// Applies a stage, and notes that it did and what of it was put back.
    pub(super) async fn apply_stage(
        &self,
        task: &Task,
        id: InstanceId,
        spec: &InstanceSpec,
        stage: Stage,
    ) -> Result<Applied, Outcome> {
        let applied = self.run_stage(spec, stage, task.effect_id).await;
        let applied = applied.map_err(|error| from_cluster(&error))?;
        let now = Instant::now();
        self.lately.note(task.effect_id, stage, spec, now);
        self.record_drift(task.effect_id, id, &applied).await;
        Ok(applied)
    }

    /// Carries out a stage.
    pub(super) async fn run_stage(
        &self,
        spec: &InstanceSpec,
        stage: Stage,
        cause: Uuid,
    ) -> Result<Applied, ClusterError> {
        let recipes = &self.recipes;
        patiently(|| self.cluster.run_stage(recipes, spec, stage, cause)).await
    }

    /// A quota that the cluster does not count with yet holds nobody to anything.
    async fn awaits_quota(&self, spec: &InstanceSpec) -> Option<Outcome> {
        match self.cluster.quota_counts(&spec.namespace()).await {
            Ok(true) => None,
            Ok(false) => Some(Outcome::Wait(LOOK)),
            Err(error) => Some(from_cluster(&error)),
        }
    }

    /// A route that no gateway has taken is no way to the app: it is said why, and looked at again.
    async fn awaits_gateway(
        &self,
        task: &Task,
        id: SubscriptionId,
        spec: &InstanceSpec,
    ) -> Option<Outcome> {
        let trouble = match self.cluster.route_trouble(&self.recipes, spec).await {
            Ok(trouble) => trouble?,
            Err(error) => return Some(from_cluster(&error)),
        };
        let part = format!("trouble/{trouble}");
        let observe = One::<Instance> {
            id: InstanceId::of(id),
            command: InstanceCommand::ObserveTrouble {
                step: Step::Route,
                trouble,
                at: self.clock.now(),
            },
        };
        let noted = self.decide_part(task, "provisioning", &part, observe).await;
        Some(match noted {
            Outcome::Done => Outcome::Wait(ROUTE_LOOK),
            failed => failed,
        })
    }

    /// Notes what was put back. The cluster has it already, so that a note that fails only goes missing. `cause` is what
    /// it was applied for: what applies again, as while it waits, notes once what it put back once.
    pub(super) async fn record_drift(&self, cause: Uuid, id: InstanceId, applied: &Applied) {
        for put_back in &applied.put_back {
            let PutBack {
                object,
                managers,
                version,
            } = put_back;
            let managers = managers.iter().map(|foreign| ForeignManager {
                manager: foreign.manager.clone(),
                paths: foreign.paths.clone(),
            });
            let correct = One::<Instance> {
                id,
                command: InstanceCommand::CorrectDrift {
                    object: object.clone(),
                    managers: managers.collect(),
                    at: self.clock.now(),
                },
            };
            let version = version.as_deref().unwrap_or_default();
            let command_id = derived(&["drift", &cause.to_string(), object, version]);
            let noted = self.decide_as(command_id, cause, "provisioning", correct);
            let noted = noted.await;
            if noted != Outcome::Done {
                tracing::warn!(instance.id = %id, ?noted, "what was put back is not recorded");
            }
        }
    }

    /// Deletes the namespace and waits until it is observed to be gone; then slot and name come back.
    pub(super) async fn remove(&self, task: &Task, id: SubscriptionId) -> Outcome {
        let namespace = self
            .cluster_settings
            .namespace_of(InstanceId::of(id).uuid());
        let gone = match self.cluster.delete_namespace(&namespace).await {
            Ok(()) => self.cluster.namespace_gone(&namespace).await,
            Err(error) => Err(error),
        };
        match gone {
            Ok(true) => {}
            Ok(false) => return Outcome::Wait(LOOK),
            Err(error) => return from_cluster(&error),
        }
        let subscription = match self.states.load::<Subscription>(&id).await {
            Ok(subscription) => subscription,
            Err(error) => return from_store(error),
        };
        let Some(terms) = subscription.terms() else {
            return Outcome::Dead {
                error: format!("there is no subscription {id}"),
            };
        };
        let name = self.vault.keys().claim_id(
            purser_domain::claim::ClaimKind::Subdomain,
            terms.subdomain.as_str(),
        );
        let plan_id = terms.plan_id;
        let at = self.clock.now();
        let quarantine_until = match self.quarantine_days {
            0 => None,
            days => at.checked_add_days(Days::new(days.into())),
        };
        let confirm = ConfirmRemoval {
            subscription_id: id,
            plan_id,
            name,
            quarantine_until,
            at,
        };
        self.decide(task, "provisioning", confirm).await
    }

    /// An alarm for whoever reads the log; the metric `removals_stuck` stands as long as it is so.
    pub(super) async fn report_stuck(&self, task: &Task, id: InstanceId) -> Outcome {
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let known = match self.cluster.namespace_trouble(&namespace).await {
            Ok(known) => known,
            Err(error) => return from_cluster(&error),
        };
        let trouble = known
            .clone()
            .unwrap_or_else(|| "its deletion takes unusually long".into());
        tracing::error!(instance.id = %id, "namespace {namespace} does not go: {trouble}");
        let command = InstanceCommand::ObserveTrouble {
            step: Step::Namespace,
            trouble: trouble.clone(),
            at: self.clock.now(),
        };
        let observe = One::<Instance> { id, command };
        let told = self.decide_part(task, "provisioning", &trouble, observe);
        match (told.await, known) {
            // The cluster has not said yet what it waits for.
            (Outcome::Done, None) => match self.cluster.namespace_gone(&namespace).await {
                Ok(true) => Outcome::Done,
                Ok(false) => Outcome::Wait(REASON_LOOK),
                Err(error) => from_cluster(&error),
            },
            (outcome, _) => outcome,
        }
    }

    pub(super) async fn spec(&self, instance_id: InstanceId) -> Result<InstanceSpec, Outcome> {
        let instance = self
            .states
            .load::<Instance>(&instance_id)
            .await
            .map_err(from_store)?;
        let wanted = instance.wanted().ok_or_else(|| Outcome::Dead {
            error: format!("there is no instance {instance_id}"),
        })?;
        let owner_email = self.email_of(wanted).await?;
        let choices = self.choices(wanted).await?;
        let may_send_mail = self.may_send_mail(wanted.subscription_id).await?;
        let Wanted {
            user_id,
            recipe,
            service,
            resources,
            subdomain,
            ..
        } = wanted.clone();
        Ok(InstanceSpec {
            instance: instance_id.uuid(),
            customer: user_id.uuid(),
            recipe: recipe.into(),
            plan: PlanResources {
                cpu_millicores: resources.cpu_millicores(),
                memory_mib: resources.memory_mib(),
                storage_mib: resources.storage_mib(),
            },
            host: format!("{subdomain}.{}", self.cluster_settings.cluster_domain),
            subdomain: subdomain.into(),
            owner_email,
            title: service.into(),
            parameters: choices.parameters,
            secrets: choices.secrets,
            owner_created: instance.has_its_owner(),
            // The customer's own before the operator's.
            mail: match may_send_mail {
                false => None,
                true => choices.mail.or_else(|| self.app_mail.clone()),
            },
            may_send_mail,
            operation: 0,
            settings: self.cluster_settings.clone(),
            resting: instance.is_to_rest(),
            contested: instance.contested().map(str::to_owned).collect(),
        })
    }

    async fn may_send_mail(&self, id: SubscriptionId) -> Result<bool, Outcome> {
        let subscription = self.states.load::<Subscription>(&id).await;
        Ok(subscription.map_err(from_store)?.may_send_mail())
    }

    async fn email_of(&self, wanted: &Wanted) -> Result<String, Outcome> {
        let user = self
            .states
            .load::<User>(&wanted.user_id)
            .await
            .map_err(from_store)?;
        let email = user.email().ok_or_else(|| Outcome::Dead {
            error: format!("there is no user {}", wanted.user_id),
        })?;
        self.open(email, field::EMAIL).await
    }

    /// Opens a sealed value; one whose person was erased ends the effect.
    pub(super) async fn open(
        &self,
        sealed: &purser_domain::sealed::Sealed,
        field: &str,
    ) -> Result<String, Outcome> {
        self.vault.open(sealed, field).await.map_err(from_vault)
    }
}

/// Again after a growing pause where that will do in a moment. The first request under a right that was bound just now is
/// refused, and in another attempt it would wait for as long as an outage has taught the effect to.
pub(super) async fn patiently<T, F>(run: impl Fn() -> F) -> Result<T, ClusterError>
where
    F: Future<Output = Result<T, ClusterError>>,
{
    for doublings in 0..REPEATS {
        match run().await {
            Ok(done) => return Ok(done),
            Err(error) => match error.passes_within() {
                Some(pause) => tokio::time::sleep(pause * (1 << doublings)).await,
                None => return Err(error),
            },
        }
    }
    run().await
}

fn stage_of(step: Step) -> Stage {
    match step {
        Step::Namespace => Stage::Namespace,
        Step::Guards => Stage::Guards,
        Step::Secret => Stage::Secret,
        Step::Database => Stage::Database,
        Step::Owner => Stage::Owner,
        Step::App => Stage::App,
        Step::Handover => Stage::Handover,
        Step::Route => Stage::Route,
    }
}

pub(super) fn from_cluster(error: &ClusterError) -> Outcome {
    let text = format!("{}: {}", error.code(), crate::chain_of(error));
    match error.backoff() {
        // What the error asks for where that is longer than our own back-off would begin with.
        Backoff::After(pause) if pause > Duration::from_secs(1) => Outcome::Retry {
            error: text,
            after: Some(pause),
        },
        Backoff::After(_) => Outcome::Retry {
            error: text,
            after: None,
        },
        Backoff::Permanent => Outcome::Dead { error: text },
    }
}
