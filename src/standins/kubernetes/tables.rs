//! Tables, the representation `kubectl get` prints: columns for the common kinds, name and age for the rest.

use chrono::Utc;
use serde_json::{Value, json};

use super::kinds::Kind;
use super::paths::{entries, entry, list, number, text, time, truth};

type Column = (&'static str, &'static str, i64, fn(&Value) -> Value);

/// The objects as a `Table`; watches send the columns only once.
pub(super) fn table(
    kind: &Kind,
    objects: &[&Value],
    metadata: Value,
    columns: bool,
    whole_rows: bool,
) -> Value {
    let cells = columns_of(kind);
    let definitions: Vec<Value> = cells
        .iter()
        .map(|(name, sort, priority, _)| {
            let format = if *name == "Name" { "name" } else { "" };
            json!({ "name": name, "type": sort, "format": format, "description": "", "priority": priority })
        })
        .collect();
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let values: Vec<Value> = cells.iter().map(|(.., cell)| cell(object)).collect();
            let row = if whole_rows {
                Value::clone(object)
            } else {
                json!({
                    "kind": "PartialObjectMetadata",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": object["metadata"],
                })
            };
            json!({ "cells": values, "object": row })
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": if columns { definitions } else { Vec::new() },
        "rows": rows,
    })
}

fn columns_of(kind: &Kind) -> Vec<Column> {
    const NAME: Column = ("Name", "string", 0, |o| text(o, "/metadata/name").into());
    const AGE: Column = ("Age", "string", 0, |o| {
        age(o, "/metadata/creationTimestamp").into()
    });
    let middle: &[Column] = match kind.plural {
        "pods" => &[
            ("Ready", "string", 0, pod_ready),
            ("Status", "string", 0, |pod| pod_status(pod).into()),
            ("Restarts", "string", 0, pod_restarts),
            AGE,
            ("IP", "string", 1, |o| or_none(text(o, "/status/podIP"))),
            ("Node", "string", 1, |o| or_none(text(o, "/spec/nodeName"))),
        ],
        "deployments" => &[
            ("Ready", "string", 0, |o| {
                fraction(o, "/status/readyReplicas", "/spec/replicas")
            }),
            ("Up-to-date", "string", 0, |o| {
                count(o, "/status/updatedReplicas")
            }),
            ("Available", "string", 0, |o| {
                count(o, "/status/availableReplicas")
            }),
            AGE,
            ("Containers", "string", 1, |o| containers(o, "/name")),
            ("Images", "string", 1, |o| containers(o, "/image")),
        ],
        "replicasets" => &[
            ("Desired", "integer", 0, |o| count(o, "/spec/replicas")),
            ("Current", "integer", 0, |o| count(o, "/status/replicas")),
            ("Ready", "integer", 0, |o| count(o, "/status/readyReplicas")),
            AGE,
        ],
        "statefulsets" => &[
            ("Ready", "string", 0, |o| {
                fraction(o, "/status/readyReplicas", "/spec/replicas")
            }),
            AGE,
        ],
        "jobs" => &[
            ("Status", "string", 0, job_status),
            ("Completions", "string", 0, |o| {
                fraction(o, "/status/succeeded", "/spec/completions")
            }),
            ("Duration", "string", 0, job_duration),
            AGE,
        ],
        "services" => &[
            ("Type", "string", 0, |o| text(o, "/spec/type").into()),
            ("Cluster-IP", "string", 0, |o| {
                or_none(text(o, "/spec/clusterIP"))
            }),
            ("External-IP", "string", 0, |_| "<none>".into()),
            ("Port(s)", "string", 0, service_ports),
            AGE,
        ],
        "namespaces" => &[
            ("Status", "string", 0, |o| text(o, "/status/phase").into()),
            AGE,
        ],
        "nodes" => &[
            ("Status", "string", 0, node_status),
            ("Roles", "string", 0, |_| "worker".into()),
            AGE,
            ("Version", "string", 0, |o| {
                text(o, "/status/nodeInfo/kubeletVersion").into()
            }),
        ],
        "ingresses" => &[
            ("Class", "string", 0, |o| {
                or_none(text(o, "/spec/ingressClassName"))
            }),
            ("Hosts", "string", 0, ingress_hosts),
            ("Address", "string", 0, |o| {
                text(o, "/status/loadBalancer/ingress/0/ip").into()
            }),
            ("Ports", "string", 0, |o| {
                if list(o, "/spec/tls").is_empty() {
                    "80".into()
                } else {
                    "80, 443".into()
                }
            }),
            AGE,
        ],
        "persistentvolumeclaims" => &[
            ("Status", "string", 0, |o| text(o, "/status/phase").into()),
            ("Volume", "string", 0, |o| {
                text(o, "/spec/volumeName").into()
            }),
            ("Capacity", "string", 0, |o| {
                text(o, "/status/capacity/storage").into()
            }),
            ("Access Modes", "string", 0, access_modes),
            ("StorageClass", "string", 0, |o| {
                text(o, "/spec/storageClassName").into()
            }),
            AGE,
        ],
        "configmaps" => &[("Data", "string", 0, data_count), AGE],
        "secrets" => &[
            ("Type", "string", 0, |o| text(o, "/type").into()),
            ("Data", "string", 0, data_count),
            AGE,
        ],
        "events" => &[
            ("Type", "string", 0, |o| text(o, "/type").into()),
            ("Reason", "string", 0, |o| text(o, "/reason").into()),
            ("Object", "string", 0, |o| {
                let kind = text(o, "/involvedObject/kind").to_lowercase();
                format!("{kind}/{}", text(o, "/involvedObject/name")).into()
            }),
            ("Message", "string", 0, |o| {
                text(o, "/message").trim().into()
            }),
        ],
        "resourcequotas" => &[("Used", "string", 0, quota_use), AGE],
        _ => &[AGE],
    };
    if kind.is("events") {
        let seen: Column = ("Last Seen", "string", 0, |o| {
            age(o, "/lastTimestamp").into()
        });
        return std::iter::once(seen)
            .chain(middle.iter().copied())
            .collect();
    }
    std::iter::once(NAME)
        .chain(middle.iter().copied())
        .collect()
}

