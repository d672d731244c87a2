use super::{HoldKind, Resource, StopCause, Unready};
use crate::{
    aggregate::event_names,
    ids::{SubscriptionId, UserId},
    parameters::Parameters,
    resources::Resources,
    text::{Reason, Slug, Subdomain, Title},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum InstanceEvent {
    #[serde(rename = "instance.requested")]
    Requested {
        wanted: Box<Wanted>,
        at: DateTime<Utc>,
    },
    /// A step of provisioning came to its end: objects applied, a job done, readiness seen.
    #[serde(rename = "instance.step_completed")]
    StepCompleted { step: Step, at: DateTime<Utc> },
    /// What stands in the way, in plain words, as the cluster reports it.
    #[serde(rename = "instance.trouble_observed")]
    TroubleObserved {
        step: Step,
        trouble: String,
        at: DateTime<Utc>,
    },
    /// The app answered its own readiness probe behind its route.
    #[serde(rename = "instance.became_ready")]
    BecameReady { at: DateTime<Utc> },
    /// The customer was shown the generated sign-in, once.
    #[serde(rename = "instance.credentials_revealed")]
    CredentialsRevealed { at: DateTime<Utc> },
    /// The app's pod is to be replaced. Operations are numbered; a newer one takes an older one's place.
    #[serde(rename = "instance.restart_requested")]
    RestartRequested { operation: u32, at: DateTime<Utc> },
    /// App and database are to rest; the data stay.
    #[serde(rename = "instance.stop_requested")]
    StopRequested {
        operation: u32,
        cause: StopCause,
        at: DateTime<Utc>,
    },
    #[serde(rename = "instance.start_requested")]
    StartRequested { operation: u32, at: DateTime<Utc> },
    /// App and volume are to have these figures; the data stay.
    #[serde(rename = "instance.resize_requested")]
    ResizeRequested {
        operation: u32,
        resources: Resources,
        at: DateTime<Utc>,
    },
    /// The customer chose anew what his app is to run with; where it runs, a request to that end follows at once.
    #[serde(rename = "instance.parameters_changed")]
    ParametersChanged {
        parameters: Parameters,
        at: DateTime<Utc>,
    },
    /// The app is to be started anew with what its customer chose.
    #[serde(rename = "instance.reconfigure_requested")]
    ReconfigureRequested { operation: u32, at: DateTime<Utc> },
    /// The owner of the app is to get a new password; nobody is told it before it was observed to count.
    #[serde(rename = "instance.password_reset_requested")]
    PasswordResetRequested { operation: u32, at: DateTime<Utc> },
    /// The Job that gives the app the new password was observed to succeed.
    #[serde(rename = "instance.password_set")]
    PasswordSet { operation: u32, at: DateTime<Utc> },
    /// The instance's Secret holds the new password for its customer, who may be shown it once.
    #[serde(rename = "instance.password_reset")]
    PasswordReset { operation: u32, at: DateTime<Utc> },
    /// A pod with the new figures was observed to be ready.
    #[serde(rename = "instance.resized")]
    Resized { operation: u32, at: DateTime<Utc> },
    /// The operation before it, a resize, failed: the instance is to have these figures again, those from before; of
    /// the storage it keeps what its volume was given already.
    #[serde(rename = "instance.resize_undo_requested")]
    ResizeUndoRequested {
        operation: u32,
        resources: Resources,
        at: DateTime<Utc>,
    },
    /// A pod with the figures from before was observed to be ready.
    #[serde(rename = "instance.resize_undone")]
    ResizeUndone { operation: u32, at: DateTime<Utc> },
    /// A pod that was started with what the customer chose was observed to be ready.
    #[serde(rename = "instance.reconfigured")]
    Reconfigured { operation: u32, at: DateTime<Utc> },
    /// The new pod was observed to be ready.
    #[serde(rename = "instance.restarted")]
    Restarted { operation: u32, at: DateTime<Utc> },
    /// Nothing of app and database was observed to run any more.
    #[serde(rename = "instance.stopped")]
    Stopped { operation: u32, at: DateTime<Utc> },
    /// App and database were observed to be ready again.
    #[serde(rename = "instance.started")]
    Started { operation: u32, at: DateTime<Utc> },
    /// The operation was given up, for a reason in plain words. It may be asked for again.
    #[serde(rename = "instance.operation_failed")]
    OperationFailed {
        operation: u32,
        reason: Reason,
        at: DateTime<Utc>,
    },
    /// An app that nobody had asked to stop or change is not ready any more, or in another way than before.
    #[serde(rename = "instance.became_unready")]
    BecameUnready {
        unready: Unready,
        trouble: Option<String>,
        /// Whether the cause is on our side.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ours: bool,
        at: DateTime<Utc>,
    },
    /// It runs and does not answer, so it is restarted, for this many times in a row.
    #[serde(rename = "instance.healing_begun")]
    HealingBegun { attempt: u32, at: DateTime<Utc> },
    /// It is not ready and does not come to it by itself: somebody has to look.
    #[serde(rename = "instance.degraded")]
    Degraded { unready: Unready, at: DateTime<Utc> },
    /// On this day, in Jakarta, it was down for a cause on our side, for longer than the operator lets pass.
    #[serde(rename = "instance.day_lost")]
    DayLost { day: NaiveDate, at: DateTime<Utc> },
    /// It is ready again.
    #[serde(rename = "instance.recovered")]
    Recovered { at: DateTime<Utc> },
    /// Somebody else than the customer keeps it from running; `until` is when that ends by itself.
    #[serde(rename = "instance.held")]
    Held {
        kind: HoldKind,
        reason: Reason,
        until: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    },
    /// A hold ended; without a reason where its own deadline came.
    #[serde(rename = "instance.released")]
    Released {
        kind: HoldKind,
        reason: Option<Reason>,
        at: DateTime<Utc>,
    },
    /// It rests, and goes on with these figures.
    #[serde(rename = "instance.refitted")]
    Refitted {
        resources: Resources,
        at: DateTime<Utc>,
    },
    #[serde(rename = "instance.removal_requested")]
    RemovalRequested { at: DateTime<Utc> },
    /// The namespace was observed to be gone.
    #[serde(rename = "instance.removed")]
    Removed { at: DateTime<Utc> },
    /// Fields of ours that somebody had changed in an object of ours were put back.
    #[serde(rename = "instance.drift_corrected")]
    DriftCorrected {
        object: String,
        managers: Vec<ForeignManager>,
        at: DateTime<Utc>,
    },
    /// It was the third time within an hour: from now on the object is left alone.
    #[serde(rename = "instance.drift_alerted")]
    DriftAlerted { object: String, at: DateTime<Utc> },
    /// Staff says that the fight is over: from now on the object is put back again.
    #[serde(rename = "instance.object_reclaimed")]
    ObjectReclaimed { object: String, at: DateTime<Utc> },
    /// For some time it used so much of what its plan gives that it passed a mark.
    #[serde(rename = "instance.usage_warned")]
    UsageWarned {
        resource: Resource,
        /// 80 or 90 percent.
        mark: u32,
        percent: u32,
        /// What the plan gives: millicores or MiB.
        limit: u32,
        at: DateTime<Utc>,
    },
    /// It was well below the marks for some time.
    #[serde(rename = "instance.usage_eased")]
    UsageEased {
        resource: Resource,
        percent: u32,
        at: DateTime<Utc>,
    },
    /// A volume that no plan sells, such as its database's, is so full that it passed a mark.
    #[serde(rename = "instance.volume_warned")]
    VolumeWarned {
        claim: String,
        /// 80 or 90 percent.
        mark: u32,
        percent: u32,
        capacity_mib: u32,
        at: DateTime<Utc>,
    },
    /// Such a volume was well below the marks.
    #[serde(rename = "instance.volume_eased")]
    VolumeEased {
        claim: String,
        percent: u32,
        at: DateTime<Utc>,
    },
}

impl InstanceEvent {
    /// From when on it is ready again, or at rest: what was said of its health before is over. `None` of any other event.
    pub const fn ends_illness_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Recovered { at }
            | Self::Restarted { at, .. }
            | Self::Stopped { at, .. }
            | Self::Started { at, .. }
            | Self::Resized { at, .. }
            | Self::ResizeUndone { at, .. }
            | Self::Reconfigured { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// Who else writes to an object of ours, and which fields, as the cluster names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignManager {
    pub manager: String,
    pub paths: Vec<String>,
}

/// What is to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    pub subscription_id: SubscriptionId,
    pub user_id: UserId,
    pub recipe: Slug,
    pub service: Title,
    pub resources: Resources,
    pub subdomain: Subdomain,
    /// What the customer chose of the recipe's parameters.
    #[serde(default, skip_serializing_if = "Parameters::is_empty")]
    pub parameters: Parameters,
}

/// The steps of provisioning. Their order belongs to the recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Namespace,
    Guards,
    Secret,
    Database,
    Owner,
    App,
    /// The app forgets how its owner was made, so that the customer can change the password.
    Handover,
    Route,
}

