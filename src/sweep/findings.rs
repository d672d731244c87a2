//! What differs, and what becomes of it.

use super::{Finding, Sweeper};
use crate::{
    kubernetes::{
        Difference, ForeignFields, GUARD_KINDS, Inventory, PutBack, SecretTrouble, StuckPod,
        WantedObjects, instance_label, labels_of_ours, watch::NamespacePhase,
    },
    sagas::{Repair, Repaired},
};
use futures_util::{StreamExt as _, stream};
use purser_domain::{
    ids::{InstanceId, derived},
    instance::Instance,
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use uuid::Uuid;

/// Repairs that begin together would stampede a cluster that has just come back.
const SPREAD_MS: u128 = 500;

/// What applying what is wanted puts right.
const CURABLE: [&str; 8] = [
    "object_missing",
    "object_edited",
    "object_stripped",
    "object_outdated",
    "route_open",
    "scaled",
    "pod_stuck",
    "secret_incomplete",
];

const SECRET: &str = "Secret/app";

/// Under which name it is recorded that somebody took fields out: the cluster does not keep who did.
const NOBODY: &str = "(taken out)";

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Swept {
    findings: Vec<Finding>,
    stripped: Stripped,
}

/// The objects of each instance out of which fields were taken.
pub(super) type Stripped = HashMap<Uuid, Vec<PutBack>>;

impl Swept {
    /// No namespace of ours is its own. One that is gone is gone with its data: what was there before cannot be made again.
    /// One that does not bear our labels any more is not taken back: the cluster lets Purser adopt none.
    pub(super) fn unmarked(&mut self, id: InstanceId, namespace: NamespacePhase) {
        match namespace {
            NamespacePhase::Absent => {
                tracing::error!(instance.id = %id, "the namespace of an instance is gone");
                self.add(id, "namespace_missing", None, None);
            }
            NamespacePhase::NotOurs => {
                tracing::error!(instance.id = %id, "the namespace of an instance does not bear our labels any more");
                let (ours, of_it) = (labels_of_ours(), instance_label());
                let detail = format!("somebody has to see to the labels {ours} and {of_it}={id}");
                self.add(id, "namespace_not_ours", None, Some(detail));
            }
            // It came while it was looked for, or goes.
            NamespacePhase::Active | NamespacePhase::Terminating => {}
        }
    }

    /// What stands there had not been recorded, and now is.
    pub(super) fn unrecorded(&mut self, id: InstanceId) {
        self.add(id, "not_recorded", None, None);
        self.comes_to("repaired");
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

    /// A pod of another template than is wanted holds up the one that is.
    pub(super) fn stuck(&mut self, id: InstanceId, pod: Option<StuckPod>) {
        if let Some(pod) = pod {
            self.add(id, "pod_stuck", Some(pod.object()), None);
        }
    }

    /// What is wrong with the Secret. What was in it is left to people: made again it would hold other passwords than those
    /// that the database knows.
    pub(super) fn secret(&mut self, id: InstanceId, trouble: Option<SecretTrouble>) {
        let detail = match trouble {
            None => return,
            Some(SecretTrouble::Missing) => "it is gone".to_owned(),
            Some(SecretTrouble::NotOurs) => {
                format!(
                    "it does not bear the labels {} of this instance any more",
                    labels_of_ours()
                )
            }
            Some(SecretTrouble::Lacks(keys)) => format!("it lacks {}", keys.join(", ")),
            Some(SecretTrouble::Incomplete(keys)) => {
                let detail = format!("its recipe now asks for {} as well", keys.join(", "));
                self.add(id, "secret_incomplete", Some(SECRET.into()), Some(detail));
                return;
            }
        };
        tracing::error!(instance.id = %id, "the Secret of an instance is not as it was made: {detail}");
        self.add(id, "secret_missing", Some(SECRET.into()), Some(detail));
    }

    pub(super) fn compared(
        &mut self,
        id: InstanceId,
        instance: &Instance,
        wanted: &WantedObjects,
        found: &Inventory,
    ) {
        let Difference {
            missing,
            edited,
            stripped,
            outdated,
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
        for (object, paths) in stripped {
            let contested = instance.contested().any(|contested| contested == object);
            self.stripped(id, object, paths, contested);
        }
        for object in outdated {
            self.add(id, "object_outdated", Some(object), None);
        }
        for object in unexpected {
            let is_route = object.starts_with("Ingress/") || object.starts_with("HTTPRoute/");
            // Made while it was being stopped: whoever comes is to be told that the app rests.
            let finding = match is_route && instance.is_to_rest() {
                true => "route_open",
                false => "object_unexpected",
            };
            self.add(id, finding, Some(object), None);
        }
    }

    fn stripped(&mut self, id: InstanceId, object: String, paths: Vec<String>, contested: bool) {
        let managers = vec![ForeignFields {
            manager: NOBODY.into(),
            paths,
        }];
        let detail = in_words(&managers);
        self.add(id, "object_stripped", Some(object.clone()), Some(detail));
        if contested {
            self.comes_to("left_alone");
        } else {
            let stripped = self.stripped.entry(id.uuid()).or_default();
            stripped.push(PutBack {
                object,
                managers,
                version: None,
            });
        }
    }

    fn comes_to(&mut self, outcome: &str) {
        if let Some(finding) = self.findings.last_mut() {
            finding.outcome = outcome.into();
        }
    }

    fn add(
        &mut self,
        id: InstanceId,
        finding: &str,
        object: Option<String>,
        detail: Option<String>,
    ) {
        self.findings.push(Finding {
            instance_id: id.uuid(),
            finding: finding.into(),
            object,
            detail,
            outcome: "reported".into(),
        });
    }

    pub(super) fn into_parts(self) -> (Vec<Finding>, Stripped) {
        (self.findings, self.stripped)
    }
}

impl Sweeper {
    /// Puts right what can be put right by applying what is wanted, a few instances at a time. What somebody merely
    /// added was found harmless the first time, and is not tried again.
    pub(super) async fn repair(
        &self,
        findings: &mut [Finding],
        mut stripped: Stripped,
        known: &HashSet<Finding>,
    ) {
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
            CURABLE.contains(&finding.finding.as_str())
                && finding.outcome == "reported"
                && !without_data.contains(&finding.instance_id)
        };
        let curable = findings.iter().filter(|finding| is_curable(finding));
        let mut repairs: HashMap<Uuid, Repair> = HashMap::new();
        for finding in curable {
            let repair = repairs.entry(finding.instance_id).or_default();
            match &*finding.finding {
                "scaled" | "route_open" => repair.scales = true,
                "pod_stuck" => repair.frees = true,
                _ if is_about_guards(finding) => {}
                _ => repair.objects.extend(finding.object.clone()),
            }
        }
        for (id, repair) in &mut repairs {
            repair.stripped = stripped.remove(id).unwrap_or_default();
        }
        let repaired = stream::iter(repairs).map(async |(id, repair)| {
            let spread = u64::try_from(id.as_u128() % SPREAD_MS).unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(spread)).await;
            let sweep = derived(&["sweep", &id.to_string(), &self.clock.now().to_rfc3339()]);
            let id_of_it = InstanceId::new(id);
            let repaired = self.effects.repair(id_of_it, repair, sweep);
            (id, repaired.await)
        });
        let mut repaired = repaired.buffer_unordered(self.options.repairs.max(1));
        while let Some((id, outcome)) = repaired.next().await {
            let of_it = findings.iter_mut().filter(|it| it.instance_id == id);
            for finding in of_it.filter(|finding| is_curable(finding)) {
                match came_to(finding, &outcome) {
                    Ok(outcome) => finding.outcome = outcome.into(),
                    Err(error) => {
                        finding.outcome = "failed".into();
                        finding.detail = Some(error);
                    }
                }
            }
        }
    }
}

pub(super) fn is_about_secret(finding: &Finding) -> bool {
    finding.object.as_deref() == Some(SECRET)
}

fn is_about_guards(finding: &Finding) -> bool {
    let kind = finding.object.as_deref().and_then(|it| it.split_once('/'));
    kind.is_some_and(|(kind, _)| GUARD_KINDS.contains(&kind))
}

/// What became of it, or why nothing did.
fn came_to(finding: &Finding, outcome: &Result<Repaired, String>) -> Result<&'static str, String> {
    let object = finding.object.as_deref().unwrap_or_default();
    let Repaired { applied, failed } = outcome.as_ref().map_err(Clone::clone)?;
    if let Some(error) = failed.get(object) {
        return Err(error.clone());
    }
    if applied.left_alone.iter().any(|it| it == object) {
        return Ok("left_alone");
    }
    let is_put_back = applied.put_back.iter().any(|it| it.object == object);
    let is_cured = matches!(
        &*finding.finding,
        "object_missing"
            | "object_outdated"
            | "route_open"
            | "scaled"
            | "pod_stuck"
            | "secret_incomplete"
    );
    Ok(match is_put_back || is_cured {
        true => "repaired",
        // What somebody added stands beside what is ours.
        false => "nothing_to_repair",
    })
}

/// `kubectl-edit: .spec.replicas, .metadata.labels`
fn in_words(managers: &[ForeignFields]) -> String {
    let managers = managers
        .iter()
        .map(|foreign| format!("{}: {}", foreign.manager, foreign.paths.join(", ")));
    managers.collect::<Vec<_>>().join("; ")
}
