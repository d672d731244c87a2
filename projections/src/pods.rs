//! What runs on the cluster, as it was observed.

mod queries;
mod warnings;

pub use queries::{by_id, by_status, of_user, page_of_user, status_under};
pub use warnings::WarningRow;

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::{moment, stream_id, stream_row},
    owned::Listed,
};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    instance::{HoldKind, InstanceEvent, Unready, Wanted},
    resources::Resources,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

/// Where a pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum PodStatus {
    Provisioning,
    Ready,
    /// It was ready, and is not without having been asked; see its trouble.
    Unready,
    Restarting,
    Stopping,
    Stopped,
    Starting,
    /// On its way to other figures.
    Resizing,
    /// On its way to what its customer chose.
    Reconfiguring,
    /// Its owner gets another password.
    ResettingPassword,
    /// Kept from running, whatever its customer wants.
    Held,
    /// What was asked of it last failed, or it is not ready and did not come to it again; see its trouble.
    Degraded,
    Removing,
    Removed,
}

/// A step of provisioning that came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct CompletedStep {
    /// `namespace`, `guards`, `secret`, `database`, `owner`, `app`, `handover` or `route`.
    pub step: String,
    /// When it was observed.
    pub at: DateTime<Utc>,
}

/// Why a pod is kept from running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
#[oai(rename = "PodHold", skip_serializing_if_is_none)]
pub struct HoldRow {
    /// `billing` or `staff`.
    pub kind: String,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// What runs for a subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Pod", skip_serializing_if_is_none)]
pub struct PodRow {
    /// The pod's id.
    pub id: Uuid,
    /// The subscription it runs for.
    pub subscription_id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// The recipe that it is made by.
    pub recipe: String,
    /// The app's title.
    pub service: String,
    /// The customer's part of the host name.
    pub subdomain: String,
    /// Where it stands.
    pub status: PodStatus,
    /// The steps of provisioning so far, in the order of their end.
    #[sqlx(json)]
    pub steps: Vec<CompletedStep>,
    /// What stands in the way, in plain words.
    pub trouble: Option<String>,
    /// Why the last change of its figures failed; it goes back to those from before, or has them again.
    pub resize_failed: Option<String>,
    /// What keeps it from running.
    #[sqlx(json)]
    pub holds: Vec<HoldRow>,
    /// The days, in Jakarta, on which it was down for more than an hour for a cause on our side.
    #[sqlx(json)]
    pub lost_days: Vec<NaiveDate>,
    /// What it comes close to the plan's limit of.
    #[sqlx(json)]
    pub warnings: Vec<WarningRow>,
    /// CPU in thousandths of a core.
    pub cpu_millicores: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Storage in MiB.
    pub storage_mib: i64,
    /// When it was ordered.
    pub requested_at: DateTime<Utc>,
    /// When the app first answered.
    pub ready_at: Option<DateTime<Utc>>,
    /// When it was observed to be gone.
    pub removed_at: Option<DateTime<Utc>>,
    /// Whether the generated sign-in was shown; it is shown once, and once more after a reset of its password.
    pub credentials_revealed: bool,
    /// The version of the pod's stream: grows by one with every event.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
    /// Whether the last operation on it failed.
    #[oai(skip)]
    pub operation_failed: bool,
}

impl Row for PodRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for PodRow {
    const TABLE: &'static str = Pods::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `pods`.
pub struct Pods;

impl Projection for Pods {
    const NAME: &'static str = "pods_v1";
    const TABLE: &'static str = "pods";
    type Row = PodRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Instance(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<PodRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Instance(fact) = &event.event else {
            return Ok(());
        };
        if let InstanceEvent::Requested { wanted, at } = fact {
            return rows.insert(requested(event, wanted, *at)?);
        }
        rows.update(stream_id(event)?, |row| {
            row.version = event.sequence;
            change(row, fact);
        })
    }
}

fn requested(
    event: &Recorded,
    wanted: &Wanted,
    at: DateTime<Utc>,
) -> Result<PodRow, Unprojectable> {
    Ok(PodRow {
        id: stream_id(event)?,
        subscription_id: wanted.subscription_id.uuid(),
        user_id: wanted.user_id.uuid(),
        recipe: wanted.recipe.to_string(),
        service: wanted.service.to_string(),
        subdomain: wanted.subdomain.to_string(),
        status: PodStatus::Provisioning,
        steps: vec![],
        trouble: None,
        resize_failed: None,
        holds: vec![],
        lost_days: vec![],
        operation_failed: false,
        warnings: vec![],
        cpu_millicores: wanted.resources.cpu_millicores().into(),
        memory_mib: wanted.resources.memory_mib().into(),
        storage_mib: wanted.resources.storage_mib().into(),
        requested_at: moment(at),
        ready_at: None,
        removed_at: None,
        credentials_revealed: false,
        version: event.sequence,
        position: event.position,
    })
}

fn change(row: &mut PodRow, fact: &InstanceEvent) {
    match fact {
        InstanceEvent::RestartRequested { .. }
        | InstanceEvent::StopRequested { .. }
        | InstanceEvent::StartRequested { .. }
        | InstanceEvent::ResizeRequested { .. }
        | InstanceEvent::ReconfigureRequested { .. } => {
            row.operation_failed = false;
            row.resize_failed = None;
        }
        InstanceEvent::ResizeUndoRequested { .. } => {
            row.operation_failed = false;
            row.resize_failed = row.resize_failed.take().or(row.trouble.take());
        }
        InstanceEvent::ResizeUndone { .. }
        | InstanceEvent::Reconfigured { .. }
        | InstanceEvent::Restarted { .. }
        | InstanceEvent::Started { .. }
        | InstanceEvent::Resized { .. }
        | InstanceEvent::Stopped { .. } => row.operation_failed = false,
        InstanceEvent::OperationFailed { .. } => row.operation_failed = true,
        _ => {}
    }
    match fact {
        InstanceEvent::Requested { .. } => {}
        InstanceEvent::StepCompleted { step, at } => {
            row.steps.push(CompletedStep {
                step: step.as_str().into(),
                at: moment(*at),
            });
            row.trouble = None;
        }
        InstanceEvent::TroubleObserved { trouble, .. } => row.trouble = Some(trouble.clone()),
        InstanceEvent::BecameReady { at } => {
            row.status = PodStatus::Ready;
            row.ready_at = Some(moment(*at));
            row.trouble = None;
        }
        InstanceEvent::CredentialsRevealed { at: _ } => row.credentials_revealed = true,
        InstanceEvent::RestartRequested { .. } => row.status = PodStatus::Restarting,
        InstanceEvent::StopRequested { .. } => row.status = PodStatus::Stopping,
        InstanceEvent::StartRequested { .. } => row.status = PodStatus::Starting,
        // What was chosen may be a secret, and is shown by nobody.
        InstanceEvent::Refitted { resources, .. } => size(row, resources),
        InstanceEvent::ParametersChanged { .. } => {}
        InstanceEvent::ReconfigureRequested { .. } => row.status = PodStatus::Reconfiguring,
        InstanceEvent::ResizeRequested { resources, .. }
        | InstanceEvent::ResizeUndoRequested { resources, .. } => {
            row.status = PodStatus::Resizing;
            size(row, resources);
        }
        InstanceEvent::Restarted { .. }
        | InstanceEvent::Started { .. }
        | InstanceEvent::Reconfigured { .. }
        | InstanceEvent::Resized { .. }
        | InstanceEvent::ResizeUndone { .. } => {
            row.status = PodStatus::Ready;
            row.trouble = None;
        }
        InstanceEvent::PasswordResetRequested { .. } => row.status = PodStatus::ResettingPassword,
        InstanceEvent::PasswordSet { .. } => {}
        InstanceEvent::PasswordReset { .. } => {
            // It may have become unready meanwhile; the new password does not change that.
            if row.status == PodStatus::ResettingPassword {
                row.status = PodStatus::Ready;
                row.trouble = None;
            }
            row.credentials_revealed = false;
        }
        InstanceEvent::Stopped { .. } => {
            row.status = at_rest(row);
            row.trouble = None;
            warnings::rest(row);
        }
        InstanceEvent::UsageWarned {
            resource,
            mark,
            percent,
            at,
            ..
        } => {
            warnings::warn(row, *resource, *mark, *percent, *at);
        }
        InstanceEvent::UsageEased { resource, .. } => warnings::ease(row, *resource),
        InstanceEvent::BecameUnready {
            unready, trouble, ..
        } => {
            if row.status != PodStatus::Degraded {
                row.status = PodStatus::Unready;
            }
            row.trouble = Some(trouble.clone().unwrap_or_else(|| plain(*unready).into()));
        }
        InstanceEvent::Recovered { .. } => {
            if !row.operation_failed {
                row.status = PodStatus::Ready;
            }
            row.trouble = None;
        }
        InstanceEvent::Degraded { .. } => row.status = PodStatus::Degraded,
        InstanceEvent::DayLost { day, .. } => row.lost_days.push(*day),
        InstanceEvent::OperationFailed { reason, .. } => {
            row.status = PodStatus::Degraded;
            row.trouble = Some(reason.to_string());
        }
        InstanceEvent::Held { kind, until, .. } => {
            release(row, *kind);
            row.holds.push(HoldRow {
                kind: kind.as_str().into(),
                until: until.map(moment),
            });
            rest(row);
        }
        InstanceEvent::Released { kind, .. } => {
            release(row, *kind);
            rest(row);
        }
        InstanceEvent::RemovalRequested { at: _ } => {
            row.status = PodStatus::Removing;
            row.warnings.clear();
        }
        InstanceEvent::Removed { at } => {
            row.status = PodStatus::Removed;
            row.trouble = None;
            row.removed_at = Some(moment(*at));
        }
        // What was put back is the operators' business; a pod's own row does not tell of it.
        InstanceEvent::DriftCorrected { .. }
        | InstanceEvent::DriftAlerted { .. }
        | InstanceEvent::ObjectReclaimed { .. } => {}
        // So is a volume that no customer can make larger.
        InstanceEvent::VolumeWarned { .. } | InstanceEvent::VolumeEased { .. } => {}
        // The restart that it led to tells it.
        InstanceEvent::HealingBegun { .. } => {}
    }
}

/// Where the cluster has no words of its own.
fn plain(unready: Unready) -> &'static str {
    match unready {
        Unready::Unresponsive => "it runs and does not answer its readiness probe",
        Unready::Starting => "it has not finished starting",
        Unready::Crashing => "it keeps crashing",
        Unready::NodeLost => "its node does not answer",
    }
}

fn size(row: &mut PodRow, resources: &Resources) {
    row.cpu_millicores = resources.cpu_millicores().into();
    row.memory_mib = resources.memory_mib().into();
    row.storage_mib = resources.storage_mib().into();
}

fn release(row: &mut PodRow, kind: HoldKind) {
    row.holds.retain(|hold| hold.kind != kind.as_str());
}

/// Of two reasons not to run, the one that the customer cannot take back is shown.
fn at_rest(row: &PodRow) -> PodStatus {
    match row.holds.is_empty() {
        true => PodStatus::Stopped,
        false => PodStatus::Held,
    }
}

/// A pod that has stopped stays so while holds come and go.
fn rest(row: &mut PodRow) {
    if matches!(row.status, PodStatus::Stopped | PodStatus::Held) {
        row.status = at_rest(row);
    }
}

#[cfg(test)]
mod tests;
