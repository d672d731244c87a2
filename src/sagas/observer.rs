//! What the cluster shows becomes commands, and only when it changed. Every command has an id that
//! follows from what was seen, so seeing it again after a restart changes nothing.

use crate::{
    clock::Clock,
    kubernetes::{
        JobResult,
        watch::{NamespacePhase, Observation, Signal, Watch},
    },
    store::{Appender, Command, CommandError},
};
use purser_domain::{
    Actor,
    decisions::One,
    ids::{InstanceId, derived},
    instance::{Instance, InstanceCommand, Step},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

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

    async fn observe(&self, seen: &Observation) {
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
        for (step, _) in done.into_iter().filter(|(_, done)| *done) {
            self.tell(
                id,
                &["completed", step.as_str()],
                InstanceCommand::CompleteStep { step, at },
            )
            .await;
        }
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

    /// Gives the command until the store takes it or refuses it.
    async fn tell(&self, id: InstanceId, seen: &[&str], command: InstanceCommand) {
        let instance = id.to_string();
        let mut parts = vec!["observed", instance.as_str()];
        parts.extend_from_slice(seen);
        let command_id = derived(&parts);
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
