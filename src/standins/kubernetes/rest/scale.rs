//! The `scale` subresource: the replicas of a workload seen by themselves.

use http::{Method, StatusCode};
use poem::Response;
use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::fields::Writer;
use super::super::patch::{json_patch, merge_patch};
use super::super::paths::{entries, number, text};
use super::super::refusal::Refusal;
use super::super::writes::{self, Terms};
use super::{Call, Target, json_response};

fn scale_of(object: &Value) -> Value {
    let selector: Vec<String> = entries(object, "/spec/selector/matchLabels")
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or("")))
        .collect();
    let metadata = &object["metadata"];
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
            "creationTimestamp": metadata["creationTimestamp"],
        },
        "spec": { "replicas": number(object, "/spec/replicas").unwrap_or(0) },
        "status": {
            "replicas": number(object, "/status/replicas").unwrap_or(0),
            "selector": selector.join(","),
        },
    })
}

pub(super) fn answer(cluster: &Cluster, target: &Target, call: &Call) -> Result<Response, Refusal> {
    let key = target.key();
    let terms = Terms {
        writer: Writer::new(&call.manager(), "scale"),
        dry_run: call.dry_run(),
        strict: false,
        user: Some(call.user.clone()),
    };
    let object = cluster.change(|store| {
        let old = store
            .get(&key)
            .cloned()
            .ok_or_else(|| Refusal::not_found(key.kind, &key.name))?;
        let mut scale = scale_of(&old);
        match call.method {
            Method::GET => return Ok(old),
            Method::PUT => scale = call.json()?,
            Method::PATCH if call.content_type.contains("json-patch") => {
                let operations = call.json()?;
                json_patch(&mut scale, operations.as_array().map_or(&[], Vec::as_slice))
                    .map_err(Refusal::bad_request)?;
            }
            Method::PATCH => merge_patch(&mut scale, &call.json()?),
            _ => return Err(Refusal::method_not_allowed()),
        }
        let version = text(&scale, "/metadata/resourceVersion");
        if !version.is_empty() && version != text(&old, "/metadata/resourceVersion") {
            return Err(Refusal::stale(key.kind, &key.name));
        }
        let mut new = Value::clone(&old);
        new["spec"]["replicas"] = number(&scale, "/spec/replicas").unwrap_or(0).into();
        Ok(writes::update(store, &key, new, &terms)?.object)
    })?;
    Ok(json_response(StatusCode::OK, &scale_of(&object), &[]))
}
