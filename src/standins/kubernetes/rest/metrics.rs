//! `metrics.k8s.io/v1beta1`: what pods and nodes use, one by one or as lists.

use http::{Method, StatusCode};
use poem::Response;
use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::kinds;
use super::super::metrics::{of_nodes, of_pods};
use super::super::paths::text;
use super::super::refusal::Refusal;
use super::super::select::Selector;
use super::super::store::Key;
use super::{Call, json_response};

/// The answer, if the path is about metrics.
pub(super) fn answer(
    cluster: &Cluster,
    path: &str,
    call: &Call,
) -> Result<Option<Response>, Refusal> {
    let Some(rest) = path.strip_prefix("/apis/metrics.k8s.io/v1beta1/") else {
        return Ok(None);
    };
    if !cluster.store().settings.metrics_api {
        return Err(Refusal::no_such_path());
    }
    if call.method != Method::GET {
        return Err(Refusal::method_not_allowed());
    }
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let body = match parts.as_slice() {
        ["pods"] => pods(cluster, call, None)?,
        ["namespaces", namespace, "pods"] => pods(cluster, call, Some(namespace))?,
        ["namespaces", namespace, "pods", name] => pod(cluster, namespace, name)?,
        ["nodes"] => nodes(cluster, call)?,
        ["nodes", name] => node(cluster, name)?,
        _ => return Err(Refusal::no_such_path()),
    };
    Ok(Some(json_response(StatusCode::OK, &body, &[])))
}

fn list_of(kind: &str, items: Vec<Value>) -> Value {
    json!({ "kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items })
}

fn selector(call: &Call, plural: &str) -> Result<Selector, Refusal> {
    Selector::parse(
        call.param("labelSelector"),
        call.param("fieldSelector"),
        kinds::known(plural),
    )
}

fn pods(cluster: &Cluster, call: &Call, namespace: Option<&str>) -> Result<Value, Refusal> {
    let (selector, said) = (selector(call, "pods")?, cluster.consumptions());
    let items = of_pods(&cluster.store(), &said, namespace, |pod| {
        selector.matches(pod)
    });
    Ok(list_of("PodMetricsList", items))
}

fn pod(cluster: &Cluster, namespace: &str, name: &str) -> Result<Value, Refusal> {
    let (said, store) = (cluster.consumptions(), cluster.store());
    let named = |pod: &Value| text(pod, "/metadata/name") == name;
    let found = of_pods(&store, &said, Some(namespace), named).pop();
    found.ok_or_else(|| {
        let place = format!("{namespace}/{name}");
        if store.get(&Key::of("pods", namespace, name)).is_some() {
            Refusal::unmeasured("pods", &place)
        } else {
            Refusal::not_found(kinds::known("pods"), &place)
        }
    })
}

fn nodes(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    let (selector, said) = (selector(call, "nodes")?, cluster.consumptions());
    let items = of_nodes(&cluster.store(), &said, |node| selector.matches(node));
    Ok(list_of("NodeMetricsList", items))
}

fn node(cluster: &Cluster, name: &str) -> Result<Value, Refusal> {
    let said = cluster.consumptions();
    let named = |node: &Value| text(node, "/metadata/name") == name;
    let found = of_nodes(&cluster.store(), &said, named).pop();
    found.ok_or_else(|| Refusal::not_found(kinds::known("nodes"), name))
}
