//! Label and field selectors as they come in a query or in an object's `selector`.

use serde_json::Value;

use super::kinds::Kind;
use super::paths::{entries, list, text};
use super::refusal::Refusal;

#[derive(Clone, Debug)]
enum Term {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

/// What a list or a watch asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    labels: Vec<Term>,
    fields: Vec<(String, String, bool)>,
}

impl Selector {
    pub(super) fn parse(labels: &str, fields: &str, kind: &Kind) -> Result<Self, Refusal> {
        let labels = split_terms(labels)
            .into_iter()
            .map(|term| parse_term(&term))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                Refusal::bad_request(format!("unable to parse requirement: {labels}"))
            })?;
        let mut parsed = Vec::new();
        for term in fields.split(',').filter(|term| !term.is_empty()) {
            let (field, value, wanted) = if let Some((field, value)) = term.split_once("!=") {
                (field, value, false)
            } else if let Some((field, value)) =
                term.split_once("==").or_else(|| term.split_once('='))
            {
                (field, value, true)
            } else {
                return Err(Refusal::bad_request(format!(
                    "invalid selector: '{term}'; can't understand '{term}'"
                )));
            };
            if !selectable(kind, field) {
                return Err(Refusal::bad_request(format!(
                    "field label not supported: {field}"
                )));
            }
            parsed.push((field.to_owned(), value.to_owned(), wanted));
        }
        Ok(Self {
            labels,
            fields: parsed,
        })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        let labels = entries(object, "/metadata/labels");
        let label = |key: &str| {
            labels
                .and_then(|labels| labels.get(key))
                .and_then(Value::as_str)
        };
        self.labels.iter().all(|term| match term {
            Term::In(key, values) => {
                label(key).is_some_and(|value| values.iter().any(|one| one == value))
            }
            Term::NotIn(key, values) => {
                label(key).is_none_or(|value| values.iter().all(|one| one != value))
            }
            Term::Exists(key) => label(key).is_some(),
            Term::Missing(key) => label(key).is_none(),
        }) && self
            .fields
            .iter()
            .all(|(field, value, wanted)| (field_value(object, field) == *value) == *wanted)
    }
}

/// Commas inside parentheses belong to the set, not between terms.
fn split_terms(text: &str) -> Vec<String> {
    let (mut terms, mut term, mut depth) = (Vec::new(), String::new(), 0_u32);
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                terms.push(std::mem::take(&mut term));
                continue;
            }
            _ => {}
        }
        term.push(letter);
    }
    terms.push(term);
    terms
        .into_iter()
        .map(|term| term.trim().to_owned())
        .filter(|term| !term.is_empty())
        .collect()
}

fn parse_term(term: &str) -> Option<Term> {
    let set = |text: &str| -> Option<Vec<String>> {
        let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(
            inner
                .split(',')
                .map(|value| value.trim().to_owned())
                .collect(),
        )
    };
    if let Some((key, values)) = term
        .split_once(" notin ")
        .or_else(|| term.split_once(" notin("))
    {
        let values = if values.starts_with('(') {
            values.to_owned()
        } else {
            format!("({values}")
        };
        return Some(Term::NotIn(key.trim().to_owned(), set(&values)?));
    }
    if let Some((key, values)) = term.split_once(" in ").or_else(|| term.split_once(" in(")) {
        let values = if values.starts_with('(') {
            values.to_owned()
        } else {
            format!("({values}")
        };
        return Some(Term::In(key.trim().to_owned(), set(&values)?));
    }
    if let Some((key, value)) = term.split_once("!=") {
        return Some(Term::NotIn(
            key.trim().to_owned(),
            vec![value.trim().to_owned()],
        ));
    }
    if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return Some(Term::In(
            key.trim().to_owned(),
            vec![value.trim().to_owned()],
        ));
    }
    match term.strip_prefix('!') {
        Some(key) => Some(Term::Missing(key.trim().to_owned())),
        None if term.contains([' ', '(', ')']) => None,
        None => Some(Term::Exists(term.to_owned())),
    }
}

fn selectable(kind: &Kind, field: &str) -> bool {
    if matches!(field, "metadata.name" | "metadata.namespace") {
        return true;
    }
    match kind.plural {
        "events" => {
            field.starts_with("involvedObject.")
                || matches!(field, "reason" | "type" | "source" | "reportingComponent")
        }
        "pods" => {
            field.starts_with("spec.")
                || matches!(
                    field,
                    "status.phase" | "status.podIP" | "status.nominatedNodeName"
                )
        }
        "jobs" => field == "status.successful",
        "secrets" => field == "type",
        "namespaces" => field == "status.phase",
        "nodes" => field == "spec.unschedulable",
        "replicasets" => field == "status.replicas",
        _ => false,
    }
}

fn field_value(object: &Value, field: &str) -> String {
    let pointer = match field {
        "status.successful" => "/status/succeeded".to_owned(),
        "source" => "/source/component".to_owned(),
        _ => format!("/{}", field.replace('.', "/")),
    };
    match object.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => {
            if field == "spec.unschedulable" {
                "false".into()
            } else {
                String::new()
            }
        }
        Some(other) => other.to_string(),
    }
}

/// Whether a `LabelSelector` object (`matchLabels`, `matchExpressions`) matches these labels.
pub(super) fn label_selector_matches(selector: &Value, object: &Value, labels_at: &str) -> bool {
    let labels = entries(object, labels_at);
    let label = |key: &str| {
        labels
            .and_then(|labels| labels.get(key))
            .and_then(Value::as_str)
    };
    let equal = entries(selector, "/matchLabels").is_none_or(|wanted| {
        wanted
            .iter()
            .all(|(key, value)| label(key) == value.as_str())
    });
    equal
        && list(selector, "/matchExpressions").iter().all(|term| {
            let value = label(text(term, "/key"));
            let listed = |value: &str| {
                list(term, "/values")
                    .iter()
                    .any(|one| one.as_str() == Some(value))
            };
            match text(term, "/operator") {
                "In" => value.is_some_and(listed),
                "NotIn" => value.is_none_or(|value| !listed(value)),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}
