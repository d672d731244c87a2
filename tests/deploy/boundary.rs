//! Purser does not run where nothing holds it to its own namespaces.

use crate::support::{
    TestApp, app, app_as_installed, becomes,
    deploy::{apply, install, manifest, manifests, remove},
};
use purser::{
    app::{App, AppError},
    clock::Clock,
    config::Settings,
    kubernetes::{BoundaryRule, Cluster},
    standins::kubernetes::Outage,
};
use serde_json::{Value, json};
use std::path::Path;

/// Settings of a second start, under the ServiceAccount of `deploy/`, where the boundary counts.
fn under_purser(app: &TestApp, kubeconfig: &Path) -> Settings {
    let way = app.kubernetes.kubeconfig_of("purser", "purser").unwrap();
    std::fs::write(kubeconfig, way).unwrap();
    let mut settings = app.settings.clone();
    settings.cluster.kubeconfig_path = Some(kubeconfig.to_owned());
    settings.cluster_boundary = BoundaryRule::Enforce;
    settings
}

async fn starts(settings: Settings) -> Result<App, AppError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    App::start(settings, Clock::default(), listener, None).await
}

/// The two admission policies by which Purser is held to its own namespaces.
const POLICIES: [&str; 2] = ["purser-namespaces", "purser-rolebindings"];

/// What puts a policy in force.
fn bindings_of(policy: &str) -> Vec<Value> {
    let all = manifests("").into_iter();
    all.filter(|object| object["spec"]["policyName"] == policy)
        .collect()
}

async fn remove_policies(app: &TestApp) {
    for binding in POLICIES.into_iter().flat_map(bindings_of) {
        remove(&app.wire, &binding).await;
    }
}

/// What `/readyz` says of the boundary; null where it is well.
async fn said(app: &TestApp) -> Value {
    said_of(app, "boundary").await
}

async fn said_of(app: &TestApp, part: &str) -> Value {
    let ready = app.wire.get("/readyz").await.is(200);
    let parts = ready["parts"].as_array().unwrap().iter();
    let mut parts = parts.filter(|known| known["name"] == part);
    parts.next().unwrap()["trouble"].clone()
}

/// The cluster is away until Purser has seen it, and comes back.
async fn goes_and_comes(app: &TestApp) {
    app.kubernetes.set_outage(Outage::Unavailable);
    becomes("the cluster is seen to be away", async || {
        said_of(app, "cluster").await != Value::Null
    })
    .await;
    app.kubernetes.set_outage(Outage::None);
}

