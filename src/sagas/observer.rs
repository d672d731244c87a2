//! What the cluster shows becomes commands, and only when it changed. Every command has an id that
//! follows from what was seen, so seeing it again after a restart changes nothing.

use crate::{
    clock::Clock,
    kubernetes::{
        JobResult,
        watch::{AppPod, NamespacePhase, Observation, Signal, Watch},
    },
    store::{Appender, Command, CommandError},
};
use purser_domain::{
    Actor,
    decisions::One,
    ids::{InstanceId, derived},
    instance::{Illness, Instance, InstanceCommand, LifeCommand, Seen, Step, Unready},
    text::{Reason, TextError},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Turns observations into commands on instances.
pub struct Observer {
    pub appender: Appender,
    pub clock: Clock,
}

impl Observer {
    /// Watches until told to stop.
    pub async fn run(self, mut watch: Watch, stop: CancellationToken) {
        while let Some(Some(signal)) = stop.run_until_cancelled(watch.next()).await {
            // Which instances are missing is the removal's own business: it looks until the namespace is gone.
            if let Signal::Observed(observation) = signal
                && stop
                    .run_until_cancelled(self.observe(&observation))
                    .await
                    .is_none()
            {
                return;
            }
        }
    }

    /// Gives the commands that follow from what is seen; those that change nothing included.
    pub async fn observe(&self, seen: &Observation) {
        if seen.namespace != NamespacePhase::Active {
            return;
        }
        let id = InstanceId::new(seen.instance);
        let at = self.clock.now();
        let done = [
            (Step::Database, seen.database_ready),
            (Step::Owner, seen.owner_job == JobResult::Succeeded),
            (Step::App, seen.app_ready),
        ];
        let handed_over = (Step::Handover, seen.app_ready && seen.handed_over);
        let completed = done.into_iter().chain([handed_over]);
        for (step, _) in completed.filter(|(_, done)| *done) {
            self.tell(
                id,
                &["completed", step.as_str()],
                InstanceCommand::CompleteStep { step, at },
            )
            .await;
        }
        self.observe_operation(id, seen).await;
        self.observe_reset(id, seen).await;
        self.observe_health(id, seen).await;
        if let Some(trouble) = &seen.trouble {
            let step = done
                .into_iter()
                .find(|(_, done)| !done)
                .map_or(Step::App, |(step, _)| step);
            let command = InstanceCommand::ObserveTrouble {
                step,
                trouble: trouble.clone(),
                at,
            };
            self.tell(id, &["trouble", step.as_str(), trouble], command)
                .await;
        }
    }

    /// Unlike a step or an operation, an app may be well, ill and well again, so each change is told anew.
    async fn observe_health(&self, id: InstanceId, seen: &Observation) {
        let command = InstanceCommand::Live(LifeCommand::ObserveHealth {
            illness: illness(seen),
            at: self.clock.now(),
        });
        self.tell_as(Uuid::now_v7(), id, command).await;
    }

    /// What stands there after an operation was carried out is its outcome.
    async fn observe_operation(&self, id: InstanceId, observation: &Observation) {
        let operation = observation.operation;
        let seen = if observation.suspended {
            Seen::Stopped
        } else if is_ready(observation) {
            Seen::Ready
        } else {
            return;
        };
        if operation > 0 {
            let command = InstanceCommand::Live(LifeCommand::Observe {
                operation,
                seen,
                at: self.clock.now(),
            });
            let number = operation.to_string();
            self.tell(id, &["operation", &number, seen.as_str()], command)
                .await;
        }
    }

    /// What became of the Job that gives the owner another password.
    async fn observe_reset(&self, id: InstanceId, observation: &Observation) {
        let at = self.clock.now();
        let (operation, outcome, command) = match &observation.reset_job {
            Some((operation, JobResult::Succeeded)) => {
                let (operation, seen) = (*operation, Seen::PasswordSet);
                let command = LifeCommand::Observe {
                    operation,
                    seen,
                    at,
                };
                (operation, seen.as_str(), command)
            }
            Some((operation, JobResult::Failed(why))) => {
                let Ok(reason) = in_words(why) else { return };
                let operation = *operation;
                let command = LifeCommand::FailOperation {
                    operation,
                    reason,
                    volume_mib: None,
                    at,
                };
                (operation, "failed", command)
            }
            _ => return,
        };
        let number = operation.to_string();
        let command = InstanceCommand::Live(command);
        self.tell(id, &["operation", &number, outcome], command)
            .await;
    }

    /// Gives the command until the store takes it or refuses it.
    async fn tell(&self, id: InstanceId, seen: &[&str], command: InstanceCommand) {
        let instance = id.to_string();
        let mut parts = vec!["observed", instance.as_str()];
        parts.extend_from_slice(seen);
        self.tell_as(derived(&parts), id, command).await;
    }

    async fn tell_as(&self, command_id: Uuid, id: InstanceId, command: InstanceCommand) {
        loop {
            let decision = One::<Instance> {
                id,
                command: command.clone(),
            };
            let command =
                Command::of_effect(command_id, command_id, Actor::System("cluster"), decision);
            match self.appender.execute(command).await {
                Ok(_) => return,
                Err(CommandError::Store(error)) if error.is_unavailable() => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(error) => {
                    tracing::debug!(instance.id = %id, error = &error as &dyn std::error::Error, "an observation changes nothing");
                    return;
                }
            }
        }
    }
}

/// How an app is that is not ready; `None` of one that is.
pub(super) fn illness(seen: &Observation) -> Option<Illness> {
    (!is_ready(seen)).then(|| Illness {
        unready: match seen.app {
            AppPod::Starting => Unready::Starting,
            AppPod::Crashing => Unready::Crashing,
            AppPod::Started => Unready::Unresponsive,
            AppPod::NodeLost => Unready::NodeLost,
        },
        trouble: seen.trouble.clone(),
        ours: seen.ours,
    })
}

/// The app is ready, and so is its database where it has one.
fn is_ready(seen: &Observation) -> bool {
    seen.app_ready && (seen.database_ready || !seen.has_database)
}

/// The cluster's own words where they are fit to be a reason.
fn in_words(why: &str) -> Result<Reason, TextError> {
    format!("the job that sets the password failed: {why}")
        .parse()
        .or_else(|_| "the job that sets the password failed".parse())
}
