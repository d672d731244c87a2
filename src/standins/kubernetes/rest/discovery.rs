//! What the server says about itself: version, health, groups, resources, and as much OpenAPI as `kubectl` needs to
//! learn that it may leave field validation to the server.

use http::StatusCode;
use poem::Response;
use serde_json::{Map, Value, json};

use super::super::kinds::{KINDS, Kind};
use super::super::settings::Settings;
use super::json_response;

const AUTHORIZATION: &str = "authorization.k8s.io";
const METRICS: &str = "metrics.k8s.io";

pub(super) fn answer(path: &str, settings: Settings) -> Option<Response> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let body = match parts.as_slice() {
        ["version"] => version(),
        ["healthz" | "readyz" | "livez", ..] => {
            return Some(
                Response::builder()
                    .content_type("text/plain; charset=utf-8")
                    .body("ok"),
            );
        }
        ["api"] => json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        }),
        ["apis"] => {
            json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups(settings) })
        }
        ["apis", group] => {
            let mut found = groups(settings)
                .into_iter()
                .find(|one| one["name"] == *group)?;
            found["kind"] = "APIGroup".into();
            found["apiVersion"] = "v1".into();
            found
        }
        ["api", version] => resources("", version, settings)?,
        ["apis", group, version] => resources(group, version, settings)?,
        ["openapi", "v3"] => openapi_index(settings),
        ["openapi", "v3", "api", version] => openapi("", version)?,
        ["openapi", "v3", "apis", group, version] => openapi(group, version)?,
        _ => return None,
    };
    Some(json_response(StatusCode::OK, &body, &[]))
}

fn version() -> Value {
    json!({
        "major": "1",
        "minor": "34",
        "gitVersion": "v1.34.0+standin",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": "rustc",
        "platform": "linux/amd64",
    })
}

fn group_versions(settings: Settings) -> Vec<(&'static str, &'static str)> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for kind in KINDS.iter().filter(|kind| settings.serves(kind.group)) {
        if !seen.contains(&(kind.group, kind.version)) {
            seen.push((kind.group, kind.version));
        }
    }
    seen.push((AUTHORIZATION, "v1"));
    if settings.metrics_api {
        seen.push((METRICS, "v1beta1"));
    }
    seen
}

fn groups(settings: Settings) -> Vec<Value> {
    let named = group_versions(settings)
        .into_iter()
        .filter(|(group, _)| !group.is_empty());
    named
        .map(|(group, version)| {
            let version =
                json!({ "groupVersion": format!("{group}/{version}"), "version": version });
            json!({ "name": group, "versions": [version], "preferredVersion": version })
        })
        .collect()
}

fn resources(group: &str, version: &str, settings: Settings) -> Option<Value> {
    if (group, version) == (METRICS, "v1beta1") {
        return settings.metrics_api.then(metrics_resources);
    }
    if (group, version) == (AUTHORIZATION, "v1") {
        return Some(json!({
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": "authorization.k8s.io/v1",
            "resources": [{
                "name": "selfsubjectaccessreviews", "singularName": "selfsubjectaccessreview",
                "namespaced": false, "kind": "SelfSubjectAccessReview", "verbs": ["create"],
            }],
        }));
    }
    let kinds: Vec<&Kind> = KINDS
        .iter()
        .filter(|kind| kind.group == group && kind.version == version)
        .filter(|kind| settings.serves(kind.group))
        .collect();
    let first = kinds.first()?;
    let resources: Vec<Value> = kinds.iter().flat_map(|kind| resource(kind)).collect();
    Some(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": first.api_version(),
        "resources": resources,
    }))
}

fn metrics_resources() -> Value {
    let resource = |name: &str, kind: &str, namespaced: bool| {
        json!({
            "name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"],
        })
    };
    json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": "metrics.k8s.io/v1beta1",
        "resources": [resource("nodes", "NodeMetrics", false), resource("pods", "PodMetrics", true)],
    })
}

fn resource(kind: &Kind) -> Vec<Value> {
    let mut verbs = vec![
        "create",
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "update",
        "watch",
    ];
    if kind.is("namespaces") {
        verbs.retain(|verb| *verb != "deletecollection");
    }
    let mut main = json!({
        "name": kind.plural,
        "singularName": kind.singular(),
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": verbs,
    });
    if !kind.short.is_empty() {
        main["shortNames"] = json!(kind.short);
    }
    if kind.in_all {
        main["categories"] = json!(["all"]);
    }
    let mut resources = vec![main];
    let mut sub = |name: &str, sort: &str, group: &str, version: &str, verbs: &[&str]| {
        let mut entry = json!({
            "name": format!("{}/{name}", kind.plural),
            "singularName": "",
            "namespaced": kind.namespaced,
            "kind": sort,
            "verbs": verbs,
        });
        if !group.is_empty() {
            entry["group"] = group.into();
            entry["version"] = version.into();
        }
        resources.push(entry);
    };
    if kind.has_status {
        sub("status", kind.kind, "", "", &["get", "patch", "update"]);
    }
    if kind.has_scale {
        sub(
            "scale",
            "Scale",
            "autoscaling",
            "v1",
            &["get", "patch", "update"],
        );
    }
    match kind.plural {
        "pods" => {
            sub("log", "Pod", "", "", &["get"]);
            sub("eviction", "Eviction", "policy", "v1", &["create"]);
        }
        "serviceaccounts" => {
            sub(
                "token",
                "TokenRequest",
                "authentication.k8s.io",
                "v1",
                &["create"],
            );
        }
        "namespaces" => sub("finalize", "Namespace", "", "", &["update"]),
        _ => {}
    }
    resources
}

fn openapi_index(settings: Settings) -> Value {
    let paths: Map<String, Value> = group_versions(settings)
        .into_iter()
        .map(|(group, version)| {
            let path = if group.is_empty() {
                format!("api/{version}")
            } else {
                format!("apis/{group}/{version}")
            };
            let url = format!("/openapi/v3/{path}?hash=standin");
            (path, json!({ "serverRelativeURL": url }))
        })
        .collect();
    json!({ "paths": paths })
}

/// No schemas: only the operations, with the parameters that clients look for.
fn openapi(group: &str, version: &str) -> Option<Value> {
    let mut paths = Map::new();
    for kind in KINDS
        .iter()
        .filter(|kind| kind.group == group && kind.version == version)
    {
        let root = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        let scope = if kind.namespaced {
            "/namespaces/{namespace}"
        } else {
            ""
        };
        let query = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string", "uniqueItems": true } });
        let operation = json!({
            "parameters": [query("dryRun"), query("fieldManager"), query("fieldValidation")],
            "responses": {},
            "x-kubernetes-group-version-kind": { "group": group, "version": version, "kind": kind.kind },
        });
        paths.insert(
            format!("{root}{scope}/{}/{{name}}", kind.plural),
            json!({ "patch": operation }),
        );
    }
    (!paths.is_empty()).then(|| {
        json!({
            "openapi": "3.0.0",
            "info": { "title": "Kubernetes", "version": "v1.34.0" },
            "paths": paths,
            "components": { "schemas": {} },
        })
    })
}
