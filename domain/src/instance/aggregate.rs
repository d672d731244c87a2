use super::{
    InstanceCommand, InstanceError, InstanceEvent, InstanceStatus, Step, Wanted,
    drift::Drift,
    life::Life,
    usage::{Warned, WarnedVolumes},
};
use crate::{
    aggregate::aggregate,
    ids::{InstanceId, UserId},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    running: Option<Running>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Running {
    wanted: Box<Wanted>,
    steps: BTreeSet<Step>,
    trouble: Option<(Step, String)>,
    stage: Stage,
    credentials_revealed: bool,
    /// Who the sign-in is shown to gets a password that counts, or none.
    #[serde(default)]
    password: Password,
    life: Life,
    #[serde(default)]
    drift: Drift,
    #[serde(default)]
    warned: Warned,
    #[serde(default)]
    volumes: WarnedVolumes,
}

/// The password of the app's owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Password {
    /// The operation that it was set by; 0 for the one that it was made with.
    operation: u32,
    /// A reset was asked for and is not known to have come to its end.
    uncertain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Provisioning,
    Ready,
    Removing,
    Removed,
}

aggregate!(
    Instance,
    InstanceId,
    InstanceCommand,
    InstanceEvent,
    InstanceError,
    "instance"
);

impl Instance {
    pub fn wanted(&self) -> Option<&Wanted> {
        self.running.as_ref().map(|running| &*running.wanted)
    }

