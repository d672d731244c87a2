//! Workloads that go well: deployments, stateful sets, jobs, logs.

use futures_util::{AsyncBufReadExt, TryStreamExt};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::{DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::{
    PATIENCE, create_deployment, deployed, deployment, is_ready, object, pod_where, pods_of,
    refusal, until, with_namespace,
};

fn condition(deployment: &Deployment, kind: &str) -> Option<(String, String)> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let found = conditions
        .iter()
        .find(|condition| condition.type_ == kind)?;
    Some((found.status.clone(), found.reason.clone()?))
}

#[tokio::test]
async fn a_deployment_becomes_ready_and_says_so() {
    let (_standin, client) = with_namespace().await;
    create_deployment(&client, deployment("web", "nginx:1", 2)).await;
    let ready = deployed(&client, "web", 2).await;
    assert_eq!(ready.status.as_ref().unwrap().available_replicas, Some(2));
    assert_eq!(
        condition(&ready, "Available"),
        Some(("True".into(), "MinimumReplicasAvailable".into()))
    );
    let done = until("progress to be complete", || async {
        condition(&deployed(&client, "web", 2).await, "Progressing")
            .filter(|(_, reason)| reason == "NewReplicaSetAvailable")
    })
    .await;
    assert_eq!(done.0, "True");
    let pod = serde_json::to_value(&pods_of(&client, "web").await[0]).unwrap();
    assert_eq!(pod["status"]["phase"], "Running");
    assert!(
        pod["spec"]["nodeName"]
            .as_str()
            .unwrap()
            .starts_with("node-")
    );
    let events: Api<Event> = Api::namespaced(client, "app");
    let name = pod["metadata"]["name"].as_str().unwrap();
    let of_pod = ListParams::default().fields(&format!("involvedObject.name={name}"));
    let mut reasons: Vec<String> = events
        .list(&of_pod)
        .await
        .unwrap()
        .items
        .into_iter()
        .filter_map(|event| event.reason)
        .collect();
    reasons.sort();
    assert_eq!(reasons, ["Created", "Pulled", "Scheduled", "Started"]);
}

#[tokio::test]
async fn a_new_template_replaces_the_pods_by_either_strategy() {
    let (_standin, client) = with_namespace().await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "app");
    for (name, strategy) in [("roll", "RollingUpdate"), ("swap", "Recreate")] {
        let mut value = deployment(name, "nginx:1", 2);
        value["spec"]["strategy"] = json!({ "type": strategy });
        create_deployment(&client, value.clone()).await;
        deployed(&client, name, 2).await;
        let newer = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "main", "image": "nginx:2" }] } } } });
        deployments
            .patch(name, &PatchParams::default(), &Patch::Strategic(newer))
            .await
            .unwrap();
        until("only new pods", || async {
            let pods = deployed(&client, name, 2).await;
            assert_eq!(pods.metadata.generation, Some(2));
            let pods = pods_of(&client, name).await;
            let fresh = pods.iter().all(|pod| {
                pod.spec.as_ref().unwrap().containers[0].image.as_deref() == Some("nginx:2")
            });
            (fresh && pods.len() == 2).then_some(())
        })
        .await;
        let sets: Api<ReplicaSet> = Api::namespaced(client.clone(), "app");
        let sets = sets
            .list(&ListParams::default().labels(&format!("app={name}")))
            .await
            .unwrap();
        assert_eq!(sets.items.len(), 2, "the old one is kept for a rollback");
    }
}

#[tokio::test]
async fn scaling_to_zero_and_back_keeps_the_template() {
    let (_standin, client) = with_namespace().await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "app");
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    deployed(&client, "web", 1).await;
    for replicas in [0, 1] {
        let scale = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
        deployments
            .patch_scale("web", &PatchParams::default(), &scale)
            .await
            .unwrap();
        deployed(&client, "web", replicas).await;
        until("the pods to follow", || async {
            (i32::try_from(pods_of(&client, "web").await.len()).unwrap() == replicas).then_some(())
        })
        .await;
    }
    deployments
        .delete("web", &DeleteParams::foreground())
        .await
        .unwrap();
    until("everything to be collected", || async {
        (pods_of(&client, "web").await.is_empty()
            && deployments.get_opt("web").await.unwrap().is_none())
        .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stateful_set_keeps_its_names_and_refuses_to_change_its_claims() {
    let (_standin, client) = with_namespace().await;
    let sets: Api<StatefulSet> = Api::namespaced(client.clone(), "app");
    let set = json!({
        "metadata": { "name": "db" },
        "spec": {
            "serviceName": "db",
            "replicas": 2,
            "selector": { "matchLabels": { "app": "db" } },
            "template": {
                "metadata": { "labels": { "app": "db" } },
                "spec": { "containers": [{ "name": "main", "image": "mysql:8" }] },
            },
        },
    });
    sets.create(&PostParams::default(), &object(set))
        .await
        .unwrap();
    let ready = |image: &'static str| {
        let (sets, client) = (sets.clone(), client.clone());
        async move {
            until("two ready pods", || async {
                let status = sets.get("db").await.unwrap().status?;
                let pods = pods_of(&client, "db").await;
                let right = pods.iter().all(|pod| {
                    pod.spec.as_ref().unwrap().containers[0].image.as_deref() == Some(image)
                });
                (status.ready_replicas == Some(2) && status.updated_replicas == Some(2) && right)
                    .then_some(pods)
            })
            .await
        }
    };
    let names: Vec<String> = ready("mysql:8")
        .await
        .into_iter()
        .filter_map(|pod| pod.metadata.name)
        .collect();
    assert_eq!(names, ["db-0", "db-1"]);
    let newer = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "main", "image": "mysql:9" }] } } } });
    sets.patch("db", &PatchParams::default(), &Patch::Strategic(newer))
        .await
        .unwrap();
    ready("mysql:9").await;
    let closed = Patch::Merge(json!({ "spec": { "serviceName": "other" } }));
    let status = refusal(sets.patch("db", &PatchParams::default(), &closed).await);
    assert!(
        status
            .message
            .contains("updates to statefulset spec for fields other than"),
        "{}",
        status.message
    );
}

