//! Validation of one object by itself, with the field paths and words of the real server.

use serde_json::{Value, json};

use super::super::cron::Schedule;
use super::super::kinds::Kind;
use super::super::paths::{entries, list, number, text};
use super::super::refusal::FieldError;
use super::super::select::label_selector_matches;
use super::quantity;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
    '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

/// What is wrong with an object's name, if anything.
pub(in super::super) fn check_name(kind: &Kind, name: &str) -> Option<FieldError> {
    let field = "metadata.name";
    if name.is_empty() {
        return Some(FieldError::required(
            field,
            "name or generateName is required",
        ));
    }
    let value = json!(name);
    if kind.group == "rbac.authorization.k8s.io" {
        let bad = name.contains(['/', '%']) || name == "." || name == "..";
        return bad.then(|| FieldError::invalid(field, &value, "may not contain '/' or '%'"));
    }
    let as_label = matches!(kind.plural, "namespaces" | "services" | "statefulsets");
    let (good, limit, why) = if as_label {
        (is_label(name), 63, LABEL)
    } else {
        (name.split('.').all(is_label), 253, SUBDOMAIN)
    };
    if name.len() > limit {
        return Some(FieldError::invalid(
            field,
            &value,
            &format!("must be no more than {limit} bytes"),
        ));
    }
    (!good).then(|| FieldError::invalid(field, &value, why))
}

/// Everything wrong with an object as it stands.
pub(in super::super) fn field_errors(kind: &Kind, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    labels(object, "/metadata/labels", "metadata.labels", &mut errors);
    match kind.plural {
        "pods" => pod_spec(&object["spec"], "spec", None, &mut errors),
        "deployments" | "replicasets" | "statefulsets" => workload(object, &mut errors),
        "jobs" => {
            pod_spec(
                &object["spec"]["template"]["spec"],
                "spec.template.spec",
                Some(false),
                &mut errors,
            );
        }
        "cronjobs" => cron_job(&object["spec"], &mut errors),
        "services" => service(&object["spec"], &mut errors),
        "persistentvolumeclaims" => claim(&object["spec"], &mut errors),
        "ingresses"
            if list(object, "/spec/rules").is_empty()
                && object.pointer("/spec/defaultBackend").is_none() =>
        {
            let why = "either `defaultBackend` or `rules` must be specified";
            errors.push(FieldError::invalid("spec", &json!({}), why));
        }
        "configmaps" | "secrets" => data_keys(object, &mut errors),
        "rolebindings" | "clusterrolebindings" if text(object, "/roleRef/name").is_empty() => {
            errors.push(FieldError::required("roleRef.name", ""));
        }
        "resourcequotas" => quantities(object, "/spec/hard", "spec.hard", &mut errors),
        _ => {}
    }
    errors
}

fn labels(object: &Value, pointer: &str, field: &str, errors: &mut Vec<FieldError>) {
    let edge = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| edge(c) || matches!(c, '-' | '_' | '.');
    let word = |text: &str| {
        text.len() <= 63
            && text.starts_with(edge)
            && text.ends_with(edge)
            && text.chars().all(inner)
    };
    for (key, value) in entries(object, pointer).into_iter().flatten() {
        let name = key.rsplit('/').next().unwrap_or("");
        if !word(name) {
            let why = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
                       with an alphanumeric character";
            errors.push(FieldError::invalid(field, &json!(key), why));
        }
        let text = value.as_str().unwrap_or("");
        if !text.is_empty() && !word(text) {
            let why = if text.len() > 63 {
                "must be no more than 63 bytes"
            } else {
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                 must start and end with an alphanumeric character"
            };
            errors.push(FieldError::invalid(field, value, why));
        }
    }
}

