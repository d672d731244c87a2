//! What the server answers instead of an object: `Status`, with the codes, reasons and words of the real one.

use serde_json::{Value, json};

use super::access::Ask;
use super::kinds::Kind;

/// A refused request, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) details: Option<Value>,
}

/// What a single field did wrong.
#[derive(Clone, Debug)]
pub(super) struct FieldError {
    pub(super) reason: &'static str,
    pub(super) field: String,
    pub(super) message: String,
}

impl FieldError {
    pub(super) fn required(field: impl Into<String>, why: &str) -> Self {
        let message = if why.is_empty() {
            "Required value".into()
        } else {
            format!("Required value: {why}")
        };
        Self {
            reason: "FieldValueRequired",
            field: field.into(),
            message,
        }
    }

    pub(super) fn duplicate(field: impl Into<String>, value: &str) -> Self {
        Self {
            reason: "FieldValueDuplicate",
            field: field.into(),
            message: format!("Duplicate value: {value:?}"),
        }
    }

    pub(super) fn invalid(field: impl Into<String>, value: &Value, why: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            field: field.into(),
            message: format!("Invalid value: {value}: {why}"),
        }
    }

    pub(super) fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            field: field.into(),
            message: format!("Forbidden: {why}"),
        }
    }
}

impl Refusal {
    fn new(
        code: u16,
        reason: &'static str,
        message: impl Into<String>,
        details: Option<Value>,
    ) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details,
        }
    }

    fn details(kind: &Kind, name: &str) -> Option<Value> {
        let mut details = json!({ "name": name, "kind": kind.plural });
        if !kind.group.is_empty() {
            details["group"] = kind.group.into();
        }
        Some(details)
    }

    pub(super) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.qualified());
        Self::new(404, "NotFound", message, Self::details(kind, name))
    }

    /// An object that is there and has not been measured yet.
    pub(super) fn unmeasured(plural: &str, name: &str) -> Self {
        let message = format!("{plural}.metrics.k8s.io \"{name}\" not found");
        let details = json!({ "name": name, "group": "metrics.k8s.io", "kind": plural });
        Self::new(404, "NotFound", message, Some(details))
    }

    pub(super) fn no_such_path() -> Self {
        let cause = json!({ "causes": [{ "reason": "UnexpectedServerResponse", "message": "404 page not found" }] });
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
            Some(cause),
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message, Some(json!({})))
    }

    /// An admission policy says no: 422 with the words of a 403, as the real one answers.
    pub(super) fn denied(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", kind.qualified());
        Self::new(422, "Invalid", message, Self::details(kind, name))
    }

    pub(super) fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.qualified());
        Self::new(409, "AlreadyExists", message, Self::details(kind, name))
    }

    pub(super) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {why}",
            kind.qualified()
        );
        Self::new(409, "Conflict", message, Self::details(kind, name))
    }

    pub(super) fn stale(kind: &Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// Server-side apply met fields of other managers: (manager as printed, field path).
    pub(super) fn apply_conflict(message: String, causes: &[(String, String)]) -> Self {
        let causes: Vec<Value> = causes
            .iter()
            .map(|(manager, field)| {
                json!({ "reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": field })
            })
            .collect();
        Self::new(409, "Conflict", message, Some(json!({ "causes": causes })))
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message, None)
    }

    pub(super) fn unsupported_media_type(given: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: \
             application/json, application/yaml, application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, \
             application/apply-patch+yaml (was {given})"
        );
        Self::new(415, "UnsupportedMediaType", message, None)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized", None)
    }

    pub(super) fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", kind.qualified());
        Self::new(403, "Forbidden", message, Self::details(kind, name))
    }

    /// A request that no role of the user allows.
    pub(super) fn not_allowed(user: &str, ask: &Ask) -> Self {
        if !ask.path.is_empty() {
            let message = format!(
                "forbidden: User \"{user}\" cannot {} path \"{}\"",
                ask.verb, ask.path
            );
            return Self::new(403, "Forbidden", message, Some(json!({})));
        }
        let mut what = match ask.group.as_str() {
            "" => ask.resource.clone(),
            group => format!("{}.{group}", ask.resource),
        };
        if !ask.name.is_empty() {
            what = format!("{what} \"{}\"", ask.name);
        }
        let resource = match ask.subresource.as_str() {
            "" => ask.resource.clone(),
            sub => format!("{}/{sub}", ask.resource),
        };
        let scope = match ask.namespace.as_str() {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace \"{namespace}\""),
        };
        let message = format!(
            "{what} is forbidden: User \"{user}\" cannot {} resource \"{resource}\" in API group \"{}\" {scope}",
            ask.verb, ask.group
        );
        let mut details = json!({ "kind": ask.resource });
        for (field, value) in [("name", &ask.name), ("group", &ask.group)] {
            if !value.is_empty() {
                details[field] = value.clone().into();
            }
        }
        Self::new(403, "Forbidden", message, Some(details))
    }

    /// An eviction that a budget does not allow now.
    pub(super) fn budget_exhausted(budget: &str, needs: i64, has: i64) -> Self {
        let why = format!(
            "The disruption budget {budget} needs {needs} healthy pods and has {has} currently"
        );
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        let causes = json!({ "causes": [{ "reason": "DisruptionBudget", "message": why }] });
        Self::new(429, "TooManyRequests", message, Some(causes))
    }

    /// The words of a server whose store does not answer.
    pub(super) fn broken() -> Self {
        Self::new(500, "InternalError", "etcdserver: request timed out", None)
    }

    pub(super) fn many_budgets() -> Self {
        let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        Self::new(500, "InternalError", message, None)
    }

    pub(super) fn short_token(name: &str, seconds: i64) -> Self {
        let why = format!(
            "TokenRequest.authentication.k8s.io \"{name}\" is invalid: spec.expirationSeconds: Invalid value: {seconds}: \
             may not specify a duration less than 10 minutes"
        );
        Self::new(422, "Invalid", why, None)
    }

    pub(super) fn namespace_terminating(kind: &Kind, name: &str, namespace: &str) -> Self {
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        let mut refusal = Self::forbidden(kind, name, &why);
        let cause = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        if let Some(details) = refusal.details.as_mut() {
            details["causes"] = cause;
        }
        refusal
    }

    pub(super) fn invalid(kind: &Kind, name: &str, errors: &[FieldError]) -> Self {
        let causes: Vec<Value> = errors
            .iter()
            .map(|error| json!({ "reason": error.reason, "message": error.message, "field": error.field }))
            .collect();
        let mut lines: Vec<String> = errors
            .iter()
            .map(|error| format!("{}: {}", error.field, error.message))
            .collect();
        let text = if lines.len() == 1 {
            lines.remove(0)
        } else {
            format!("[{}]", lines.join(", "))
        };
        let message = format!("{} \"{name}\" is invalid: {text}", kind.qualified_kind());
        let mut details = json!({ "name": name, "kind": kind.kind, "causes": causes });
        if !kind.group.is_empty() {
            details["group"] = kind.group.into();
        }
        Self::new(422, "Invalid", message, Some(details))
    }

    pub(super) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message, None)
    }

    pub(super) fn unavailable() -> Self {
        let message = "the server is currently unable to handle the request";
        Self::new(
            503,
            "ServiceUnavailable",
            message,
            Some(json!({ "retryAfterSeconds": 1 })),
        )
    }

    pub(super) fn too_many_requests() -> Self {
        let message =
            "the server has received too many requests and has asked us to try again later";
        Self::new(
            429,
            "TooManyRequests",
            message,
            Some(json!({ "retryAfterSeconds": 1 })),
        )
    }

    /// The `Status` object on the wire.
    pub(super) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status
    }
}
