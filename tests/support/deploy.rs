//! What `deploy/` says, and a cluster on which it is installed.

use super::{Answer, Wire};
use purser::standins::kubernetes::{KubernetesStandin, Options};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

/// The objects of `deploy/`, or of a folder in it, in the order in which `kubectl apply` takes them.
pub(crate) fn manifests(below: &str) -> Vec<Value> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join(below))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap());
    texts
        .flat_map(|text| {
            let documents = serde_yaml_ng::Deserializer::from_str(&text);
            let objects = documents.map(|document| Value::deserialize(document).unwrap());
            objects.collect::<Vec<_>>()
        })
        .collect()
}

/// The one object of `deploy/` with this kind and name.
pub(crate) fn manifest(kind: &str, name: &str) -> Value {
    let is_it = |object: &Value| object["kind"] == kind && object["metadata"]["name"] == name;
    let found = manifests("").into_iter().find(is_it);
    found.unwrap_or_else(|| panic!("there is no {kind} {name} in deploy/"))
}

/// Where the API server keeps an object of this kind, group, namespace and name.
pub(crate) fn path_of(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let version = text("/apiVersion").unwrap();
    let root = if version.contains('/') { "apis" } else { "api" };
    let kind = text("/kind").unwrap().to_lowercase();
    let stem = kind
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    let plural = match (stem, kind.ends_with('s')) {
        (Some(stem), _) => format!("{stem}ies"),
        (None, true) => format!("{kind}es"),
        (None, false) => format!("{kind}s"),
    };
    let within = text("/metadata/namespace");
    let within = within.map_or(String::new(), |name| format!("namespaces/{name}/"));
    let name = text("/metadata/name").unwrap();
    format!("{root}/{version}/{within}{plural}/{name}")
}

/// Applies an object as `kubectl apply --server-side` does: no unknown field and no warning.
pub(crate) async fn apply(wire: &Wire, object: &Value) -> Answer {
    let query = "fieldManager=kubectl&fieldValidation=Strict";
    let url = format!("{}/{}?{query}", wire.kubernetes, path_of(object));
    let asked = wire.ask(Method::PATCH, &url).with(|request| {
        let request = request.header("content-type", "application/apply-patch+yaml");
        request.body(object.to_string())
    });
    let answer = asked.await;
    assert!(answer.status < 300, "{object}: {}", answer.text);
    assert_eq!(answer.header("warning"), None, "{object}");
    answer
}

/// Deletes an object that is there.
pub(crate) async fn remove(wire: &Wire, object: &Value) {
    let url = format!("{}/{}", wire.kubernetes, path_of(object));
    wire.ask(Method::DELETE, &url).without_key().await.is(200);
}

/// Installs `deploy/`.
pub(crate) async fn install(wire: &Wire) {
    for object in manifests("") {
        apply(wire, &object).await;
    }
}

/// A cluster and nothing else.
pub(crate) async fn bare_cluster() -> (KubernetesStandin, Wire) {
    let options = Options {
        listen: ([127, 0, 0, 1], 0).into(),
        state_file: None,
        pod_start_ms: 20,
    };
    let standin = KubernetesStandin::start(options).await.unwrap();
    let wire = Wire::new("", "", "", &standin.kubeconfig());
    (standin, wire)
}
