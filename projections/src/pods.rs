//! What runs on the cluster, as it was observed.

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::{moment, stream_id},
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    ids::{InstanceId, UserId},
    instance::{InstanceEvent, Wanted},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// Where a pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum PodStatus {
    Provisioning,
    Ready,
    Removing,
    Removed,
}

/// A step of provisioning that came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
pub struct CompletedStep {
    /// `namespace`, `guards`, `secret`, `database`, `owner`, `app` or `route`.
    pub step: String,
    /// When it was observed.
    pub at: DateTime<Utc>,
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
    /// Whether the generated sign-in was shown; it is shown once.
    pub credentials_revealed: bool,
    /// The version of the pod's stream: grows by one with every event.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
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
            Event::Instance(_) => vec![stream_id(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<PodRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Instance(fact) = &event.event else {
            return Ok(());
        };
        if let InstanceEvent::Requested { wanted, at } = fact {
            return rows.insert(requested(event, wanted, *at));
        }
        rows.update(stream_id(event), |row| {
            row.version = event.sequence;
            change(row, fact);
        })
    }
}

fn requested(event: &Recorded, wanted: &Wanted, at: DateTime<Utc>) -> PodRow {
    PodRow {
        id: stream_id(event),
        subscription_id: wanted.subscription_id.uuid(),
        user_id: wanted.user_id.uuid(),
        recipe: wanted.recipe.to_string(),
        service: wanted.service.to_string(),
        subdomain: wanted.subdomain.to_string(),
        status: PodStatus::Provisioning,
        steps: vec![],
        trouble: None,
        cpu_millicores: wanted.resources.cpu_millicores().into(),
        memory_mib: wanted.resources.memory_mib().into(),
        storage_mib: wanted.resources.storage_mib().into(),
        requested_at: moment(at),
        ready_at: None,
        removed_at: None,
        credentials_revealed: false,
        version: event.sequence,
        position: event.position,
    }
}

fn change(row: &mut PodRow, fact: &InstanceEvent) {
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
        InstanceEvent::RemovalRequested { at: _ } => row.status = PodStatus::Removing,
        InstanceEvent::Removed { at } => {
            row.status = PodStatus::Removed;
            row.removed_at = Some(moment(*at));
        }
        // What was put back is the operators' business; a pod's own row does not tell of it.
        InstanceEvent::DriftCorrected { .. } | InstanceEvent::DriftAlerted { .. } => {}
    }
}

/// A customer's pods, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page_of_user(
    rows: &mut PgConnection,
    user: UserId,
    page: &Page,
) -> sqlx::Result<(Vec<PodRow>, Option<String>)> {
    owned::page(rows, user, page).await
}

/// A customer's pod; somebody else's is not found.
///
/// # Errors
/// The database's error.
pub async fn of_user(
    rows: &mut PgConnection,
    user: UserId,
    instance: InstanceId,
) -> sqlx::Result<Option<PodRow>> {
    owned::one(rows, user, instance.uuid()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, finer, id};
    use purser_domain::{
        ids::SubscriptionId,
        instance::{Instance, Step},
        resources::Resources,
    };

    fn requested() -> InstanceEvent {
        InstanceEvent::Requested {
            wanted: Box::new(Wanted {
                subscription_id: SubscriptionId::new(id(2)),
                user_id: UserId::new(id(3)),
                recipe: "wordpress".parse().unwrap(),
                service: "WordPress".parse().unwrap(),
                resources: Resources::new(500, 512, 2048).unwrap(),
                subdomain: "toko-budi".parse().unwrap(),
            }),
            at: at(1),
        }
    }

    fn completed(step: Step, day: u64) -> InstanceEvent {
        InstanceEvent::StepCompleted {
            step,
            at: finer(at(day)),
        }
    }

    fn trouble() -> InstanceEvent {
        InstanceEvent::TroubleObserved {
            step: Step::Guards,
            trouble: "the node is full".into(),
            at: at(2),
        }
    }

    fn later() -> Vec<InstanceEvent> {
        vec![
            completed(Step::Namespace, 2),
            trouble(),
            completed(Step::Guards, 3),
            trouble(),
            InstanceEvent::BecameReady { at: finer(at(4)) },
            InstanceEvent::CredentialsRevealed { at: at(5) },
            InstanceEvent::RemovalRequested { at: at(6) },
            InstanceEvent::Removed { at: finer(at(7)) },
        ]
    }

    fn story(facts: impl IntoIterator<Item = InstanceEvent>) -> Story {
        facts.into_iter().fold(Story::default(), |story, fact| {
            story.then::<Instance>(&InstanceId::new(id(1)), fact)
        })
    }

    /// The row after the request and so many of the later events.
    fn after(count: usize) -> PodRow {
        let facts = [requested()].into_iter().chain(later()).take(count + 1);
        story(facts).row::<Pods>(id(1)).unwrap()
    }

    #[test]
    fn a_pod_removed_shows_its_whole_story() {
        let step = |step: &str, day| CompletedStep {
            step: step.into(),
            at: at(day),
        };
        let expected = PodRow {
            id: id(1),
            subscription_id: id(2),
            user_id: id(3),
            recipe: "wordpress".into(),
            service: "WordPress".into(),
            subdomain: "toko-budi".into(),
            status: PodStatus::Removed,
            steps: vec![step("namespace", 2), step("guards", 3)],
            trouble: None,
            cpu_millicores: 500,
            memory_mib: 512,
            storage_mib: 2048,
            requested_at: at(1),
            ready_at: Some(at(4)),
            removed_at: Some(at(7)),
            credentials_revealed: true,
            version: 9,
            position: 1,
        };
        assert_eq!(after(8), expected);
    }

    #[test]
    fn a_pod_passes_through_its_states() {
        use PodStatus::{Provisioning, Ready, Removed, Removing};
        let states: Vec<PodStatus> = (0..=8).map(|count| after(count).status).collect();
        assert_eq!(states[..5], [Provisioning; 5]);
        assert_eq!(states[5..], [Ready, Ready, Removing, Removed]);
    }

    #[test]
    fn trouble_stands_until_the_next_step_or_readiness() {
        assert_eq!(after(2).trouble.as_deref(), Some("the node is full"));
        assert_eq!(after(3).trouble, None);
        assert_eq!(after(4).trouble.as_deref(), Some("the node is full"));
        assert_eq!(after(5).trouble, None);
    }

    #[test]
    fn what_nobody_requested_cannot_change() {
        for fact in later() {
            assert_eq!(
                story([fact]).refusal::<Pods>(),
                Some(Unprojectable::Missing(id(1)))
            );
        }
    }
}