fn job(name: &str, policy: &str, backoff: i32) -> Job {
    object(json!({
        "metadata": { "name": name },
        "spec": {
            "backoffLimit": backoff,
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "restartPolicy": policy, "containers": [{ "name": "main", "image": "busybox:1" }] },
            },
        },
    }))
}

async fn ended(client: &kube::Client, name: &str) -> Value {
    let jobs: Api<Job> = Api::namespaced(client.clone(), "app");
    until("the job to end", || async {
        let job = serde_json::to_value(jobs.get(name).await.unwrap()).unwrap();
        let conditions = job["status"]["conditions"].as_array()?;
        let last = conditions
            .iter()
            .find(|c| matches!(c["type"].as_str(), Some("Complete" | "Failed")))?;
        Some(json!({ "condition": last, "status": job["status"] }))
    })
    .await
}

#[tokio::test]
async fn a_job_completes_or_gives_up() {
    let (standin, client) = with_namespace().await;
    let jobs: Api<Job> = Api::namespaced(client.clone(), "app");
    jobs.create(&PostParams::default(), &job("good", "Never", 1))
        .await
        .unwrap();
    let end = ended(&client, "good").await;
    assert_eq!(
        (&end["condition"]["type"], &end["status"]["succeeded"]),
        (&json!("Complete"), &json!(1))
    );
    assert!(end["status"]["completionTime"].is_string());

    let behaviour = json!({ "workload": "bad-*", "behaviour": "job_fails" });
    standin.set_behaviour(object(behaviour));
    for policy in ["Never", "OnFailure"] {
        let name = format!("bad-{}", policy.to_lowercase());
        jobs.create(&PostParams::default(), &job(&name, policy, 1))
            .await
            .unwrap();
        let end = ended(&client, &name).await;
        assert_eq!(end["condition"]["type"], "Failed");
        assert_eq!(end["condition"]["reason"], "BackoffLimitExceeded");
    }
    let failed = pods_of(&client, "bad-never").await;
    assert_eq!(failed.len(), 2, "one retry");
    jobs.delete("good", &DeleteParams::background())
        .await
        .unwrap();
    until("the pods of the job to go", || async {
        pods_of(&client, "good").await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_job_that_hangs_meets_its_deadline() {
    let (standin, client) = with_namespace().await;
    standin.set_behaviour(object(
        json!({ "workload": "stuck", "behaviour": "image_pull" }),
    ));
    let jobs: Api<Job> = Api::namespaced(client.clone(), "app");
    let mut stuck = job("stuck", "Never", 1);
    stuck.spec.as_mut().unwrap().active_deadline_seconds = Some(1);
    jobs.create(&PostParams::default(), &stuck).await.unwrap();
    let end = ended(&client, "stuck").await;
    assert_eq!(end["condition"]["reason"], "DeadlineExceeded");
    until("its pod to go", || async {
        pods_of(&client, "stuck").await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn orphans_outlive_their_owner() {
    let (_standin, client) = with_namespace().await;
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    deployed(&client, "web", 1).await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "app");
    deployments
        .delete("web", &DeleteParams::orphan())
        .await
        .unwrap();
    let sets: Api<ReplicaSet> = Api::namespaced(client.clone(), "app");
    let left = sets.list(&ListParams::default()).await.unwrap().items;
    assert_eq!(
        (left.len(), left[0].metadata.owner_references.as_ref()),
        (1, None)
    );
    create_deployment(&client, deployment("other", "nginx:1", 1)).await;
    deployed(&client, "other", 1).await;
    assert_eq!(
        pods_of(&client, "web").await.len(),
        1,
        "nobody collected the pod"
    );
}

#[tokio::test]
async fn a_log_is_followed_until_the_container_ends() {
    let (_standin, client) = with_namespace().await;
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    let pod = pod_where(&client, "web", "a ready pod", is_ready).await;
    let name = pod["metadata"]["name"].as_str().unwrap().to_owned();
    let pods: Api<Pod> = Api::namespaced(client.clone(), "app");
    let text = pods
        .logs(
            &name,
            &LogParams {
                tail_lines: Some(1),
                ..LogParams::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(text.lines().count(), 1);
    let follow = LogParams {
        follow: true,
        ..LogParams::default()
    };
    let mut lines = pods.log_stream(&name, &follow).await.unwrap().lines();
    let first = lines.try_next().await.unwrap().unwrap();
    assert_eq!(first, "main: starting from image nginx:1");
    pods.delete(&name, &DeleteParams::default()).await.unwrap();
    let rest: Vec<String> = tokio::time::timeout(PATIENCE, lines.try_collect())
        .await
        .unwrap()
        .unwrap();
    assert!(!rest.is_empty());
    let wrong = LogParams {
        container: Some("none".into()),
        ..LogParams::default()
    };
    let other = pod_where(&client, "web", "its successor", |pod| {
        pod["metadata"]["name"] != name && is_ready(pod)
    })
    .await;
    let status = refusal(
        pods.logs(other["metadata"]["name"].as_str().unwrap(), &wrong)
            .await,
    );
    assert!(
        status
            .message
            .contains("container none is not valid for pod"),
        "{}",
        status.message
    );
}
