//! CronJobs by the movable clock of the cluster.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::api::{ListParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use super::super::{Behaviour, Fault, KubernetesStandin, Scope, Settings};
use super::{object, refusal, until, with_namespace};

const MINUTE_MS: u64 = 60_000;

fn cron_job(policy: &str) -> Value {
    let pod = json!({
        "restartPolicy": "Never",
        "containers": [{ "name": "main", "image": "busybox:1" }],
    });
    json!({
        "metadata": { "name": "tidy" },
        "spec": {
            "schedule": "*/5 * * * *",
            "concurrencyPolicy": policy,
            "successfulJobsHistoryLimit": 1,
            "jobTemplate": { "spec": { "template": { "spec": pod } } },
        },
    })
}

fn advance(standin: &KubernetesStandin, minutes: u64) {
    let before = standin.settings();
    let clock_ahead_ms = before.clock_ahead_ms + minutes * MINUTE_MS;
    standin.configure(Settings {
        clock_ahead_ms,
        ..before
    });
}

async fn finished(client: &Client) -> Vec<String> {
    let jobs: Api<Job> = Api::namespaced(client.clone(), "app");
    let all = jobs.list(&ListParams::default()).await.unwrap().items;
    all.into_iter()
        .filter(|job| {
            job.status
                .as_ref()
                .is_some_and(|status| status.succeeded == Some(1))
        })
        .filter_map(|job| job.metadata.name)
        .collect()
}

#[tokio::test]
async fn a_cron_job_starts_jobs_when_the_clock_is_moved_and_keeps_the_newest() {
    let (standin, client) = with_namespace().await;
    let crons: Api<CronJob> = Api::namespaced(client.clone(), "app");
    let mut wrong = cron_job("Allow");
    wrong["spec"]["schedule"] = "now and then".into();
    let status = refusal(crons.create(&PostParams::default(), &object(wrong)).await);
    assert_eq!(status.code, 422);
    crons
        .create(&PostParams::default(), &object(cron_job("Allow")))
        .await
        .unwrap();
    advance(&standin, 6);
    let first = until("the first job", || async { finished(&client).await.pop() }).await;
    advance(&standin, 6);
    until("the second job alone", || async {
        let all = finished(&client).await;
        (all.len() == 1 && all[0] != first).then_some(())
    })
    .await;
    let cron = crons.get("tidy").await.unwrap().status.unwrap();
    assert!(cron.last_schedule_time.is_some() && cron.last_successful_time.is_some());
}

#[tokio::test]
async fn a_running_job_keeps_the_next_one_back_if_that_is_asked() {
    let (standin, client) = with_namespace().await;
    let scope = Scope {
        namespace: Some("app".into()),
        ..Scope::default()
    };
    standin.set_behaviour(Behaviour {
        scope,
        fault: Fault::NeverReady,
    });
    let crons: Api<CronJob> = Api::namespaced(client.clone(), "app");
    crons
        .create(&PostParams::default(), &object(cron_job("Forbid")))
        .await
        .unwrap();
    advance(&standin, 6);
    until("the first job", || async {
        let status = crons.get("tidy").await.unwrap().status?;
        (status.active?.len() == 1).then_some(())
    })
    .await;
    advance(&standin, 6);
    let events: Api<k8s_openapi::api::core::v1::Event> = Api::namespaced(client.clone(), "app");
    until("the refusal to start another", || async {
        let params = ListParams::default().fields("reason=JobAlreadyActive");
        events.list(&params).await.unwrap().items.pop()
    })
    .await;
    let jobs: Api<Job> = Api::namespaced(client, "app");
    assert_eq!(
        jobs.list(&ListParams::default()).await.unwrap().items.len(),
        1
    );
}
