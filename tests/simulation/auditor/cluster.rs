//! What is paid for runs, and what is not paid for does not.

use super::{Auditor, app::Phase};
use crate::support::{TestApp, becomes};
use chrono::NaiveDate;
use purser_domain::period::jakarta_date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Of an instance, by its namespace: how many pods are wanted, and how many are ready.
type Running = BTreeMap<String, (i64, i64)>;

const KINDS: [&str; 2] = ["deployments", "statefulsets"];
/// With more downtime than this a day is lost.
const LOST_AFTER_MINUTES: u64 = 60;

impl Auditor {
    pub(super) async fn audit_cluster(&mut self, app: &TestApp, today: NaiveDate) {
        let mut running = Running::new();
        for kind in KINDS {
            let path = format!("apis/apps/v1/{kind}");
            for item in listed(app, &path).await {
                let sums = running.entry(namespace(&item)).or_default();
                sums.0 += item["spec"]["replicas"].as_i64().unwrap_or(1);
                sums.1 += item["status"]["readyReplicas"].as_i64().unwrap_or(0);
            }
        }
        let spaces: BTreeSet<String> = app.wire.namespaces().await.into_iter().collect();
        let mut found = Vec::new();
        for (id, known) in &self.apps {
            let space = format!("customer-{}", known.instance);
            let (wanted, ready) = running.remove(&space).unwrap_or_default();
            if known.is_to_run() && (wanted == 0 || ready < wanted) {
                found.push(format!(
                    "{id} is paid for, and {ready} of {wanted} are ready on {today}"
                ));
            }
            if known.phase == Phase::Suspended && wanted > 0 {
                found.push(format!("{id} is suspended and runs on {today}"));
            }
            if known.phase == Phase::Over && spaces.contains(&space) {
                found.push(format!("{id} is over and still there on {today}"));
            }
        }
        found.extend(
            running
                .keys()
                .map(|space| format!("nobody ordered {space}")),
        );
        self.findings.extend(found);
    }

    /// The subscriptions with a pod on this node that are to run, once all of them are known to be down.
    pub(in super::super) async fn struck_by(
        &mut self,
        app: &TestApp,
        node: &str,
    ) -> Vec<(String, NaiveDate)> {
        self.reads(app).await;
        let pods = listed(app, "api/v1/pods").await;
        let runs = |pod: &&Value| pod["status"]["phase"] == "Running";
        let here = pods.iter().filter(runs);
        let here = here.filter(|pod| pod["spec"]["nodeName"] == node);
        let here: BTreeSet<String> = here.map(namespace).collect();
        let today = jakarta_date(app.clock.now());
        let struck = self.apps.iter().filter(|(_, known)| {
            let is_here = here.contains(&format!("customer-{}", known.instance));
            known.phase == Phase::Active && !known.changing && is_here
        });
        let struck: Vec<String> = struck.map(|(id, _)| id.clone()).collect();
        becomes(
            "everything on the lost node is known to be down",
            async || {
                self.reads(app).await;
                let known = |id| &self.apps[id];
                struck
                    .iter()
                    .map(known)
                    .all(|known| known.down || known.phase != Phase::Active)
            },
        )
        .await;
        struck.into_iter().map(|id| (id, today)).collect()
    }

    /// They were down for so long.
    pub(in super::super) fn was_struck(&mut self, apps: Vec<(String, NaiveDate)>, minutes: u64) {
        if minutes > LOST_AFTER_MINUTES {
            self.struck.extend(apps);
        }
    }
}

async fn listed(app: &TestApp, path: &str) -> Vec<Value> {
    let list = app
        .wire
        .get(&format!("{}/{path}", app.wire.kubernetes))
        .await;
    let items = list.is(200).body["items"].as_array().cloned().unwrap();
    let ours = items
        .into_iter()
        .filter(|item| namespace(item).starts_with("customer-"));
    ours.collect()
}

fn namespace(item: &Value) -> String {
    item["metadata"]["namespace"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
