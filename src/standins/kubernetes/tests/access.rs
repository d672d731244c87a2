//! Rights: who may do what, and from when on.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, RoleBinding};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};

use super::super::{KubernetesStandin, Settings};
use super::{config_map, make_namespace, object, refusal, until, with_namespace};

const USER: &str = "system:serviceaccount:purser:purser";

async fn client_of(standin: &KubernetesStandin) -> Client {
    let kubeconfig = standin.kubeconfig_of("purser", "purser").unwrap();
    let kubeconfig = Kubeconfig::from_yaml(&kubeconfig).unwrap();
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .unwrap();
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

fn binding(role: &str) -> Value {
    json!({
        "metadata": { "name": role },
        "roleRef": { "kind": "ClusterRole", "name": role, "apiGroup": "rbac.authorization.k8s.io" },
        "subjects": [{ "kind": "ServiceAccount", "name": "purser", "namespace": "purser" }],
    })
}

/// A provisioner that may bind itself to the role `instance`, and to no other.
async fn provisioner() -> (KubernetesStandin, Client, Client) {
    let (standin, admin) = with_namespace().await;
    make_namespace(&admin, "purser").await;
    let accounts: Api<ServiceAccount> = Api::namespaced(admin.clone(), "purser");
    let account = object(json!({ "metadata": { "name": "purser" } }));
    accounts
        .create(&PostParams::default(), &account)
        .await
        .unwrap();
    let roles: Api<ClusterRole> = Api::all(admin.clone());
    let own = json!([
        { "apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "create"] },
        { "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["rolebindings"], "verbs": ["create", "patch"] },
        { "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": ["bind"], "resourceNames": ["instance"] },
    ]);
    let instance = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "patch"] }]);
    for (name, rules) in [("provisioner", own), ("instance", instance)] {
        let role = object(json!({ "metadata": { "name": name }, "rules": rules }));
        roles.create(&PostParams::default(), &role).await.unwrap();
    }
    let bindings: Api<ClusterRoleBinding> = Api::all(admin.clone());
    let bound = object(binding("provisioner"));
    bindings
        .create(&PostParams::default(), &bound)
        .await
        .unwrap();
    let client = client_of(&standin).await;
    (standin, admin, client)
}

#[tokio::test]
async fn what_no_role_allows_is_forbidden_in_the_real_words() {
    let (_standin, _admin, client) = provisioner().await;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces.list(&ListParams::default()).await.unwrap();
    let status = refusal(namespaces.delete("app", &DeleteParams::default()).await);
    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
    assert_eq!(
        status.message,
        format!(
            "namespaces \"app\" is forbidden: User \"{USER}\" cannot delete resource \"namespaces\" in API group \"\" in \
             the namespace \"app\""
        )
    );
    let deployments: Api<k8s_openapi::api::apps::v1::Deployment> =
        Api::namespaced(client.clone(), "app");
    let patch = Patch::Merge(json!({}));
    let status = refusal(
        deployments
            .patch("web", &PatchParams::default(), &patch)
            .await,
    );
    assert_eq!(
        status.message,
        format!(
            "deployments.apps \"web\" is forbidden: User \"{USER}\" cannot patch resource \"deployments\" in API group \
             \"apps\" in the namespace \"app\""
        )
    );
    let secrets: Api<Secret> = Api::all(client.clone());
    let status = refusal(secrets.list(&ListParams::default()).await);
    assert_eq!(
        status.message,
        format!(
            "secrets is forbidden: User \"{USER}\" cannot list resource \"secrets\" in API group \"\" at the cluster scope"
        )
    );
    client.list_api_groups().await.unwrap();
}

#[tokio::test]
async fn nobody_grants_what_they_do_not_have() {
    let (_standin, _admin, client) = provisioner().await;
    let bindings: Api<RoleBinding> = Api::namespaced(client.clone(), "app");
    let params = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let status = refusal(
        bindings
            .create(&params, &object(binding("cluster-admin")))
            .await,
    );
    assert_eq!(status.code, 403);
    assert_eq!(
        status.message,
        format!(
            "rolebindings.rbac.authorization.k8s.io \"cluster-admin\" is forbidden: user \"{USER}\" \
             (groups=[\"system:serviceaccounts\" \"system:serviceaccounts:purser\" \"system:authenticated\"]) is \
             attempting to grant RBAC permissions not currently held:\n{{APIGroups:[\"*\"], Resources:[\"*\"], \
             Verbs:[\"*\"]}}"
        )
    );
    bindings
        .create(&params, &object(binding("instance")))
        .await
        .unwrap();
    assert!(
        bindings
            .create(&params, &object(binding("none")))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_new_binding_is_seen_a_moment_later() {
    let (standin, _admin, client) = provisioner().await;
    standin.configure(Settings {
        rbac_lag_ms: 300,
        ..standin.settings()
    });
    let bindings: Api<RoleBinding> = Api::namespaced(client.clone(), "app");
    bindings
        .create(&PostParams::default(), &object(binding("instance")))
        .await
        .unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "app");
    let apply = Patch::Apply(config_map("one", json!({ "a": "b" })));
    let params = PatchParams::apply("purser");
    assert_eq!(refusal(maps.patch("one", &params, &apply).await).code, 403);
    until("the binding to count", || async {
        maps.patch("one", &params, &apply).await.ok()
    })
    .await;
}

#[tokio::test]
async fn tokens_belong_to_an_account_and_end_with_it() {
    let (_standin, admin, client) = provisioner().await;
    let review =
        json!({ "spec": { "resourceAttributes": { "verb": "create", "resource": "namespaces" } } });
    let ask = |client: Client, review: Value| async move {
        let request = http::Request::post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
            .body(review.to_string().into_bytes())
            .unwrap();
        client.request::<Value>(request).await.unwrap()["status"]["allowed"].clone()
    };
    assert_eq!(ask(client.clone(), review).await, true);
    let review =
        json!({ "spec": { "resourceAttributes": { "verb": "delete", "resource": "namespaces" } } });
    assert_eq!(ask(client.clone(), review).await, false);
    let path = "/api/v1/namespaces/purser/serviceaccounts/purser/token";
    let request = |seconds: i64| {
        let body = json!({ "spec": { "expirationSeconds": seconds } }).to_string();
        http::Request::post(path).body(body.into_bytes()).unwrap()
    };
    let answer = admin.request::<Value>(request(600)).await.unwrap();
    assert_eq!(
        answer["status"]["token"]
            .as_str()
            .unwrap()
            .split('.')
            .count(),
        3
    );
    assert_eq!(refusal(admin.request::<Value>(request(10)).await).code, 422);
    let accounts: Api<ServiceAccount> = Api::namespaced(admin, "purser");
    accounts
        .delete("purser", &DeleteParams::default())
        .await
        .unwrap();
    let namespaces: Api<Namespace> = Api::all(client);
    assert_eq!(
        refusal(namespaces.list(&ListParams::default()).await).code,
        401
    );
}
