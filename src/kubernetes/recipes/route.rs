//! The way from outside to the app, by the kind of route that the installation has. Its TLS is the entrance's own: one
//! wildcard certificate there, none for each app.

use k8s_openapi::Resource;
use serde_json::{Value, json};

use super::http_route::HttpRoute;
use crate::kubernetes::{
    COMPONENT_LABEL,
    spec::{InstanceSpec, RouteBy},
};

/// `{{ route }}` of a recipe: everything under the app's host goes to port `http` of its Service `web`.
pub(super) fn route(spec: &InstanceSpec) -> Value {
    let metadata = json!({"name": "web", "labels": {COMPONENT_LABEL: "web"}});
    match &spec.settings.route {
        RouteBy::Ingress { class } => {
            let service = json!({"name": "web", "port": {"name": "http"}});
            let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": service}});
            json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": metadata,
                "spec": {
                    "ingressClassName": class,
                    "tls": [{"hosts": [spec.host]}],
                    "rules": [{"host": spec.host, "http": {"paths": [path]}}],
                },
            })
        }
        RouteBy::Gateway { name, namespace } => json!({
            "apiVersion": HttpRoute::API_VERSION,
            "kind": HttpRoute::KIND,
            "metadata": metadata,
            "spec": {
                "parentRefs": [{"name": name, "namespace": namespace}],
                "hostnames": [spec.host],
                "rules": [{"backendRefs": [{"name": "web", "port": 80}]}],
            },
        }),
    }
}
