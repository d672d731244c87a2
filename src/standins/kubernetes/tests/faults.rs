//! Failures on demand, and recovery from them.

use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::{ListParams, LogParams};
use serde_json::{Value, json};

use super::super::{Behaviour, Fault, Scope};
use super::{
    create_deployment, deployed, deployment, is_ready, object, pod_where, until, waiting_for,
    with_namespace,
};

fn strike(workload: &str, fault: Fault) -> Behaviour {
    let scope = Scope {
        namespace: Some("app*".into()),
        workload: Some(workload.into()),
        ..Scope::default()
    };
    Behaviour { scope, fault }
}

async fn has_event(client: &kube::Client, reason: &str, part: &str) -> String {
    let events: Api<Event> = Api::namespaced(client.clone(), "app");
    until(&format!("an event {reason}"), || async {
        let params = ListParams::default().fields(&format!("reason={reason}"));
        let all = events.list(&params).await.unwrap();
        all.items
            .into_iter()
            .filter_map(|event| event.message)
            .find(|message| message.contains(part))
    })
    .await
}

#[tokio::test]
async fn a_crashing_workload_backs_off_and_heals() {
    let (standin, client) = with_namespace().await;
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    deployed(&client, "web", 1).await;
    standin.set_behaviour(strike("web", Fault::CrashLoop));
    let pod = pod_where(&client, "web", "a crash loop", |pod| {
        waiting_for(pod, "CrashLoopBackOff")
    })
    .await;
    let status = &pod["status"]["containerStatuses"][0];
    assert!(status["restartCount"].as_i64() >= Some(1));
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    assert_eq!(pod["status"]["phase"], "Running");
    has_event(
        &client,
        "BackOff",
        "Back-off restarting failed container main in pod web-",
    )
    .await;
    let pods: Api<Pod> = Api::namespaced(client.clone(), "app");
    let previous = LogParams {
        previous: true,
        ..LogParams::default()
    };
    let log = pods
        .logs(pod["metadata"]["name"].as_str().unwrap(), &previous)
        .await
        .unwrap();
    assert!(log.ends_with("main: fatal: exit code 1\n"), "{log}");
    standin.clear_behaviours();
    deployed(&client, "web", 1).await;
}

#[tokio::test]
async fn a_missing_image_is_asked_for_again_and_again() {
    let (standin, client) = with_namespace().await;
    standin.set_behaviour(strike("web", Fault::ImagePull));
    create_deployment(&client, deployment("web", "nginx:none", 1)).await;
    let pod = pod_where(&client, "web", "a pull back-off", |pod| {
        waiting_for(pod, "ImagePullBackOff")
    })
    .await;
    assert_eq!(pod["status"]["phase"], "Pending");
    let why = has_event(&client, "Failed", "Failed to pull image").await;
    assert!(
        why.contains("docker.io/library/nginx:none: not found"),
        "{why}"
    );
    standin.clear_behaviours();
    deployed(&client, "web", 1).await;
}

#[tokio::test]
async fn a_pod_that_fits_nowhere_waits() {
    let (standin, client) = with_namespace().await;
    standin.set_behaviour(strike("web", Fault::Unschedulable));
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    let mut large = deployment("large", "nginx:1", 1);
    large["spec"]["template"]["spec"]["containers"][0]["resources"] =
        json!({ "requests": { "memory": "1Ti" } });
    create_deployment(&client, large).await;
    for (name, shortage) in [
        ("web", "Insufficient cpu"),
        ("large", "Insufficient memory"),
    ] {
        let unschedulable = |pod: &Value| {
            pod.pointer("/status/conditions/0/reason")
                .and_then(Value::as_str)
                == Some("Unschedulable")
        };
        let pod = pod_where(&client, name, "an unschedulable pod", unschedulable).await;
        assert_eq!(pod["status"]["phase"], "Pending");
        has_event(
            &client,
            "FailedScheduling",
            &format!("0/3 nodes are available: 3 {shortage}."),
        )
        .await;
    }
    standin.clear_behaviours();
    deployed(&client, "web", 1).await;
}

#[tokio::test]
async fn a_workload_can_stay_unready_until_its_deadline() {
    let (standin, client) = with_namespace().await;
    standin.set_behaviour(strike("web", Fault::NeverReady));
    let mut value = deployment("web", "nginx:1", 1);
    value["spec"]["progressDeadlineSeconds"] = 1.into();
    create_deployment(&client, value).await;
    pod_where(&client, "web", "a running pod", |pod| {
        pod.pointer("/status/containerStatuses/0/state/running")
            .is_some()
            && !is_ready(pod)
    })
    .await;
    has_event(&client, "Unhealthy", "Readiness probe failed").await;
    let deployments: Api<k8s_openapi::api::apps::v1::Deployment> =
        Api::namespaced(client.clone(), "app");
    until("the deadline", || async {
        let conditions = deployments.get("web").await.unwrap().status?.conditions?;
        conditions
            .into_iter()
            .find(|c| c.reason.as_deref() == Some("ProgressDeadlineExceeded"))
    })
    .await;
    standin.clear_behaviours();
    deployed(&client, "web", 1).await;
}

#[tokio::test]
async fn a_container_can_be_kept_from_coming_to_the_end_of_its_startup_probe() {
    let (standin, client) = with_namespace().await;
    standin.set_behaviour(strike("web", Fault::NeverStarts));
    let mut value = deployment("web", "nginx:1", 1);
    value["spec"]["template"]["spec"]["containers"][0]["startupProbe"] =
        json!({ "tcpSocket": { "port": 80 }, "failureThreshold": 360 });
    create_deployment(&client, value).await;
    has_event(&client, "Unhealthy", "Startup probe failed").await;
    let pod = pod_where(&client, "web", "a pod that is starting", |pod| {
        pod.pointer("/status/containerStatuses/0/state/running")
            .is_some()
    })
    .await;
    let container = &pod["status"]["containerStatuses"][0];
    let is = (&container["started"], &container["ready"]);
    assert_eq!(is, (&json!(false), &json!(false)));
    standin.clear_behaviours();
    deployed(&client, "web", 1).await;
}

#[tokio::test]
async fn containers_wait_for_the_secrets_they_name() {
    let (_standin, client) = with_namespace().await;
    let mut value = deployment("web", "nginx:1", 1);
    value["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "P", "valueFrom": { "secretKeyRef": { "name": "app", "key": "password" } } }]);
    create_deployment(&client, value).await;
    let failing = |pod: &Value| waiting_for(pod, "CreateContainerConfigError");
    let pod = pod_where(&client, "web", "a missing secret", failing).await;
    let why = &pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"];
    assert_eq!(why, "secret \"app\" not found");
    let secrets: Api<k8s_openapi::api::core::v1::Secret> = Api::namespaced(client.clone(), "app");
    let secret =
        object(json!({ "metadata": { "name": "app" }, "stringData": { "password": "x" } }));
    secrets.create(&Default::default(), &secret).await.unwrap();
    deployed(&client, "web", 1).await;
}
