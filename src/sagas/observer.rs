//! What the cluster shows becomes commands, and only those that change something: what was seen is first held against
//! what is recorded. Every command has an id that follows from what was seen, so seeing it again after a restart
//! changes nothing. What is seen of different instances is told at the same time, what is seen of one in order.

use crate::{
    clock::Clock,
    kubernetes::{
        Cluster, ClusterError, ClusterSettings, JobResult,
        watch::{AppPod, NamespacePhase, Observation, Signal, Watch},
    },
    store::{Appender, Command, CommandError, States},
};
use cqrs_es::Aggregate as _;
use purser_domain::{
    Actor, Stream as _,
    decisions::One,
    ids::{InstanceId, derived},
    instance::{Illness, Instance, InstanceCommand, LifeCommand, Seen, Step, Unready},
    text::Reason,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

/// How many instances are told of at once. Their commands share a commit.
const LANES: usize = 16;
/// What waits in one lane before the watch has to.
const WAITING: usize = 64;

/// Turns observations into commands on instances.
#[derive(Clone)]
pub struct Observer {
    pub appender: Appender,
    pub states: Arc<States>,
    pub clock: Clock,
    pub cluster: Cluster,
    pub cluster_settings: ClusterSettings,
}

/// What is recorded of an instance, and what was told since.
struct Recorded {
    id: InstanceId,
    state: Instance,
}

impl Observer {
    /// Watches until told to stop.
    pub async fn run(self, mut watch: Watch, stop: CancellationToken) {
        let lanes: Vec<_> = (0..LANES).map(|_| self.lane(&stop)).collect();
        while let Some(Some(signal)) = stop.run_until_cancelled(watch.next()).await {
            // Which instances are missing is the removal's own business: it looks until the namespace is gone.
            let Signal::Observed(observation) = signal else {
                continue;
            };
            let (lane, _) = &lanes[lane_of(observation.instance)];
            let taken = stop.run_until_cancelled(lane.send(observation)).await;
            if !matches!(taken, Some(Ok(()))) {
                return;
            }
        }
    }

    /// Tells what comes in, one after another.
    fn lane(&self, stop: &CancellationToken) -> (mpsc::Sender<Observation>, AbortOnDropHandle<()>) {
        let (sender, mut waiting) = mpsc::channel::<Observation>(WAITING);
        let (observer, stop) = (self.clone(), stop.clone());
        let telling = tokio::spawn(async move {
            while let Some(observation) = waiting.recv().await {
                let told = stop.run_until_cancelled(observer.hear(observation));
                if told.await.is_none() {
                    return;
                }
            }
        });
        (sender, AbortOnDropHandle::new(telling))
    }

    /// Observes what the watch tells. Of what it tells to be gone only the label may be.
    async fn hear(&self, told: Observation) {
        if told.namespace != NamespacePhase::Absent {
            return self.observe(&told).await;
        }
        let id = InstanceId::new(told.instance);
        match self.look_at(id).await {
            Ok(seen) => self.observe(&seen).await,
            Err(error) => tracing::warn!(
                instance.id = %id, error = &error as &dyn std::error::Error,
                "whether {id} is gone is left to the next sweep"
            ),
        }
    }

    /// An instance as it stands, whether it bears our label or not.
    ///
    /// # Errors
    /// The cluster does not say.
    pub async fn look_at(&self, id: InstanceId) -> Result<Observation, ClusterError> {
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        self.cluster.look_at(id.uuid(), &namespace).await
    }

    /// Gives the commands that follow from what is seen, where what is recorded can be read.
    pub async fn observe(&self, seen: &Observation) {
        let id = InstanceId::new(seen.instance);
        let Some(mut known) = self.recorded(id).await else {
            return;
        };
        if is_gone(seen) {
            // What is being removed, or is not there yet, has no health to lose.
            return self.observe_health(&mut known, seen).await;
        }
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
                &mut known,
                &["completed", step.as_str()],
                InstanceCommand::CompleteStep { step, at },
            )
            .await;
        }
        self.observe_operation(&mut known, seen).await;
        self.observe_reset(&mut known, seen).await;
        self.observe_health(&mut known, seen).await;
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
            // The same may come again after another one.
            self.tell_as(Uuid::now_v7(), &mut known, command).await;
        }
    }

    /// What is recorded of an instance, however long it takes to find out. `None` where this build cannot read it, as after
    /// going back to an older release: all others are observed meanwhile.
    async fn recorded(&self, id: InstanceId) -> Option<Recorded> {
        loop {
            let error = match self.states.load::<Instance>(&id).await {
                Ok(loaded) => {
                    let state = Instance::clone(&loaded);
                    return Some(Recorded { id, state });
                }
                Err(error) => error,
            };
            tracing::warn!(instance.id = %id, error = &error as &dyn std::error::Error, "what is recorded of {id} cannot be read");
            if !error.is_unavailable() {
                return None;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Unlike a step or an operation, an app may be well, ill and well again, so each change is told anew.
    async fn observe_health(&self, known: &mut Recorded, seen: &Observation) {
        let command = InstanceCommand::Live(LifeCommand::ObserveHealth {
            illness: illness(seen),
            at: self.clock.now(),
        });
        self.tell_as(Uuid::now_v7(), known, command).await;
    }

    /// What stands there after an operation was carried out is its outcome.
    async fn observe_operation(&self, known: &mut Recorded, observation: &Observation) {
        let operation = observation.operation;
        let seen = if observation.suspended {
            Seen::Stopped
        } else if observation.is_ready() {
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
            self.tell(known, &["operation", &number, seen.as_str()], command)
                .await;
        }
    }

    /// What became of the Job that gives the owner another password.
    async fn observe_reset(&self, known: &mut Recorded, observation: &Observation) {
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
                let why = format!("the job that sets the password failed: {why}");
                let reason = Reason::quoted(&why);
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
        self.tell(known, &["operation", &number, outcome], command)
            .await;
    }

    /// Gives the command until the store takes it or refuses it.
    async fn tell(&self, known: &mut Recorded, seen: &[&str], command: InstanceCommand) {
        let instance = known.id.to_string();
        let mut parts = vec!["observed", instance.as_str()];
        parts.extend_from_slice(seen);
        self.tell_as(derived(&parts), known, command).await;
    }

    async fn tell_as(&self, command_id: Uuid, known: &mut Recorded, command: InstanceCommand) {
        let id = known.id;
        match known.state.decide(command.clone()) {
            Ok(events) if events.is_empty() => return,
            Ok(events) => events
                .into_iter()
                .for_each(|event| known.state.apply(event)),
            Err(refusal) => {
                tracing::debug!(instance.id = %id, error = &refusal as &dyn std::error::Error, "an observation changes nothing");
                return;
            }
        }
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

fn lane_of(instance: Uuid) -> usize {
    let [.., last] = *instance.as_bytes();
    usize::from(last) % LANES
}

/// How an app is that is not ready; `None` of one that is.
pub(super) fn illness(seen: &Observation) -> Option<Illness> {
    if is_gone(seen) {
        let trouble = seen.trouble.clone();
        return Some(Illness {
            unready: Unready::Starting,
            trouble: trouble.or_else(|| Some("its namespace is gone".into())),
            ours: true,
        });
    }
    let estranged = seen.namespace == NamespacePhase::NotOurs;
    let why = estranged.then(|| "its namespace does not bear our label any more".to_owned());
    (!seen.is_ready()).then(|| Illness {
        unready: match seen.app {
            AppPod::Starting => Unready::Starting,
            AppPod::Crashing => Unready::Crashing,
            AppPod::Started => Unready::Unresponsive,
            AppPod::NodeLost => Unready::NodeLost,
        },
        trouble: seen.trouble.clone().or(why),
        ours: seen.ours || estranged,
    })
}

fn is_gone(seen: &Observation) -> bool {
    match seen.namespace {
        NamespacePhase::Absent | NamespacePhase::Terminating => true,
        NamespacePhase::Active | NamespacePhase::NotOurs => false,
    }
}
