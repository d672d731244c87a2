//! What differs, and what becomes of it.

use super::{Finding, Sweeper};
use crate::kubernetes::{Applied, Difference, ForeignFields, Inventory, WantedObjects};
use futures_util::{StreamExt as _, stream};
use purser_domain::ids::{InstanceId, derived};
use std::{collections::HashSet, time::Duration};
use uuid::Uuid;

/// Repairs that begin together would stampede a cluster that has just come back.
const SPREAD_MS: u128 = 500;

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Swept(Vec<Finding>);

impl Swept {
    /// Its namespace is gone, and with it its data: what was there before cannot be made again.
    pub(super) fn lost(&mut self, id: InstanceId) {
        tracing::error!(instance.id = %id, "the namespace of an instance is gone");
        self.add(id, "namespace_missing", None, None);
    }

    /// What stands there had not been recorded, and now is.
    pub(super) fn unrecorded(&mut self, id: InstanceId) {
        self.add(id, "not_recorded", None, None);
        if let Some(finding) = self.0.last_mut() {
            finding.outcome = "repaired".into();
        }
    }

    pub(super) fn unknown(&mut self, id: InstanceId, error: String) {
        self.add(id, "not_comparable", None, Some(error));
    }

    /// Somebody scaled it: it runs where it is to rest, or is shut down where it is to run.
    pub(super) fn scaled(&mut self, id: InstanceId, rests: bool) {
        let detail = match rests {
            true => "it is to rest and does not",
            false => "it is to run and was shut down",
        };
        let object = Some("Deployment/web".into());
        self.add(id, "scaled", object, Some(detail.into()));
    }

    pub(super) fn compared(&mut self, id: InstanceId, wanted: &WantedObjects, found: &Inventory) {
        let Difference {
            missing,
            edited,
            unexpected,
        } = found.compare(wanted);
        for object in missing {
            // Made again it would be empty, and whoever comes first would own the app.
            let finding = match object.starts_with("PersistentVolumeClaim/") {
                true => "volume_missing",
                false => "object_missing",
            };
            self.add(id, finding, Some(object), None);
        }
        for object in edited {
            let detail = in_words(&object.managers);
            self.add(id, "object_edited", Some(object.object), Some(detail));
        }
        for object in unexpected {
            self.add(id, "object_unexpected", Some(object), None);
        }
    }

    fn add(
        &mut self,
        id: InstanceId,
        finding: &str,
        object: Option<String>,
        detail: Option<String>,
    ) {
        self.0.push(Finding {
            instance_id: id.uuid(),
            finding: finding.into(),
            object,
            detail,
            outcome: "reported".into(),
        });
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.0
    }
}

impl Sweeper {
    /// Puts right what can be put right by applying what is wanted, a few instances at a time. What somebody merely
    /// added was found harmless the first time, and is not tried again.
    pub(super) async fn repair(&self, findings: &mut [Finding], known: &HashSet<Finding>) {
        for finding in findings.iter_mut() {
            let before = Finding {
                outcome: "nothing_to_repair".into(),
                ..finding.clone()
            };
            if known.contains(&before) {
                *finding = before;
            }
        }
        let without_data = findings.iter().filter(|it| it.finding == "volume_missing");
        let without_data: HashSet<Uuid> = without_data.map(|it| it.instance_id).collect();
        let is_curable = |finding: &Finding| {
            matches!(
                finding.finding.as_str(),
                "object_missing" | "object_edited" | "scaled"
            ) && finding.outcome == "reported"
                && !without_data.contains(&finding.instance_id)
        };
        let curable = findings.iter().filter(|finding| is_curable(finding));
        let ids: HashSet<Uuid> = curable.map(|finding| finding.instance_id).collect();
        let repaired = stream::iter(ids).map(async |id| {
            let spread = u64::try_from(id.as_u128() % SPREAD_MS).unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(spread)).await;
            let sweep = derived(&["sweep", &id.to_string(), &self.clock.now().to_rfc3339()]);
            (id, self.effects.repair(InstanceId::new(id), sweep).await)
        });
        let mut repaired = repaired.buffer_unordered(self.options.repairs.max(1));
        while let Some((id, outcome)) = repaired.next().await {
            let of_it = findings.iter_mut().filter(|it| it.instance_id == id);
            for finding in of_it.filter(|finding| is_curable(finding)) {
                finding.outcome = came_to(finding, &outcome).into();
                if let Err(error) = &outcome {
                    finding.detail = Some(error.clone());
                }
            }
        }
    }
}

fn came_to(finding: &Finding, repaired: &Result<Applied, String>) -> &'static str {
    let object = finding.object.as_deref().unwrap_or_default();
    match repaired {
        Err(_) => "failed",
        Ok(applied) if applied.left_alone.iter().any(|it| it == object) => "left_alone",
        Ok(applied) if applied.put_back.iter().any(|it| it.object == object) => "repaired",
        Ok(_) if matches!(&*finding.finding, "object_missing" | "scaled") => "repaired",
        // What somebody added stands beside what is ours.
        Ok(_) => "nothing_to_repair",
    }
}

/// `kubectl-edit: .spec.replicas, .metadata.labels`
fn in_words(managers: &[ForeignFields]) -> String {
    let managers = managers
        .iter()
        .map(|foreign| format!("{}: {}", foreign.manager, foreign.paths.join(", ")));
    managers.collect::<Vec<_>>().join("; ")
}
