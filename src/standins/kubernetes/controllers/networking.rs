//! Services get endpoint slices of their ready pods, and Ingresses the address of an imagined proxy.

use serde_json::{Value, json};

use super::super::kinds;
use super::super::paths::{entries, entry, is_deleting, list, now, number, text};
use super::super::store::{Key, Store};
use super::super::writes;
use super::{Controllers, conditions};

/// The services whose endpoints a change of this pod or service may touch.
pub(super) fn services_about(store: &Store, key: &Key, object: &Value) -> Vec<Key> {
    if key.kind.is("services") {
        return vec![key.clone()];
    }
    store
        .of("services", &key.namespace)
        .filter(|(_, service)| selects(service, object))
        .map(|(key, _)| key.clone())
        .collect()
}

fn selects(service: &Value, pod: &Value) -> bool {
    let labels = entries(pod, "/metadata/labels");
    entries(service, "/spec/selector").is_some_and(|selector| {
        !selector.is_empty()
            && selector
                .iter()
                .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    })
}

pub(super) fn reconcile_service(store: &mut Store, key: &Key, service: &Value) {
    if entries(service, "/spec/selector").is_none() || is_deleting(service) {
        return;
    }
    let endpoints: Vec<Value> = store
        .of("pods", &key.namespace)
        .filter(|(_, pod)| selects(service, pod) && !text(pod, "/status/podIP").is_empty())
        .filter(|(_, pod)| !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed"))
        .map(|(pod_key, pod)| endpoint(pod_key, pod))
        .collect();
    let ports: Vec<Value> = list(service, "/spec/ports")
        .iter()
        .map(|port| {
            json!({
                "name": text(port, "/name"),
                "protocol": text(port, "/protocol"),
                "port": number(port, "/targetPort").or_else(|| number(port, "/port")),
            })
        })
        .collect();
    let slice_key = Key::of("endpointslices", &key.namespace, &key.name);
    let mut slice = match store.get(&slice_key) {
        Some(slice) => Value::clone(slice),
        None => new_slice(key, service),
    };
    slice["endpoints"] = endpoints.into();
    slice["ports"] = ports.into();
    if store.get(&slice_key).is_none_or(|stored| **stored != slice) {
        store.put(slice_key, slice);
    }
}

fn endpoint(key: &Key, pod: &Value) -> Value {
    let ready = entry(list(pod, "/status/conditions"), "type", "Ready")
        .is_some_and(|condition| text(condition, "/status") == "True")
        && !is_deleting(pod);
    json!({
        "addresses": [text(pod, "/status/podIP")],
        "conditions": { "ready": ready, "serving": ready, "terminating": is_deleting(pod) },
        "nodeName": text(pod, "/spec/nodeName"),
        "targetRef": {
            "kind": "Pod", "name": key.name, "namespace": key.namespace, "uid": text(pod, "/metadata/uid"),
        },
    })
}

fn new_slice(key: &Key, service: &Value) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": key.name,
            "namespace": key.namespace,
            "uid": uuid::Uuid::now_v7().to_string(),
            "creationTimestamp": now(),
            "generation": 1,
            "labels": {
                "kubernetes.io/service-name": key.name,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Service", "name": key.name, "uid": text(service, "/metadata/uid"),
                "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "addressType": "IPv4",
    })
}

pub(super) fn reconcile_ingress(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    ingress: &Value,
) {
    let class = text(ingress, "/spec/ingressClassName");
    let served = store
        .get(&Key::new(kinds::known("ingressclasses"), "", class))
        .is_some();
    if served && controllers.has_been(key, "publishing", controllers.start / 10) {
        let status = json!({ "loadBalancer": { "ingress": [{ "ip": "127.0.0.1" }] } });
        writes::set_status(store, key, status, "ingress-controller");
    }
}

/// Every gateway that is there takes the routes that name it; one that is not says nothing.
pub(super) fn reconcile_route(store: &mut Store, key: &Key, route: &Value) {
    let mut parents = Vec::new();
    for parent in list(route, "/spec/parentRefs") {
        let namespace = match text(parent, "/namespace") {
            "" => &key.namespace,
            given => given,
        };
        let gateway = Key::of("gateways", namespace, text(parent, "/name"));
        if store.get(&gateway).is_none() {
            continue;
        }
        let mut taken = Vec::new();
        for (kind, reason) in [("Accepted", "Accepted"), ("ResolvedRefs", "ResolvedRefs")] {
            conditions::set(&mut taken, kind, "True", reason, "");
        }
        for condition in &mut taken {
            condition["observedGeneration"] = route["metadata"]["generation"].clone();
            condition["message"] = "".into();
        }
        let controller = "standin.local/gateway-controller";
        parents.push(
            json!({ "parentRef": parent, "controllerName": controller, "conditions": taken }),
        );
    }
    // The time of a condition is when it became so, so what is there already stays as it is.
    if list(route, "/status/parents").len() != parents.len() || is_outdated(route) {
        writes::set_status(
            store,
            key,
            json!({ "parents": parents }),
            "gateway-controller",
        );
    }
}

fn is_outdated(route: &Value) -> bool {
    let generation = number(route, "/metadata/generation");
    let parents = list(route, "/status/parents").iter();
    let mut seen = parents.flat_map(|parent| list(parent, "/conditions"));
    seen.any(|condition| number(condition, "/observedGeneration") != generation)
}