fn or_none(text: &str) -> Value {
    if text.is_empty() {
        "<none>".into()
    } else {
        text.into()
    }
}

fn count(object: &Value, pointer: &str) -> Value {
    number(object, pointer).unwrap_or(0).into()
}

fn fraction(object: &Value, part: &str, whole: &str) -> Value {
    format!(
        "{}/{}",
        number(object, part).unwrap_or(0),
        number(object, whole).unwrap_or(0)
    )
    .into()
}

fn age(object: &Value, pointer: &str) -> String {
    match time(object, pointer) {
        Some(at) => duration((Utc::now() - at).num_seconds().max(0)),
        None => "<unknown>".into(),
    }
}

fn duration(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Containers that count for readiness: the main ones and the sidecars.
fn lasting(pod: &Value) -> Vec<&Value> {
    let sidecars = list(pod, "/spec/initContainers")
        .iter()
        .filter(|container| text(container, "/restartPolicy") == "Always")
        .filter_map(|container| {
            entry(
                list(pod, "/status/initContainerStatuses"),
                "name",
                text(container, "/name"),
            )
        });
    sidecars
        .chain(list(pod, "/status/containerStatuses"))
        .collect()
}

fn pod_ready(pod: &Value) -> Value {
    let sidecars = list(pod, "/spec/initContainers")
        .iter()
        .filter(|container| text(container, "/restartPolicy") == "Always")
        .count();
    let ready = lasting(pod)
        .iter()
        .filter(|status| truth(status, "/ready"))
        .count();
    format!("{ready}/{}", list(pod, "/spec/containers").len() + sidecars).into()
}

fn pod_status(pod: &Value) -> String {
    if !text(pod, "/metadata/deletionTimestamp").is_empty() {
        return "Terminating".into();
    }
    for status in list(pod, "/status/containerStatuses") {
        for pointer in ["/state/waiting/reason", "/state/terminated/reason"] {
            let reason = text(status, pointer);
            if !reason.is_empty() {
                return reason.into();
            }
        }
    }
    text(pod, "/status/phase").into()
}

fn pod_restarts(pod: &Value) -> Value {
    let restarts: i64 = lasting(pod)
        .iter()
        .map(|status| number(status, "/restartCount").unwrap_or(0))
        .sum();
    restarts.to_string().into()
}

fn containers(object: &Value, pointer: &str) -> Value {
    let values: Vec<&str> = list(object, "/spec/template/spec/containers")
        .iter()
        .map(|container| text(container, pointer))
        .collect();
    values.join(",").into()
}

fn job_status(job: &Value) -> Value {
    let conditions = list(job, "/status/conditions");
    let holds = |kind: &str| {
        entry(conditions, "type", kind).is_some_and(|found| text(found, "/status") == "True")
    };
    let state = ["Complete", "Failed", "Suspended"]
        .into_iter()
        .find(|kind| holds(kind));
    state.unwrap_or("Running").into()
}

fn job_duration(job: &Value) -> Value {
    let Some(start) = time(job, "/status/startTime") else {
        return "".into();
    };
    let end = time(job, "/status/completionTime").unwrap_or_else(Utc::now);
    duration((end - start).num_seconds().max(0)).into()
}

fn service_ports(service: &Value) -> Value {
    let ports: Vec<String> = list(service, "/spec/ports")
        .iter()
        .map(|port| {
            let (number, protocol) = (number(port, "/port").unwrap_or(0), text(port, "/protocol"));
            match port.get("nodePort").and_then(Value::as_i64) {
                Some(node) => format!("{number}:{node}/{protocol}"),
                None => format!("{number}/{protocol}"),
            }
        })
        .collect();
    or_none(&ports.join(","))
}

fn node_status(node: &Value) -> Value {
    let ready = entry(list(node, "/status/conditions"), "type", "Ready")
        .is_some_and(|condition| text(condition, "/status") == "True");
    let mut status = if ready { "Ready" } else { "NotReady" }.to_owned();
    if truth(node, "/spec/unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    status.into()
}

fn ingress_hosts(ingress: &Value) -> Value {
    let hosts: Vec<&str> = list(ingress, "/spec/rules")
        .iter()
        .map(|rule| text(rule, "/host"))
        .filter(|host| !host.is_empty())
        .collect();
    if hosts.is_empty() {
        "*".into()
    } else {
        hosts.join(",").into()
    }
}

fn access_modes(claim: &Value) -> Value {
    let modes: Vec<&str> = list(claim, "/spec/accessModes")
        .iter()
        .map(|mode| match mode.as_str().unwrap_or("") {
            "ReadWriteOnce" => "RWO",
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            "ReadWriteOncePod" => "RWOP",
            other => other,
        })
        .collect();
    modes.join(",").into()
}

fn data_count(object: &Value) -> Value {
    entries(object, "/data")
        .map_or(0, serde_json::Map::len)
        .into()
}

fn quota_use(quota: &Value) -> Value {
    let used = entries(quota, "/status/used");
    let parts: Vec<String> = entries(quota, "/spec/hard")
        .into_iter()
        .flatten()
        .map(|(name, hard)| {
            let used = used
                .and_then(|used| used.get(name))
                .and_then(Value::as_str)
                .unwrap_or("0");
            format!("{name}: {used}/{}", hard.as_str().unwrap_or(""))
        })
        .collect();
    parts.join(", ").into()
}