async fn counts(app: &TestApp, figure: u8) {
    let line = format!(r#"purser_cluster_support{{part="boundary"}} {figure}"#);
    becomes(&line, async || {
        let metrics = app.wire.get("/metrics").answer().await;
        metrics.is_some_and(|metrics| metrics.text.lines().any(|known| known == line))
    })
    .await;
}

/// It is tried again, and what is found is told with these words.
async fn is_told_lost(app: &TestApp, words: &str) {
    goes_and_comes(app).await;
    becomes("the lost boundary is told", async || {
        let said = said(app).await;
        said.as_str().is_some_and(|why| why.contains(words))
    })
    .await;
    counts(app, 0).await;
}

async fn is_found_to_hold(app: &TestApp) {
    goes_and_comes(app).await;
    becomes("the boundary holds again", async || {
        said(app).await == Value::Null
    })
    .await;
    counts(app, 1).await;
}

/// The admission policy that Purser finds not to hold it.
async fn missing(settings: &Settings) -> Option<&'static str> {
    let cluster = Cluster::connect(settings.cluster.clone()).await.unwrap();
    let found = cluster.missing_policy(&settings.cluster_settings, "purser");
    found.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn purser_starts_where_the_policies_hold_it_and_not_where_they_do_not() {
    let app = app().await;
    let folder = crate::support::Folder::new();
    let kubeconfig = folder.path().join("kubeconfig");
    install(&app.wire).await;
    let settings = under_purser(&app, &kubeconfig);
    starts(settings.clone()).await.unwrap().stop().await;

    remove_policies(&app).await;
    let refused = starts(settings.clone()).await.err().unwrap().to_string();
    for part in ["namespace purser", "deploy/", "CLUSTER_BOUNDARY=warn"] {
        assert!(refused.contains(part), "{refused}");
    }
    let mut elsewhere = settings.clone();
    elsewhere.cluster_settings.service_account_namespace = "nowhere".into();
    let refused = starts(elsewhere).await.err().unwrap().to_string();
    assert!(
        refused.contains("K8S_SERVICE_ACCOUNT_NAMESPACE"),
        "{refused}"
    );

    let mut warned = settings;
    warned.cluster_boundary = BoundaryRule::Warn;
    starts(warned).await.unwrap().stop().await;
    app.finish().await;
}

/// Each of the two holds Purser back from something else, and neither does where it only warns.
#[tokio::test(flavor = "multi_thread")]
async fn one_policy_that_is_missing_or_does_not_deny_is_no_boundary() {
    let app = app().await;
    let folder = crate::support::Folder::new();
    install(&app.wire).await;
    let settings = under_purser(&app, &folder.path().join("kubeconfig"));
    assert_eq!(missing(&settings).await, None);
    for policy in POLICIES {
        for actions in [vec!["Warn"], vec!["Audit"], vec!["Warn", "Audit"]] {
            for mut weaker in bindings_of(policy) {
                weaker["spec"]["validationActions"] = json!(actions);
                apply(&app.wire, &weaker).await;
            }
            assert_eq!(missing(&settings).await, Some(policy), "{actions:?}");
        }
        for binding in bindings_of(policy) {
            remove(&app.wire, &binding).await;
        }
        assert_eq!(missing(&settings).await, Some(policy));
        for binding in bindings_of(policy) {
            apply(&app.wire, &binding).await;
        }
        assert_eq!(missing(&settings).await, None);
    }

    let mut only_warns = manifest("ValidatingAdmissionPolicyBinding", "purser-namespaces");
    only_warns["spec"]["validationActions"] = json!(["Warn"]);
    apply(&app.wire, &only_warns).await;
    let refused = starts(settings).await.err().unwrap().to_string();
    assert!(refused.contains("purser-namespaces"), "{refused}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boundary_that_is_lost_is_told_and_ends_nothing_that_runs() {
    let app = app_as_installed(|_| ()).await;
    assert_eq!(said(&app).await, Value::Null);
    counts(&app, 1).await;
    let policy = manifest("ValidatingAdmissionPolicyBinding", "purser-namespaces");
    remove(&app.wire, &policy).await;
    is_told_lost(&app, "purser-namespaces").await;
    let ended = app.app().is_unconfined();
    let ended = tokio::time::timeout(std::time::Duration::ZERO, ended).await;
    assert!(ended.is_err(), "{ended:?}");

    apply(&app.wire, &policy).await;
    is_found_to_hold(&app).await;
    app.finish().await;
}

/// Policies without their ConfigMap know no prefix, and let any namespace pass that looks like one of Purser's.
#[tokio::test(flavor = "multi_thread")]
async fn policies_without_their_settings_are_no_boundary() {
    let app = app_as_installed(|_| ()).await;
    let folder = crate::support::Folder::new();
    let settings = under_purser(&app, &folder.path().join("kubeconfig"));
    assert_eq!(missing(&settings).await, None);
    let read_by_policies = manifest("ConfigMap", "purser-settings");
    remove(&app.wire, &read_by_policies).await;
    assert_eq!(missing(&settings).await, Some("purser-namespaces"));
    is_told_lost(&app, "10-settings.yaml").await;
    let refused = starts(settings).await.err().unwrap().to_string();
    assert!(refused.contains("10-settings.yaml"), "{refused}");

    apply(&app.wire, &read_by_policies).await;
    is_found_to_hold(&app).await;
    app.finish().await;
}

/// An API server takes policies up a second after they were applied.
#[tokio::test(flavor = "multi_thread")]
async fn policies_that_are_not_in_force_yet_are_waited_for() {
    let app = app().await;
    let folder = crate::support::Folder::new();
    install(&app.wire).await;
    remove_policies(&app).await;
    let settings = under_purser(&app, &folder.path().join("kubeconfig"));
    let tries = || app.kubernetes.traffic().requests["create rolebindings"];
    let before = tries();
    let starting = tokio::spawn(starts(settings));
    becomes("a binding was tried", async || tries() > before).await;
    for binding in POLICIES.into_iter().flat_map(bindings_of) {
        apply(&app.wire, &binding).await;
    }
    starting.await.unwrap().unwrap().stop().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_away_at_the_start_is_asked_until_it_answers() {
    let mut app = app_as_installed(|_| ()).await;
    assert_eq!(said(&app).await, Value::Null);
    app.stops().await;
    app.kubernetes.set_outage(Outage::Unavailable);
    app.starts().await;
    let unknown = said(&app).await;
    assert!(
        unknown.as_str().unwrap().contains("not known yet"),
        "{unknown}"
    );
    app.kubernetes.set_outage(Outage::None);
    becomes("the boundary is found to hold", async || {
        said(&app).await == Value::Null
    })
    .await;

    app.stops().await;
    remove_policies(&app).await;
    app.kubernetes.set_outage(Outage::Unavailable);
    app.starts().await;
    app.kubernetes.set_outage(Outage::None);
    let ended = tokio::time::timeout(
        std::time::Duration::from_secs(45),
        app.app().is_unconfined(),
    );
    let why = ended.await.expect("it is found out").to_string();
    assert!(why.contains("admission policies"), "{why}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_refuse_are_no_boundary_and_it_is_asked_again_until_they_do_not() {
    let mut app = app_as_installed(|_| ()).await;
    let roles = manifest("ClusterRoleBinding", "purser-provisioner");
    app.stops().await;
    remove_policies(&app).await;
    remove(&app.wire, &roles).await;
    let token = app.kubernetes.token_of("purser", "purser").unwrap();
    let namespaces = format!("{}/api/v1/namespaces", app.kubernetes.url());
    becomes("the rights are gone", async || {
        let asked = app.wire.get(&namespaces).token(&token).await;
        asked.status == 403
    })
    .await;
    app.starts().await;
    let unknown = said(&app).await;
    assert!(
        unknown.as_str().unwrap().contains("not known yet"),
        "{unknown}"
    );
    apply(&app.wire, &roles).await;
    let ended = tokio::time::timeout(
        std::time::Duration::from_secs(45),
        app.app().is_unconfined(),
    );
    let why = ended.await.expect("it is found out").to_string();
    assert!(why.contains("admission policies"), "{why}");
    app.finish().await;
}
