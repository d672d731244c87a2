//! Changes a stored object does not allow: immutable fields and volumes that cannot shrink.

use serde_json::{Map, Value};

use super::super::kinds::Kind;
use super::super::paths::{text, truth};
use super::super::refusal::FieldError;
use super::quantity;

const IMMUTABLE: &str = "field is immutable";

pub(in super::super) fn forbidden_changes(
    kind: &Kind,
    old: &Value,
    new: &Value,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let differs = |pointer: &str| old.pointer(pointer) != new.pointer(pointer);
    let mut immutable = |pointer: &str| {
        if differs(pointer) {
            let field = pointer.trim_start_matches('/').replace('/', ".");
            let value = new.pointer(pointer).unwrap_or(&Value::Null);
            errors.push(FieldError::invalid(field, value, IMMUTABLE));
        }
    };
    match kind.plural {
        "deployments" | "replicasets" => immutable("/spec/selector"),
        "jobs" => {
            immutable("/spec/selector");
            immutable("/spec/template");
            immutable("/spec/completions");
        }
        "storageclasses" => {
            immutable("/provisioner");
            immutable("/parameters");
        }
        "services" => {
            let given = text(old, "/spec/clusterIP");
            if !given.is_empty() && text(old, "/spec/type") == text(new, "/spec/type") {
                immutable("/spec/clusterIP");
            }
        }
        "secrets" => {
            immutable("/type");
            frozen(old, new, &mut errors);
        }
        "configmaps" => frozen(old, new, &mut errors),
        "statefulsets" => stateful_set(old, new, &mut errors),
        "persistentvolumeclaims" => claim(old, new, &mut errors),
        "pods" => pod(old, new, &mut errors),
        "rolebindings" | "clusterrolebindings" if differs("/roleRef") => {
            errors.push(FieldError::invalid(
                "roleRef",
                &new["roleRef"],
                "cannot change roleRef",
            ));
        }
        _ => {}
    }
    errors
}

fn frozen(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    if truth(old, "/immutable") && (old.get("data") != new.get("data") || !truth(new, "/immutable"))
    {
        errors.push(FieldError::forbidden(
            "data",
            "field is immutable when `immutable` is set",
        ));
    }
}

fn spec_without(object: &Value, fields: &[&str]) -> Map<String, Value> {
    let mut spec = object
        .get("spec")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    spec.retain(|field, _| !fields.contains(&field.as_str()));
    spec
}

fn stateful_set(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let open = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    if spec_without(old, &open) != spec_without(new, &open) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                   'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                   'minReadySeconds' are forbidden";
        errors.push(FieldError::forbidden("spec", why));
    }
}

fn claim(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let open = ["resources", "volumeName", "volumeAttributesClassName"];
    if spec_without(old, &open) != spec_without(new, &open) {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
                   bound claims";
        errors.push(FieldError::forbidden("spec", why));
    }
    let asked = |object: &Value| quantity::parse(text(object, "/spec/resources/requests/storage"));
    let capacity = quantity::parse(text(old, "/status/capacity/storage"));
    let (before, after) = (asked(old), asked(new));
    if before == after {
        return;
    }
    if text(old, "/status/phase") != "Bound" {
        errors.push(FieldError::forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        ));
    } else if after < capacity.or(before) {
        let why = "field can not be less than status.capacity";
        errors.push(FieldError::forbidden(
            "spec.resources.requests.storage",
            why,
        ));
    }
}

fn pod(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let plain = |object: &Value| {
        let open = [
            "activeDeadlineSeconds",
            "tolerations",
            "terminationGracePeriodSeconds",
            "nodeName",
        ];
        let mut spec = spec_without(object, &open);
        for field in ["containers", "initContainers"] {
            for container in spec
                .get_mut(field)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                if let Some(container) = container.as_object_mut() {
                    container.remove("image");
                }
            }
        }
        spec
    };
    if plain(old) != plain(new) {
        let why = "pod updates may not change fields other than `spec.containers[*].image`,\
                   `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to \
                   existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                   previously negative)";
        errors.push(FieldError::forbidden("spec", why));
    }
}