    /// Whether the app was observed ready, and with it the owner that it makes from its environment. From then on that
    /// environment must not reset the owner's password any more.
    pub fn has_its_owner(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.steps.contains(&Step::App))
    }

    /// The objects, as `Kind/name`, that somebody keeps changing: they are no longer put back.
    pub fn contested(&self) -> impl Iterator<Item = &str> {
        let running = self.running.iter();
        running.flat_map(|running| running.drift.contested())
    }

    /// The operation that the owner's password was set by; 0 for the one that it was made with.
    pub fn password_operation(&self) -> u32 {
        self.running
            .as_ref()
            .map_or(0, |running| running.password.operation)
    }

    /// Whether anybody keeps it from running.
    pub fn is_on_hold(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.life.is_on_hold())
    }

    /// Whether staff keeps it from running, for abuse or by order.
    pub fn is_held_by_staff(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.life.is_held_by_staff())
    }

    /// Whether it is meant to stand still, by its customer's wish or against it, even where it was not seen to.
    pub fn is_to_rest(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.life.is_to_rest())
    }

    /// Whether this is an operation that may give it other figures, and has not come to its end.
    pub fn may_resize(&self, operation: u32) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.life.may_resize(operation))
    }

    /// Whether it was ready once, and is not being removed.
    pub fn is_live(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.stage == Stage::Ready)
    }

    /// The days that are recorded as lost for a cause on our side. Those of long ago are forgotten.
    pub fn lost_days(&self) -> Vec<NaiveDate> {
        let running = self.running.as_ref();
        running.map_or_else(Vec::new, |running| running.life.lost_days())
    }

    /// Whether it is being removed, or is gone.
    pub fn is_over(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| matches!(running.stage, Stage::Removing | Stage::Removed))
    }

    /// Whether this operation is to give it other figures, and not to take such back.
    pub fn is_resize(&self, operation: u32) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.life.is_resize(operation))
    }

    /// The operation that was to give it other figures and was given up, where nothing was taken back: it may yet be seen.
    pub fn failed_resize(&self) -> Option<u32> {
        let running = self.running.as_ref();
        running.and_then(|running| running.life.failed_resize())
    }

    pub fn is_removed(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.stage == Stage::Removed)
    }

    /// `None` for what nobody asked for.
    pub fn status(&self) -> Option<InstanceStatus> {
        let running = self.running.as_ref()?;
        Some(match running.stage {
            Stage::Provisioning => InstanceStatus::Provisioning,
            Stage::Ready => running.life.status(),
            Stage::Removing => InstanceStatus::Removing,
            Stage::Removed => InstanceStatus::Removed,
        })
    }

    pub(super) fn decide(
        &self,
        command: InstanceCommand,
    ) -> Result<Vec<InstanceEvent>, InstanceError> {
        use {InstanceCommand as Do, InstanceEvent as Did};
        let Some(running) = &self.running else {
            return match command {
                Do::Request { wanted, at } => Ok(vec![Did::Requested { wanted, at }]),
                _ => Err(InstanceError::NotFound),
            };
        };
        match (command, running.stage) {
            (Do::Request { .. }, _) => Err(InstanceError::AlreadyRequested),
            (Do::CompleteStep { step, .. }, _) if running.steps.contains(&step) => Ok(vec![]),
            (Do::CompleteStep { step, at }, Stage::Provisioning) => {
                Ok(vec![Did::StepCompleted { step, at }])
            }
            (Do::ObserveTrouble { step, trouble, .. }, _) if running.knows(step, &trouble) => {
                Ok(vec![])
            }
            (Do::ObserveTrouble { step, trouble, at }, Stage::Provisioning) => {
                Ok(vec![Did::TroubleObserved { step, trouble, at }])
            }
            // What keeps its namespace from going.
            (
                Do::ObserveTrouble {
                    step: step @ Step::Namespace,
                    trouble,
                    at,
                },
                Stage::Removing,
            ) => Ok(vec![Did::TroubleObserved { step, trouble, at }]),
            (Do::BecomeReady { at }, Stage::Provisioning) => Ok(vec![Did::BecameReady { at }]),
            (
                Do::BecomeReady { .. } | Do::CompleteStep { .. } | Do::ObserveTrouble { .. },
                Stage::Ready,
            ) => Ok(vec![]),
            (Do::RevealCredentials { asked_by, .. }, _) if asked_by != running.wanted.user_id => {
                Err(InstanceError::NotFound)
            }
            (Do::RevealCredentials { .. }, Stage::Ready) if running.password.uncertain => {
                Err(InstanceError::PasswordUncertain)
            }
            (Do::RevealCredentials { .. }, Stage::Ready) if running.credentials_revealed => {
                Err(InstanceError::CredentialsAlreadyRevealed)
            }
            (Do::RevealCredentials { at, .. }, Stage::Ready) => {
                Ok(vec![Did::CredentialsRevealed { at }])
            }
            (Do::RevealCredentials { .. }, Stage::Provisioning) => Err(InstanceError::NotReady),
            (Do::Live(command), _) if running.is_of_another(command.asked_by()) => {
                Err(InstanceError::NotFound)
            }
            (Do::Live(command), Stage::Ready) => running.life.decide(command, &running.wanted),
            (Do::Live(_), Stage::Provisioning) => Err(InstanceError::NotReady),
            (Do::RequestRemoval { .. }, Stage::Removing | Stage::Removed) => Ok(vec![]),
            (Do::RequestRemoval { at }, Stage::Provisioning | Stage::Ready) => {
                Ok(vec![Did::RemovalRequested { at }])
            }
            (Do::ConfirmRemoval { .. }, Stage::Removed) => Ok(vec![]),
            (Do::ConfirmRemoval { at }, Stage::Removing) => Ok(vec![Did::Removed { at }]),
            (Do::ConfirmRemoval { .. }, Stage::Provisioning | Stage::Ready) => {
                Err(InstanceError::NotBeingRemoved)
            }
            (
                Do::CorrectDrift {
                    object,
                    managers,
                    at,
                },
                Stage::Provisioning | Stage::Ready,
            ) => Ok(running.drift.correct(object, managers, at)),
            (Do::Reclaim { object, at }, Stage::Provisioning | Stage::Ready) => {
                running.drift.reclaim(object, at)
            }
            (Do::ObserveUsage { resource, used, at }, Stage::Ready) => {
                let has = running.wanted.resources;
                Ok(running.warned.observe(resource, used, has, at))
            }
            (
                Do::ObserveVolume {
                    claim,
                    used_mib,
                    capacity_mib,
                    at,
                },
                Stage::Ready,
            ) => Ok(running.volumes.observe(claim, used_mib, capacity_mib, at)),
            (Do::ObserveUsage { .. } | Do::ObserveVolume { .. }, Stage::Provisioning) => {
                Err(InstanceError::NotReady)
            }
            (_, Stage::Removing | Stage::Removed) => Err(InstanceError::BeingRemoved),
        }
    }

    pub(super) fn fold(&mut self, event: InstanceEvent) {
        use InstanceEvent as Did;
        if let Did::Requested { wanted, .. } = event {
            self.running = Some(Running::new(wanted));
            return;
        }
        let Some(running) = &mut self.running else {
            return;
        };
        match event {
            Did::Requested { .. } => {}
            Did::StepCompleted { step, .. } => {
                running.steps.insert(step);
                running.trouble = None;
            }
            Did::TroubleObserved { step, trouble, .. } => running.trouble = Some((step, trouble)),
            Did::BecameReady { .. } => running.stage = Stage::Ready,
            Did::CredentialsRevealed { .. } => running.credentials_revealed = true,
            Did::RemovalRequested { .. } => running.stage = Stage::Removing,
            Did::Removed { .. } => running.stage = Stage::Removed,
            event @ (Did::ResizeRequested { resources, .. }
            | Did::ResizeUndoRequested { resources, .. }) => {
                let had = std::mem::replace(&mut running.wanted.resources, resources);
                running.life.fold(event);
                running.life.had(had);
            }
            Did::Refitted { resources, .. } => running.wanted.resources = resources,
            Did::ParametersChanged { parameters, .. } => running.wanted.parameters = parameters,
            event @ Did::PasswordResetRequested { .. } => {
                running.password.uncertain = true;
                running.life.fold(event);
            }
            Did::PasswordReset { operation, at } => {
                running.password = Password {
                    operation,
                    uncertain: false,
                };
                running.credentials_revealed = false;
                running.life.fold(Did::PasswordReset { operation, at });
            }
            event @ (Did::RestartRequested { .. }
            | Did::StopRequested { .. }
            | Did::StartRequested { .. }
            | Did::Restarted { .. }
            | Did::Resized { .. }
            | Did::ResizeUndone { .. }
            | Did::ReconfigureRequested { .. }
            | Did::Reconfigured { .. }
            | Did::PasswordSet { .. }
            | Did::Started { .. }
            | Did::OperationFailed { .. }
            | Did::BecameUnready { .. }
            | Did::HealingBegun { .. }
            | Did::Degraded { .. }
            | Did::DayLost { .. }
            | Did::Recovered { .. }
            | Did::Held { .. }
            | Did::Released { .. }) => running.life.fold(event),
            event @ Did::Stopped { .. } => {
                running.warned.at_rest();
                running.life.fold(event);
            }
            Did::UsageWarned { resource, mark, .. } => running.warned.warned(resource, mark),
            Did::UsageEased { resource, .. } => running.warned.eased(resource),
            Did::VolumeWarned { claim, mark, .. } => running.volumes.warned(claim, mark),
            Did::VolumeEased { claim, .. } => running.volumes.eased(&claim),
            Did::DriftCorrected { object, at, .. } => running.drift.corrected(object, at),
            Did::DriftAlerted { object, .. } => running.drift.alerted(object),
            Did::ObjectReclaimed { object, .. } => running.drift.reclaimed(&object),
        }
    }
}

impl Running {
    fn new(wanted: Box<Wanted>) -> Self {
        Self {
            wanted,
            steps: BTreeSet::new(),
            trouble: None,
            stage: Stage::Provisioning,
            credentials_revealed: false,
            password: Password::default(),
            life: Life::default(),
            drift: Drift::default(),
            warned: Warned::default(),
            volumes: WarnedVolumes::default(),
        }
    }

    fn is_of_another(&self, asker: Option<UserId>) -> bool {
        asker.is_some_and(|asker| asker != self.wanted.user_id)
    }

    fn knows(&self, step: Step, trouble: &str) -> bool {
        self.trouble
            .as_ref()
            .is_some_and(|(known, words)| *known == step && words == trouble)
    }
}
