use k8s_openapi::{api::core::v1::Pod, apimachinery::pkg::api::resource::Quantity};
use purser_domain::worker::Capacity;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{facts::*, picture::*, *};
use crate::kubernetes::quantity::milli;
use crate::kubernetes::watch::Change;

const POOL: &str = "purser.example/pool";

fn typed<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

fn figures(cpu_millicores: u32, memory_mib: u32, pods: u32) -> Capacity {
    Capacity {
        cpu_millicores,
        memory_mib,
        pods,
    }
}

fn at(name: &str) -> (String, String) {
    (name.into(), name.into())
}

fn a_node(labels: Value, spec: Value) -> NodeFact {
    let object = json!({
        "metadata": {"name": "n", "uid": "u-1", "labels": labels},
        "spec": spec,
        "status": {
            "capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "allocatable": {"cpu": "3900m", "memory": "7Gi", "pods": "100"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    });
    node(&typed::<Node>(object), POOL)
}

fn a_pod(node: Option<&str>, cpu: &str, memory: &str) -> PodFact {
    let requests = json!({"requests": {"cpu": cpu, "memory": memory}});
    pod(&typed::<Pod>(json!({
        "spec": {"nodeName": node, "containers": [{"name": "app", "resources": requests}]},
    })))
}

fn listed(nodes: &[(&str, NodeFact)], pods: &[(&str, PodFact)]) -> Picture {
    let mut picture = Picture::default();
    for (name, fact) in nodes {
        picture.hear(News::Node(Change::Listed(at(name), fact.clone())));
    }
    picture.hear(News::Node(Change::ListingDone));
    for (name, fact) in pods {
        picture.hear(News::Pod(Change::Listed(at(name), fact.clone())));
    }
    picture.hear(News::Pod(Change::ListingDone));
    picture
}

#[test]
fn a_quantity_is_read_in_every_form_and_rounded_up() {
    for (text, expected) in [
        ("2", Some(2_000)),
        ("1500m", Some(1_500)),
        ("0.1", Some(100)),
        ("1.5Gi", Some(1_610_612_736_000)),
        ("128974848", Some(128_974_848_000)),
        ("129e6", Some(129_000_000_000)),
        ("1k", Some(1_000_000)),
        ("1n", Some(1)),
        ("1E", Some(1_000_000_000_000_000_000_000)),
        ("-1", None),
        ("", None),
        ("many", None),
    ] {
        assert_eq!(milli(&Quantity(text.into())), expected, "{text}");
    }
}

#[test]
fn a_node_is_known_by_its_label_figures_and_condition() {
    let fact = a_node(json!({POOL: "big"}), json!({"unschedulable": true}));
    assert_eq!((fact.pool.as_str(), fact.uid.as_str()), ("big", "u-1"));
    assert_eq!(fact.capacity, figures(4_000, 8_192, 110));
    assert_eq!(fact.allocatable, figures(3_900, 7_168, 100));
    assert!(fact.ready && fact.cordoned && !fact.reserved);
    let fact = a_node(json!({}), json!({}));
    assert_eq!(fact.pool, "default");
    assert!(!fact.cordoned);
}

#[test]
fn a_taint_reserves_a_node_unless_it_is_the_cordons_own() {
    let tainted = |key: &str, effect: &str| {
        a_node(
            json!({}),
            json!({"taints": [{"key": key, "effect": effect}]}),
        )
        .reserved
    };
    assert!(tainted(
        "node-role.kubernetes.io/control-plane",
        "NoSchedule"
    ));
    assert!(!tainted("node.kubernetes.io/unschedulable", "NoSchedule"));
    assert!(!tainted("spot", "PreferNoSchedule"));
}

#[test]
fn a_pod_needs_what_the_scheduler_counts() {
    let of = |cpu: &str, memory: &str| json!({"requests": {"cpu": cpu, "memory": memory}});
    let fact = pod(&typed::<Pod>(json!({"spec": {
        "overhead": {"cpu": "10m"},
        "initContainers": [
            {"name": "sidecar", "restartPolicy": "Always", "resources": of("50m", "64Mi")},
            {"name": "prepare", "resources": of("1", "32Mi")},
        ],
        "containers": [{"name": "app", "resources": of("200m", "100M")}, {"name": "bare"}],
    }})));
    assert_eq!(fact.need, figures(1_060, 160, 1));
}

#[test]
fn nothing_is_seen_before_both_were_listed() {
    let mut picture = Picture::default();
    picture.hear(News::Node(Change::ListingDone));
    assert_eq!(picture.seen(), None);
    picture.hear(News::Pod(Change::ListingDone));
    assert_eq!(picture.seen(), Some(NodesSeen::default()));
}

#[test]
fn what_stands_on_a_node_is_taken_and_what_has_no_node_waits() {
    let mut picture = listed(
        &[("a", a_node(json!({}), json!({})))],
        &[
            ("one", a_pod(Some("a"), "1", "1Gi")),
            ("two", a_pod(Some("a"), "500m", "512Mi")),
            ("three", a_pod(None, "2", "2Gi")),
        ],
    );
    let seen = picture.seen().unwrap();
    assert_eq!(seen.nodes[0].allocated, figures(1_500, 1_536, 2));
    assert_eq!(seen.pending, [figures(2_000, 2_048, 1)]);
    picture.hear(News::Pod(Change::Gone(at("one"))));
    let ended = PodFact {
        ended: true,
        ..a_pod(Some("a"), "500m", "512Mi")
    };
    picture.hear(News::Pod(Change::Is(at("two"), ended)));
    assert_eq!(picture.seen().unwrap().nodes[0].allocated, figures(0, 0, 0));
}

#[test]
fn a_listing_replaces_what_was_known() {
    let mut picture = listed(&[("a", a_node(json!({}), json!({})))], &[]);
    picture.hear(News::Node(Change::ListingBegins));
    assert_eq!(picture.seen().unwrap().nodes.len(), 1);
    picture.hear(News::Node(Change::ListingDone));
    assert_eq!(picture.seen().unwrap().nodes.len(), 0);
}

#[test]
fn there_is_room_where_every_pod_finds_a_node() {
    let node = || a_node(json!({}), json!({}));
    let seen = listed(
        &[("a", node()), ("b", node())],
        &[("one", a_pod(Some("a"), "3", "1Gi"))],
    );
    let seen = seen.seen().unwrap();
    assert!(seen.has_room_for(&[figures(3_900, 1_024, 1)]));
    assert!(seen.has_room_for(&[figures(900, 1_024, 1), figures(3_000, 1_024, 1)]));
    assert!(!seen.has_room_for(&[figures(3_901, 1_024, 1)]));
    assert!(!seen.has_room_for(&[figures(2_000, 1_024, 1), figures(2_000, 1_024, 1)]));
}

#[test]
fn what_waits_for_a_place_comes_first() {
    let node = a_node(json!({}), json!({}));
    let waiting = a_pod(None, "3", "1Gi");
    let seen = listed(&[("a", node.clone())], &[("one", waiting)])
        .seen()
        .unwrap();
    assert!(!seen.has_room_for(&[figures(1_000, 1_024, 1)]));
    assert!(seen.has_room_for(&[figures(900, 1_024, 1)]));
    let too_large = a_pod(None, "30", "1Gi");
    let seen = listed(&[("a", node)], &[("one", too_large)])
        .seen()
        .unwrap();
    assert!(seen.has_room_for(&[figures(1_000, 1_024, 1)]));
}

#[test]
fn only_nodes_that_take_pods_count_and_where_none_is_known_there_is_room() {
    let pod = [figures(100, 100, 1)];
    for spec in [
        json!({"unschedulable": true}),
        json!({"taints": [{"key": "gpu", "effect": "NoExecute"}]}),
    ] {
        let seen = listed(&[("a", a_node(json!({}), spec))], &[])
            .seen()
            .unwrap();
        assert!(!seen.has_room_for(&pod));
    }
    let away = NodeFact {
        ready: false,
        ..a_node(json!({}), json!({}))
    };
    assert!(
        !listed(&[("a", away)], &[])
            .seen()
            .unwrap()
            .has_room_for(&pod)
    );
    assert!(NodesSeen::default().has_room_for(&pod));
}
