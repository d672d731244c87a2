//! `HTTPRoute` of the Gateway API, as far as a recipe may use it. It is no part of the core API, so its type stands here.

use k8s_openapi::{
    Metadata, NamespaceResourceScope, Resource,
    apimachinery::pkg::apis::meta::v1::{Condition, ObjectMeta},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::kubernetes) struct HttpRoute {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(default)]
    pub(in crate::kubernetes) spec: HttpRouteSpec,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::kubernetes) status: Option<HttpRouteStatus>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::kubernetes) struct HttpRouteSpec {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parent_refs: Vec<Reference>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hostnames: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Rule>,
}

/// To a Gateway or a Service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    section_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
}

/// What is matched and changed on the way is the gateway's to judge.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    matches: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    filters: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    backend_refs: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeouts: Option<Timeouts>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Timeouts {
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend_request: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::kubernetes) struct HttpRouteStatus {
    #[serde(default)]
    parents: Vec<Parent>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Parent {
    #[serde(default)]
    conditions: Vec<Condition>,
}

impl Resource for HttpRoute {
    const API_VERSION: &'static str = "gateway.networking.k8s.io/v1";
    const GROUP: &'static str = "gateway.networking.k8s.io";
    const KIND: &'static str = "HTTPRoute";
    const VERSION: &'static str = "v1";
    const URL_PATH_SEGMENT: &'static str = "httproutes";
    type Scope = NamespaceResourceScope;
}

impl Metadata for HttpRoute {
    type Ty = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl HttpRoute {
    /// Why no gateway serves it as it is now; none once one does.
    pub(in crate::kubernetes) fn trouble(&self) -> Option<String> {
        let parents = self.status.iter().flat_map(|status| &status.parents);
        let verdicts: Vec<Option<String>> = parents.map(|parent| self.verdict(parent)).collect();
        if verdicts.contains(&None) {
            return None;
        }
        let unheard = || "no gateway has taken up its route yet".to_owned();
        Some(
            verdicts
                .into_iter()
                .flatten()
                .next()
                .unwrap_or_else(unheard),
        )
    }

    fn verdict(&self, parent: &Parent) -> Option<String> {
        let current = |condition: &&Condition| {
            condition.observed_generation.is_none()
                || condition.observed_generation >= self.metadata.generation
        };
        ["Accepted", "ResolvedRefs"].iter().find_map(|wanted| {
            let found = parent.conditions.iter().filter(current);
            match found
                .into_iter()
                .find(|condition| condition.type_ == *wanted)
            {
                Some(condition) if condition.status == "True" => None,
                Some(condition) => Some(format!(
                    "the gateway does not take its route: {}",
                    match condition.message.as_str() {
                        "" => &condition.reason,
                        message => message,
                    }
                )),
                None => Some("the gateway has not looked at its route yet".into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn route(parents: Value) -> HttpRoute {
        let metadata = json!({"name": "web", "generation": 2});
        let route = json!({
            "apiVersion": HttpRoute::API_VERSION, "kind": HttpRoute::KIND,
            "metadata": metadata, "spec": {}, "status": {"parents": parents},
        });
        serde_json::from_value(route).unwrap()
    }

    fn condition(kind: &str, status: &str, generation: i64) -> Value {
        json!({
            "type": kind, "status": status, "reason": "NoMatchingListenerHostname", "message": "",
            "observedGeneration": generation, "lastTransitionTime": "2026-01-01T00:00:00Z",
        })
    }

    #[test]
    fn a_route_is_served_once_a_gateway_has_taken_it_as_it_is_now() {
        let [accepted, resolved] =
            ["Accepted", "ResolvedRefs"].map(|kind| condition(kind, "True", 2));
        let taken = json!([{"conditions": [accepted, resolved]}]);
        assert_eq!(route(taken).trouble(), None);
        let trouble = |parents| route(parents).trouble().unwrap();
        assert!(trouble(json!([])).contains("no gateway has taken up"));
        let older = json!([{"conditions": [condition("Accepted", "True", 1)]}]);
        assert!(trouble(older).contains("has not looked"));
        let refused = json!([{"conditions": [condition("Accepted", "False", 2)]}]);
        assert_eq!(
            trouble(refused),
            "the gateway does not take its route: NoMatchingListenerHostname"
        );
    }
}
