//! What the admission policies refuse of nodes, of pods that are evicted, and of what Purser makes in its own namespaces.

use super::policies::{
    OURS, binding, cluster, is_denied, purser_asks, tries, with_prefix, without_settings,
};
use crate::support::{Answer, Wire, becomes, deploy::apply};
use purser::standins::kubernetes::Settings;
use reqwest::Method;
use serde_json::{Value, json};

const NODE: &str = "api/v1/nodes/node-0";

/// Purser changes a node as it does to cordon it; nothing of it is done.
async fn changes(wire: &Wire, change: Value) -> Answer {
    let url = format!("{}/{NODE}?dryRun=All", wire.kubernetes);
    let sort = "application/merge-patch+json";
    purser_asks(wire, Method::PATCH, &url, sort, &change).await
}

#[tokio::test]
async fn purser_changes_nothing_of_a_node_but_whether_anything_new_is_placed_on_it() {
    let (_standin, wire) = cluster().await;
    let cordoned = json!({"spec": {"unschedulable": true}});
    changes(&wire, cordoned.clone()).await.is(200);
    // As it then stands, with what the server adds.
    let url = format!("{}/{NODE}", wire.kubernetes);
    let merge = "application/merge-patch+json";
    purser_asks(&wire, Method::PATCH, &url, merge, &cordoned)
        .await
        .is(200);
    for opened in [json!(false), Value::Null] {
        let opened = json!({"spec": {"unschedulable": opened}});
        changes(&wire, opened).await.is(200);
    }

    let owner = json!([{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "b"}]);
    let taint = json!([{"key": "dedicated", "value": "us", "effect": "NoExecute"}]);
    for change in [
        json!({"metadata": {"labels": {"purser.example/pool": "other"}}}),
        json!({"metadata": {"labels": {"kubernetes.io/hostname": null}}}),
        json!({"metadata": {"labels": null}}),
        json!({"metadata": {"annotations": {"a": "b"}}}),
        json!({"metadata": {"finalizers": ["purser.example/held"]}}),
        json!({"metadata": {"ownerReferences": owner}}),
        json!({"spec": {"taints": taint}}),
        json!({"spec": {"unschedulable": true, "taints": taint}}),
    ] {
        let refused = changes(&wire, change.clone()).await.is(422);
        let words = "purser may change nothing of a node but spec.unschedulable";
        assert!(refused.text.contains(words), "{change}: {}", refused.text);
    }
}

/// A pod that may stand in a restricted namespace.
async fn stands(wire: &Wire, namespace: &str) {
    let container = json!({
        "name": "web", "image": "nginx:1",
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
    });
    let safe = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"securityContext": safe, "containers": [container]},
    });
    let pods = format!("{}/api/v1/namespaces/{namespace}/pods", wire.kubernetes);
    // The namespace's ServiceAccount comes a moment later than the namespace.
    becomes("the pod is made", async || {
        wire.post(&pods, &pod).await.status == 201
    })
    .await;
}

#[tokio::test]
async fn purser_evicts_pods_of_its_own_namespaces_and_no_others() {
    let (_standin, wire) = cluster().await;
    let foreign = ["kube-system", "default", "customer-foreign"];
    for namespace in foreign.into_iter().chain([OURS]) {
        stands(&wire, namespace).await;
    }
    let eviction = |namespace: &str| {
        let pod = format!("api/v1/namespaces/{namespace}/pods/web");
        let url = format!("{}/{pod}/eviction?dryRun=All", wire.kubernetes);
        let eviction = json!({
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": "web", "namespace": namespace},
        });
        (url, eviction)
    };
    let evicts = async |namespace: &str| {
        let (url, eviction) = eviction(namespace);
        purser_asks(&wire, Method::POST, &url, "application/json", &eviction).await
    };
    let may_not_evict = async |namespace: &str| {
        let refused = evicts(namespace).await.is(422);
        let words = "purser evicts pods only inside its own namespaces";
        assert!(
            refused.text.contains(words),
            "{namespace}: {}",
            refused.text
        );
    };
    evicts(OURS).await.is(201);
    for elsewhere in foreign {
        may_not_evict(elsewhere).await;
    }
    with_prefix(&wire, "cu").await;
    may_not_evict(OURS).await;

    // Without the prefix it is held to the label, and who drains a node by hand is held by nothing.
    without_settings(&wire).await;
    evicts(OURS).await.is(201);
    for elsewhere in foreign {
        may_not_evict(elsewhere).await;
        let (url, eviction) = eviction(elsewhere);
        wire.post(&url, &eviction).without_key().await.is(201);
    }
}