impl Step {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Guards => "guards",
            Self::Secret => "secret",
            Self::Database => "database",
            Self::Owner => "owner",
            Self::App => "app",
            Self::Handover => "handover",
            Self::Route => "route",
        }
    }
}

event_names!(InstanceEvent {
    Requested => "instance.requested" v "1",
    StepCompleted => "instance.step_completed" v "1",
    TroubleObserved => "instance.trouble_observed" v "1",
    BecameReady => "instance.became_ready" v "1",
    CredentialsRevealed => "instance.credentials_revealed" v "1",
    RestartRequested => "instance.restart_requested" v "1",
    StopRequested => "instance.stop_requested" v "1",
    StartRequested => "instance.start_requested" v "1",
    ResizeRequested => "instance.resize_requested" v "1",
    ParametersChanged => "instance.parameters_changed" v "1",
    ReconfigureRequested => "instance.reconfigure_requested" v "1",
    PasswordResetRequested => "instance.password_reset_requested" v "1",
    PasswordSet => "instance.password_set" v "1",
    PasswordReset => "instance.password_reset" v "1",
    Resized => "instance.resized" v "1",
    ResizeUndoRequested => "instance.resize_undo_requested" v "1",
    ResizeUndone => "instance.resize_undone" v "1",
    Reconfigured => "instance.reconfigured" v "1",
    Restarted => "instance.restarted" v "1",
    Stopped => "instance.stopped" v "1",
    Started => "instance.started" v "1",
    OperationFailed => "instance.operation_failed" v "1",
    BecameUnready => "instance.became_unready" v "1",
    HealingBegun => "instance.healing_begun" v "1",
    Degraded => "instance.degraded" v "1",
    DayLost => "instance.day_lost" v "1",
    Recovered => "instance.recovered" v "1",
    Held => "instance.held" v "1",
    Released => "instance.released" v "1",
    Refitted => "instance.refitted" v "1",
    RemovalRequested => "instance.removal_requested" v "1",
    Removed => "instance.removed" v "1",
    DriftCorrected => "instance.drift_corrected" v "1",
    DriftAlerted => "instance.drift_alerted" v "1",
    ObjectReclaimed => "instance.object_reclaimed" v "1",
    UsageWarned => "instance.usage_warned" v "1",
    UsageEased => "instance.usage_eased" v "1",
    VolumeWarned => "instance.volume_warned" v "1",
    VolumeEased => "instance.volume_eased" v "1",
});
