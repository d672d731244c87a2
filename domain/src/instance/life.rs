//! What is asked of an instance once it is ready, who holds it, and what was observed of it. It runs
//! only while its customer has not stopped it and nobody holds it.

mod choices;
mod health;
mod holds;
mod seen;
mod undo;

use super::{
    HoldKind, InstanceError, InstanceEvent as Did, InstanceStatus, LifeCommand as Do, StopCause,
    Wanted,
};
use crate::{resources::Resources, text::Reason};
use chrono::{DateTime, Utc};
use health::Health;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use undo::Undo;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Restart,
    Stop(StopCause),
    Start,
    Resize(Resources),
    Undo(Undo),
    Reconfigure,
    ResetPassword {
        /// The app has the new password; the Secret does not say so yet.
        set: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Open,
    Observed,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Operation {
    number: u32,
    kind: Kind,
    end: End,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Hold {
    reason: Reason,
    until: Option<DateTime<Utc>>,
}

/// The state behind it. **Invariant:** one operation at most is open, the newest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Life {
    newest: Option<Operation>,
    /// The figures that are taken back did not come to be, and were not called off.
    #[serde(default)]
    resize_failed: bool,
    stopped: bool,
    holds: BTreeMap<HoldKind, Hold>,
    #[serde(default)]
    health: Health,
    /// The figures from before the newest resize.
    #[serde(default)]
    before: Option<Resources>,
}

type Decided = Result<Vec<Did>, InstanceError>;

impl Life {
    pub(super) fn status(&self) -> InstanceStatus {
        match self.newest {
            Some(Operation {
                kind,
                end: End::Open,
                ..
            }) => match kind {
                Kind::Restart => InstanceStatus::Restarting,
                Kind::Stop(_) => InstanceStatus::Stopping,
                Kind::Start => InstanceStatus::Starting,
                Kind::Resize(_) | Kind::Undo(_) => InstanceStatus::Resizing,
                Kind::Reconfigure => InstanceStatus::Reconfiguring,
                Kind::ResetPassword { .. } => InstanceStatus::ResettingPassword,
            },
            Some(Operation {
                end: End::Failed, ..
            }) => InstanceStatus::Degraded,
            _ if !self.holds.is_empty() => InstanceStatus::Held,
            _ if self.stopped => InstanceStatus::Stopped,
            _ => match self.health.status() {
                Some(unready) => unready,
                None => InstanceStatus::Ready,
            },
        }
    }

    /// `has` is what it runs with, or is about to.
    pub(super) fn decide(&self, command: Do, has: &Wanted) -> Decided {
        match command {
            Do::Restart { at, .. } => self.restart(at),
            Do::Stop { at, .. } => self.stop(at),
            Do::Start { at, .. } => self.start(at),
            Do::ResetPassword { at, .. } => self.reset_password(at),
            Do::ChangeParameters { parameters, at, .. } => {
                self.change_parameters(&has.parameters, parameters, at)
            }
            Do::Resize { resources, at } => self.resize(has.resources, resources, at),
            Do::Refit { resources, at } => self.refit(has.resources, resources, at),
            Do::FitBack { resources, at } => self.fit_back(has.resources, resources, at),
            Do::Hold {
                kind,
                reason,
                until,
                at,
            } => self.hold(has.resources, (kind, reason), until, at),
            Do::Release { kind, reason, at } => Ok(self.release(kind, Some(reason), at)),
            Do::LiftHold { kind, at } => Ok(self.lift(kind, at)),
            Do::Retry { at } => self.retry(at),
            Do::Observe {
                operation,
                seen,
                at,
            } => Ok(self.observe(operation, seen, at)),
            Do::ObserveHealth { illness, at } => Ok(self.observe_health(illness, at)),
            Do::Heal { attempt, at } => Ok(self.heal(attempt, at)),
            Do::Degrade { at } => Ok(self.degrade(at)),
            Do::CountDowntime { lost_minutes, at } => Ok(self.health.days_lost(lost_minutes, at)),
            Do::FailOperation {
                operation,
                reason,
                volume_mib,
                at,
            } => Ok(self.fail(has.resources, operation, reason, volume_mib, at)),
        }
    }

    fn restart(&self, at: DateTime<Utc>) -> Decided {
        match self.open() {
            Some(Kind::Restart) => Ok(vec![]),
            _ if !self.holds.is_empty() => Err(InstanceError::OnHold),
            _ if self.stopped => Err(InstanceError::NotRunning),
            Some(_) => Err(InstanceError::Busy),
            None => Ok(vec![self.begin(Kind::Restart, at)]),
        }
    }

    /// Whoever asks again while it is under way gets what the first one asked for.
    fn reset_password(&self, at: DateTime<Utc>) -> Decided {
        match self.open() {
            Some(Kind::ResetPassword { .. }) => Ok(vec![]),
            _ if !self.holds.is_empty() => Err(InstanceError::OnHold),
            _ if self.stopped => Err(InstanceError::NotRunning),
            Some(_) => Err(InstanceError::Busy),
            None => Ok(vec![self.begin(Kind::ResetPassword { set: false }, at)]),
        }
    }

    fn stop(&self, at: DateTime<Utc>) -> Decided {
        if self.stopped && !self.failed() {
            return Ok(vec![]);
        }
        // Stopped in the middle it would start with figures that nobody has paid for yet.
        if matches!(self.open(), Some(Kind::Resize(_) | Kind::Undo(_))) {
            return Err(InstanceError::Busy);
        }
        Ok(vec![self.begin(Kind::Stop(StopCause::Customer), at)])
    }

    fn start(&self, at: DateTime<Utc>) -> Decided {
        if !self.holds.is_empty() {
            Err(InstanceError::OnHold)
        } else if !self.stopped && !self.failed() {
            Ok(vec![])
        } else {
            Ok(vec![self.begin(Kind::Start, at)])
        }
    }

    fn resize(&self, has: Resources, resources: Resources, at: DateTime<Utc>) -> Decided {
        let (has_mib, asked_mib) = (has.storage_mib(), resources.storage_mib());
        if has == resources && !self.failed() {
            Ok(vec![])
        } else if asked_mib < has_mib {
            Err(InstanceError::StorageCannotShrink { has_mib, asked_mib })
        } else if !self.holds.is_empty() {
            Err(InstanceError::OnHold)
        } else if self.stopped {
            Err(InstanceError::NotRunning)
        } else if self.open().is_some() {
            Err(InstanceError::Busy)
        } else {
            Ok(vec![self.begin(Kind::Resize(resources), at)])
        }
    }

    /// There is nothing to observe of what rests: it is applied when it starts.
    fn refit(&self, has: Resources, resources: Resources, at: DateTime<Utc>) -> Decided {
        let (has_mib, asked_mib) = (has.storage_mib(), resources.storage_mib());
        if self.holds.is_empty() {
            Err(InstanceError::NotOnHold)
        } else if asked_mib < has_mib {
            Err(InstanceError::StorageCannotShrink { has_mib, asked_mib })
        } else if has == resources {
            Ok(vec![])
        } else {
            Ok(vec![Did::Refitted { resources, at }])
        }
    }

    /// Of a resize that was undone the resize is asked for again, not the undoing.
    fn retry(&self, at: DateTime<Utc>) -> Decided {
        match self.newest {
            Some(Operation {
                kind,
                end: End::Failed,
                ..
            }) => Ok(vec![self.begin(kind, at)]),
            Some(Operation {
                kind: Kind::Undo(undo),
                end: End::Observed,
                ..
            }) if self.resize_failed => Ok(vec![self.begin(Kind::Resize(undo.asked), at)]),
            _ => Err(InstanceError::NothingToRetry),
        }
    }

    pub(super) fn fold(&mut self, event: Did) {
        self.health.fold(&event);
        match event {
            Did::RestartRequested { operation, .. } => self.opened(operation, Kind::Restart),
            Did::StopRequested {
                operation, cause, ..
            } => {
                self.stopped |= cause == StopCause::Customer;
                self.opened(operation, Kind::Stop(cause));
            }
            Did::StartRequested { operation, .. } => {
                self.stopped = false;
                self.opened(operation, Kind::Start);
            }
            Did::ResizeRequested {
                operation,
                resources,
                ..
            } => self.opened(operation, Kind::Resize(resources)),
            Did::ResizeUndoRequested {
                operation,
                resources,
                ..
            } => {
                let undo = self.undoing(resources);
                self.opened(operation, Kind::Undo(undo));
            }
            Did::ReconfigureRequested { operation, .. } => {
                self.opened(operation, Kind::Reconfigure);
            }
            Did::Restarted { .. }
            | Did::Stopped { .. }
            | Did::Started { .. }
            | Did::Resized { .. }
            | Did::ResizeUndone { .. }
            | Did::Reconfigured { .. }
            | Did::PasswordReset { .. } => self.ended(End::Observed),
            Did::PasswordResetRequested { operation, .. } => {
                self.opened(operation, Kind::ResetPassword { set: false });
            }
            Did::PasswordSet { .. } => {
                if let Some(newest) = &mut self.newest {
                    newest.kind = Kind::ResetPassword { set: true };
                }
            }
            Did::OperationFailed { .. } => {
                self.resize_failed |= matches!(self.open(), Some(Kind::Resize(_)));
                self.ended(End::Failed);
            }
            Did::Held {
                kind,
                reason,
                until,
                ..
            } => {
                self.holds.insert(kind, Hold { reason, until });
            }
            Did::Released { kind, .. } => {
                self.holds.remove(&kind);
            }
            Did::Requested { .. }
            | Did::Refitted { .. }
            | Did::ParametersChanged { .. }
            | Did::StepCompleted { .. }
            | Did::TroubleObserved { .. }
            | Did::BecameReady { .. }
            | Did::CredentialsRevealed { .. }
            | Did::BecameUnready { .. }
            | Did::HealingBegun { .. }
            | Did::Degraded { .. }
            | Did::DayLost { .. }
            | Did::Recovered { .. }
            | Did::DriftCorrected { .. }
            | Did::DriftAlerted { .. }
            | Did::ObjectReclaimed { .. }
            | Did::UsageWarned { .. }
            | Did::UsageEased { .. }
            | Did::VolumeWarned { .. }
            | Did::VolumeEased { .. }
            | Did::RemovalRequested { .. }
            | Did::Removed { .. } => {}
        }
    }

    pub(super) fn is_on_hold(&self) -> bool {
        !self.holds.is_empty()
    }

    pub(super) fn is_held_by_staff(&self) -> bool {
        self.holds.contains_key(&HoldKind::Staff)
    }

    pub(super) fn is_to_rest(&self) -> bool {
        !self.may_run()
    }

    fn may_run(&self) -> bool {
        self.holds.is_empty() && !self.stopped
    }

    fn open(&self) -> Option<Kind> {
        self.newest
            .filter(|newest| newest.end == End::Open)
            .map(|newest| newest.kind)
    }

    /// Something is under way that the app is not ready during.
    fn is_unsettled(&self) -> bool {
        let open = self.open();
        open.is_some_and(|kind| !matches!(kind, Kind::ResetPassword { .. }))
    }

    fn failed(&self) -> bool {
        self.newest.is_some_and(|newest| newest.end == End::Failed)
    }

    /// The request of an operation under the next number; it takes the place of one that is open.
    fn begin(&self, kind: Kind, at: DateTime<Utc>) -> Did {
        let operation = self.newest.map_or(0, |newest| newest.number) + 1;
        match kind {
            Kind::Restart => Did::RestartRequested { operation, at },
            Kind::Stop(cause) => Did::StopRequested {
                operation,
                cause,
                at,
            },
            Kind::Start => Did::StartRequested { operation, at },
            Kind::Reconfigure => Did::ReconfigureRequested { operation, at },
            Kind::ResetPassword { .. } => Did::PasswordResetRequested { operation, at },
            Kind::Resize(resources) => Did::ResizeRequested {
                operation,
                resources,
                at,
            },
            Kind::Undo(undo) => Did::ResizeUndoRequested {
                operation,
                resources: undo.back_to,
                at,
            },
        }
    }

    fn opened(&mut self, number: u32, kind: Kind) {
        self.resize_failed &= matches!(kind, Kind::Undo(_));
        self.newest = Some(Operation {
            number,
            kind,
            end: End::Open,
        });
    }

    fn ended(&mut self, end: End) {
        if let Some(newest) = &mut self.newest {
            newest.end = end;
        }
    }
}
