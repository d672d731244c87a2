use crate::{
    aggregate::event_names,
    ids::{SubscriptionId, UserId},
    resources::Resources,
    text::{Slug, Subdomain, Title},
};
use chrono::{DateTime, Utc};
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
    RemovalRequested => "instance.removal_requested" v "1",
    Removed => "instance.removed" v "1",
    DriftCorrected => "instance.drift_corrected" v "1",
    DriftAlerted => "instance.drift_alerted" v "1",
});