/// An object of Purser's own in a namespace of an instance.
fn ours(version: &str, kind: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": version, "kind": kind,
        "metadata": {"name": "web", "namespace": OURS}, "spec": spec,
    })
}

#[tokio::test]
async fn a_service_of_purser_is_reached_from_inside_the_cluster_alone() {
    let (_standin, wire) = cluster().await;
    apply(&wire, &binding(OURS)).await;
    let service = |more: Value| {
        let mut spec = json!({"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]});
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        ours("v1", "Service", &spec)
    };
    for more in [
        json!({}),
        json!({"type": "ClusterIP"}),
        json!({"clusterIP": "None"}),
    ] {
        tries(&wire, Method::PATCH, &service(more)).await.is(201);
    }
    let inside = "reached from inside the cluster alone";
    for more in [
        json!({"type": "NodePort"}),
        json!({"type": "LoadBalancer"}),
        json!({"type": "ExternalName", "externalName": "db.example.com"}),
    ] {
        is_denied(&wire, Method::PATCH, &service(more), inside).await;
    }
    let taken = service(json!({"externalIPs": ["203.0.113.7"]}));
    let own = "takes no address that is not its own";
    is_denied(&wire, Method::PATCH, &taken, own).await;

    // Nor does one become so that is there already.
    apply(&wire, &service(json!({}))).await;
    is_denied(&wire, Method::PATCH, &taken, own).await;
    let opened = service(json!({"type": "NodePort"}));
    is_denied(&wire, Method::PATCH, &opened, inside).await;
}

/// As many hosts as there are.
const WILDCARDS: [&str; 1] = ["*.apps.example.net"];

#[tokio::test]
async fn an_ingress_of_purser_takes_no_hosts_but_those_that_it_names() {
    let (_standin, wire) = cluster().await;
    apply(&wire, &binding(OURS)).await;
    let service = json!({"name": "web", "port": {"name": "http"}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": service}});
    let http = json!({"paths": [path]});
    let ingress = |spec: Value| ours("networking.k8s.io/v1", "Ingress", &spec);
    let rule = |host: &str| json!({"host": host, "http": http});
    let app = "shop.apps.example.net";
    let good = json!({"rules": [rule(app)], "tls": [{"hosts": [app]}]});
    tries(&wire, Method::PATCH, &ingress(good.clone()))
        .await
        .is(201);
    let without_tls = json!({"rules": [rule(app)]});
    tries(&wire, Method::PATCH, &ingress(without_tls))
        .await
        .is(201);

    let (hosts, tls) = (
        "names each of its hosts",
        "names each host that it wants TLS for",
    );
    let mut all = good.clone();
    all["defaultBackend"] = json!({"service": service});
    let everything = [
        all,
        json!({"defaultBackend": {"service": service}}),
        json!({"rules": [{"http": http}]}),
        json!({"rules": [rule(app), {"http": http}]}),
    ];
    let foreign = WILDCARDS.map(|host| json!({"rules": [rule(app), rule(host)]}));
    for spec in everything.into_iter().chain(foreign) {
        is_denied(&wire, Method::PATCH, &ingress(spec), hosts).await;
    }
    let foreign = WILDCARDS.map(|host| json!([{"hosts": [app, host]}]));
    for asked in foreign
        .into_iter()
        .chain([json!([{"secretName": "any"}, {"hosts": []}])])
    {
        let mut spec = good.clone();
        spec["tls"] = asked;
        is_denied(&wire, Method::PATCH, &ingress(spec), tls).await;
    }
}

#[tokio::test]
async fn an_http_route_of_purser_takes_no_hosts_but_those_that_it_names() {
    let (standin, wire) = cluster().await;
    standin.configure(Settings {
        gateway_api: true,
        ..standin.settings()
    });
    apply(&wire, &binding(OURS)).await;
    let route = |hosts: Value| {
        let mut spec = json!({
            "parentRefs": [{"name": "public", "namespace": "gateway-system"}],
            "rules": [{"backendRefs": [{"name": "web", "port": 80}]}],
        });
        spec["hostnames"] = hosts;
        ours("gateway.networking.k8s.io/v1", "HTTPRoute", &spec)
    };
    let app = "shop.apps.example.net";
    tries(&wire, Method::PATCH, &route(json!([app])))
        .await
        .is(201);
    let words = "an HTTPRoute of purser names each of its hosts";
    let foreign = WILDCARDS.map(|host| json!([app, host]));
    for hosts in foreign.into_iter().chain([json!([])]) {
        is_denied(&wire, Method::PATCH, &route(hosts), words).await;
    }
    let mut every = route(json!([]));
    every["spec"].as_object_mut().unwrap().remove("hostnames");
    is_denied(&wire, Method::PATCH, &every, words).await;
}