fn workload(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    let template = &spec["template"];
    match spec
        .get("selector")
        .filter(|selector| selector.as_object().is_some_and(|s| !s.is_empty()))
    {
        None => errors.push(FieldError::required("spec.selector", "")),
        Some(selector) => {
            if !label_selector_matches(selector, template, "/metadata/labels") {
                let labels = template
                    .pointer("/metadata/labels")
                    .cloned()
                    .unwrap_or(json!({}));
                let why = "`selector` does not match template `labels`";
                errors.push(FieldError::invalid(
                    "spec.template.metadata.labels",
                    &labels,
                    why,
                ));
            }
        }
    }
    if number(spec, "/replicas").is_some_and(|replicas| replicas < 0) {
        let why = "must be greater than or equal to 0";
        errors.push(FieldError::invalid("spec.replicas", &spec["replicas"], why));
    }
    labels(template, "/metadata/labels", "spec.template.labels", errors);
    pod_spec(&template["spec"], "spec.template.spec", Some(true), errors);
}

/// `always` says which restart policy the owner demands: always, or anything but.
fn pod_spec(spec: &Value, at: &str, always: Option<bool>, errors: &mut Vec<FieldError>) {
    let policy = text(spec, "/restartPolicy");
    match always {
        Some(true) if policy != "Always" => errors.push(FieldError {
            reason: "FieldValueNotSupported",
            field: format!("{at}.restartPolicy"),
            message: format!("Unsupported value: {policy:?}: supported values: \"Always\""),
        }),
        Some(false) if policy == "Always" => {
            let why = "valid values: \"OnFailure\", \"Never\"";
            errors.push(FieldError::required(format!("{at}.restartPolicy"), why));
        }
        _ => {}
    }
    if list(spec, "/containers").is_empty() {
        errors.push(FieldError::required(format!("{at}.containers"), ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for field in ["initContainers", "containers"] {
        for (index, container) in list(spec, &format!("/{field}")).iter().enumerate() {
            let place = format!("{at}.{field}[{index}]");
            let name = text(container, "/name");
            if name.is_empty() {
                errors.push(FieldError::required(format!("{place}.name"), ""));
            } else if !is_label(name) {
                errors.push(FieldError::invalid(
                    format!("{place}.name"),
                    &json!(name),
                    LABEL,
                ));
            } else if names.contains(&name) {
                errors.push(FieldError::duplicate(format!("{place}.name"), name));
            }
            names.push(name);
            container_errors(spec, container, &place, errors);
        }
    }
}

fn container_errors(spec: &Value, container: &Value, place: &str, errors: &mut Vec<FieldError>) {
    if text(container, "/image").is_empty() {
        errors.push(FieldError::required(format!("{place}.image"), ""));
    }
    for (index, mount) in list(container, "/volumeMounts").iter().enumerate() {
        let name = text(mount, "/name");
        if !list(spec, "/volumes")
            .iter()
            .any(|volume| text(volume, "/name") == name)
        {
            errors.push(FieldError {
                reason: "FieldValueNotFound",
                field: format!("{place}.volumeMounts[{index}].name"),
                message: format!("Not found: {name:?}"),
            });
        }
    }
    for (index, port) in list(container, "/ports").iter().enumerate() {
        let given = number(port, "/containerPort").unwrap_or(0);
        if !(1..=65_535).contains(&given) {
            let why = "must be between 1 and 65535, inclusive";
            errors.push(FieldError::invalid(
                format!("{place}.ports[{index}].containerPort"),
                &json!(given),
                why,
            ));
        }
    }
    port_names(container, place, errors);
    quantities(
        container,
        "/resources/limits",
        &format!("{place}.resources.limits"),
        errors,
    );
    quantities(
        container,
        "/resources/requests",
        &format!("{place}.resources.requests"),
        errors,
    );
    for (resource, request) in entries(container, "/resources/requests")
        .into_iter()
        .flatten()
    {
        let Some(limit) =
            entries(container, "/resources/limits").and_then(|limits| limits.get(resource))
        else {
            continue;
        };
        let amount = |value: &Value| quantity::parse(value.as_str().unwrap_or(""));
        if amount(request) > amount(limit) {
            let limit = limit.as_str().unwrap_or("");
            let why = format!("must be less than or equal to {resource} limit of {limit}");
            errors.push(FieldError::invalid(
                format!("{place}.resources.requests"),
                request,
                &why,
            ));
        }
    }
}

fn quantities(object: &Value, pointer: &str, field: &str, errors: &mut Vec<FieldError>) {
    for (resource, amount) in entries(object, pointer).into_iter().flatten() {
        if amount.as_str().and_then(quantity::parse).is_none() {
            let why = "quantities must match the regular expression \
                       '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
            errors.push(FieldError::invalid(
                format!("{field}[{resource}]"),
                amount,
                why,
            ));
        }
    }
}

fn cron_job(spec: &Value, errors: &mut Vec<FieldError>) {
    let (schedule, zone) = (&spec["schedule"], text(spec, "/timeZone"));
    if Schedule::parse("* * * * *", zone).is_none() {
        let why = format!("unknown time zone {zone}");
        errors.push(FieldError::invalid(
            "spec.timeZone",
            &spec["timeZone"],
            &why,
        ));
    }
    if Schedule::parse(schedule.as_str().unwrap_or(""), "").is_none() {
        let why = "expected exactly 5 fields, each a list of numbers, ranges and steps";
        errors.push(FieldError::invalid("spec.schedule", schedule, why));
    }
    let at = "spec.jobTemplate.spec.template.spec";
    pod_spec(
        &spec["jobTemplate"]["spec"]["template"]["spec"],
        at,
        Some(false),
        errors,
    );
}

fn service(spec: &Value, errors: &mut Vec<FieldError>) {
    let headless = text(spec, "/clusterIP") == "None";
    if list(spec, "/ports").is_empty() && !headless && text(spec, "/type") != "ExternalName" {
        errors.push(FieldError::required("spec.ports", ""));
    }
    let many = list(spec, "/ports").len() > 1;
    for (index, port) in list(spec, "/ports").iter().enumerate() {
        let given = number(port, "/port").unwrap_or(0);
        if !(1..=65_535).contains(&given) {
            let why = "must be between 1 and 65535, inclusive";
            errors.push(FieldError::invalid(
                format!("spec.ports[{index}].port"),
                &json!(given),
                why,
            ));
        }
        if many && text(port, "/name").is_empty() {
            errors.push(FieldError::required(
                format!("spec.ports[{index}].name"),
                "",
            ));
        }
    }
    port_names(spec, "spec", errors);
}

/// No two ports of a container or a Service have one name.
fn port_names(of: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let ports = list(of, "/ports");
    let names: Vec<&str> = ports.iter().map(|port| text(port, "/name")).collect();
    for (index, name) in names.iter().enumerate() {
        if !name.is_empty() && names[..index].contains(name) {
            let field = format!("{at}.ports[{index}].name");
            errors.push(FieldError::duplicate(field, name));
        }
    }
}

fn claim(spec: &Value, errors: &mut Vec<FieldError>) {
    if list(spec, "/accessModes").is_empty() {
        errors.push(FieldError::required(
            "spec.accessModes",
            "at least 1 access mode is required",
        ));
    }
    match spec.pointer("/resources/requests/storage") {
        None => errors.push(FieldError::required("spec.resources[storage]", "")),
        Some(storage) => {
            if storage
                .as_str()
                .and_then(quantity::parse)
                .is_none_or(|amount| amount <= 0)
            {
                let why = "must be greater than zero";
                errors.push(FieldError::invalid("spec.resources[storage]", storage, why));
            }
        }
    }
}

fn data_keys(object: &Value, errors: &mut Vec<FieldError>) {
    for key in entries(object, "/data")
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
    {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if key.is_empty() || key.len() > 253 || !key.chars().all(good) {
            let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
            errors.push(FieldError::invalid(
                format!("data[{key}]"),
                &json!(key),
                why,
            ));
        }
    }
}
