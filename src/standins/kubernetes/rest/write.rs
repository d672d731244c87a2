//! The writing verbs: create, replace, patch, apply, delete.

use http::StatusCode;
use poem::Response;
use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::controllers::{budgets, is_ready};
use super::super::deletes::{self, DeleteTerms, Deleted, Propagation};
use super::super::fields::Writer;
use super::super::patch::{json_patch, merge_patch, strategic_merge};
use super::super::paths::{number, text};
use super::super::refusal::Refusal;
use super::super::rules::admission;
use super::super::select::Selector;
use super::super::store::{Key, Store};
use super::super::writes::{self, Terms, Written};
use super::{Call, Shape, Target, json_response, reviews};

/// How often a patch without a resource version is tried on a newer object: the lock makes once enough.
fn terms(call: &Call, subresource: &str) -> Terms {
    let subresource = match subresource {
        "status" => "status",
        "finalize" => "finalize",
        "scale" => "scale",
        _ => "",
    };
    Terms {
        writer: Writer::new(&call.manager(), subresource),
        dry_run: call.dry_run(),
        strict: call.param("fieldValidation") == "Strict",
        user: Some(call.user.clone()),
    }
}

fn written(target: &Target, call: &Call, written: &Written) -> Response {
    let status = if written.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let mut warnings = written.warnings.clone();
    if call.param("fieldValidation") == "Ignore" {
        warnings.retain(|warning| !warning.starts_with("unknown field"));
    }
    let shape = Shape::of(&call.accept, call.param("includeObject"));
    json_response(
        status,
        &shape.object(target.kind, &written.object),
        &warnings,
    )
}

pub(super) fn create(cluster: &Cluster, target: &Target, call: &Call) -> Result<Response, Refusal> {
    let body = call.json()?;
    let terms = terms(call, "");
    let namespace = match (&target.namespace, target.kind.namespaced) {
        (None, true) => return Err(Refusal::method_not_allowed()),
        (namespace, _) => namespace.clone().unwrap_or_default(),
    };
    let result =
        cluster.change(|store| writes::create(store, target.kind, &namespace, body, &terms))?;
    Ok(written(target, call, &result))
}

pub(super) fn replace(
    cluster: &Cluster,
    target: &Target,
    call: &Call,
) -> Result<Response, Refusal> {
    has_subresource(target)?;
    let body = call.json()?;
    let terms = terms(call, &target.subresource);
    let result = cluster.change(|store| writes::update(store, &target.key(), body, &terms))?;
    Ok(written(target, call, &result))
}

fn has_subresource(target: &Target) -> Result<(), Refusal> {
    match target.subresource.as_str() {
        "status" if !target.kind.has_status => Err(Refusal::no_such_path()),
        "finalize" if !target.kind.is("namespaces") => Err(Refusal::no_such_path()),
        _ => Ok(()),
    }
}

pub(super) fn patch(cluster: &Cluster, target: &Target, call: &Call) -> Result<Response, Refusal> {
    has_subresource(target)?;
    let key = target.key();
    let terms = terms(call, &target.subresource);
    let result = match call.content_type.split(';').next().unwrap_or("").trim() {
        "application/apply-patch+yaml" => {
            reviews::authorize_making(cluster, target, call)?;
            apply(cluster, &key, call, &terms)?
        }
        sort @ ("application/merge-patch+json"
        | "application/strategic-merge-patch+json"
        | "application/json-patch+json") => {
            if sort.contains("strategic") && target.kind.group == "gateway.networking.k8s.io" {
                return Err(Refusal::unsupported_media_type(sort));
            }
            let change = call.json()?;
            cluster.change(|store| {
                let old = store
                    .get(&key)
                    .ok_or_else(|| Refusal::not_found(key.kind, &key.name))?;
                let mut new = Value::clone(old);
                patched(&mut new, &change, sort)?;
                writes::update(store, &key, new, &terms)
            })?
        }
        other => return Err(Refusal::unsupported_media_type(other)),
    };
    Ok(written(target, call, &result))
}

fn patched(object: &mut Value, change: &Value, sort: &str) -> Result<(), Refusal> {
    match sort {
        "application/json-patch+json" => {
            let operations = change
                .as_array()
                .ok_or_else(|| Refusal::bad_request("a JSON patch is a list of operations"))?;
            json_patch(object, operations).map_err(|why| {
                let mut refusal = Refusal::bad_request(why);
                (refusal.code, refusal.reason) = (422, "Invalid");
                refusal
            })
        }
        "application/merge-patch+json" => {
            merge_patch(object, change);
            Ok(())
        }
        _ => {
            strategic_merge(object, change);
            Ok(())
        }
    }
}

fn apply(cluster: &Cluster, key: &Key, call: &Call, terms: &Terms) -> Result<Written, Refusal> {
    if call.param("fieldManager").is_empty() {
        let why = "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
        let mut refusal = Refusal::bad_request(why);
        (refusal.code, refusal.reason) = (422, "Invalid");
        return Err(refusal);
    }
    // JSON is YAML, but the JSON parser is stricter and faster.
    let body = match serde_json::from_slice(&call.body) {
        Ok(body) => body,
        Err(_) => serde_yaml_ng::from_slice(&call.body)
            .map_err(|error| Refusal::bad_request(format!("error decoding YAML: {error}")))?,
    };
    cluster.change(|store| writes::apply(store, key, body, call.flag("force"), terms))
}

fn delete_terms(call: &Call) -> Result<DeleteTerms, Refusal> {
    let body = if call.body.is_empty() {
        json!({})
    } else {
        call.json()?
    };
    let text_of = |name: &str| match call.param(name) {
        "" => text(&body, &format!("/{name}")).to_owned(),
        given => given.to_owned(),
    };
    let propagation = match text_of("propagationPolicy").as_str() {
        "" => match body.get("orphanDependents").and_then(Value::as_bool) {
            Some(true) => Some(Propagation::Orphan),
            Some(false) => Some(Propagation::Background),
            None => None,
        },
        "Background" => Some(Propagation::Background),
        "Foreground" => Some(Propagation::Foreground),
        "Orphan" => Some(Propagation::Orphan),
        other => {
            return Err(Refusal::bad_request(format!(
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}"
            )));
        }
    };
    Ok(DeleteTerms {
        grace_seconds: call
            .param("gracePeriodSeconds")
            .parse()
            .ok()
            .or_else(|| number(&body, "/gracePeriodSeconds")),
        uid: text(&body, "/preconditions/uid").to_owned(),
        resource_version: text(&body, "/preconditions/resourceVersion").to_owned(),
        propagation,
        dry_run: call.dry_run() || body.pointer("/dryRun/0").and_then(Value::as_str) == Some("All"),
        user: Some(call.user.clone()),
    })
}

pub(super) fn delete(cluster: &Cluster, target: &Target, call: &Call) -> Result<Response, Refusal> {
    let terms = delete_terms(call)?;
    let deletion = cluster.change(|store| deletes::delete(store, &target.key(), &terms))?;
    let body = match &deletion.deleted {
        Deleted::Marked(object) => Value::clone(object),
        // Of these the last state is the answer, of all others a bare success.
        Deleted::Gone(object)
            if matches!(
                target.kind.plural,
                "pods" | "services" | "persistentvolumeclaims"
            ) =>
        {
            Value::clone(object)
        }
        Deleted::Gone(object) => {
            let mut details = json!({
                "name": target.name,
                "kind": target.kind.plural,
                "uid": text(object, "/metadata/uid"),
            });
            if !target.kind.group.is_empty() {
                details["group"] = target.kind.group.into();
            }
            json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
            })
        }
    };
    let warnings: Vec<String> = deletion
        .warning
        .iter()
        .map(|&warning| warning.to_owned())
        .collect();
    Ok(json_response(StatusCode::OK, &body, &warnings))
}

pub(super) fn delete_collection(
    cluster: &Cluster,
    target: &Target,
    call: &Call,
) -> Result<Response, Refusal> {
    if target.kind.namespaced != target.namespace.is_some() || target.kind.is("namespaces") {
        return Err(Refusal::method_not_allowed());
    }
    let terms = delete_terms(call)?;
    let selector = Selector::parse(
        call.param("labelSelector"),
        call.param("fieldSelector"),
        target.kind,
    )?;
    let (version, objects) = cluster.change(|store| {
        let chosen: Vec<(Key, Value)> = store
            .list(target.kind, target.namespace.as_deref())
            .filter(|(_, object)| selector.matches(object))
            .map(|(key, object)| (key.clone(), Value::clone(object)))
            .collect();
        for (key, _) in &chosen {
            deletes::delete(store, key, &terms)?;
        }
        Ok::<_, Refusal>((store.version(), chosen))
    })?;
    let objects: Vec<&Value> = objects.iter().map(|(_, object)| object).collect();
    let metadata = json!({ "resourceVersion": version.to_string() });
    Ok(json_response(
        StatusCode::OK,
        &Shape::Whole.list(target.kind, &objects, metadata),
        &[],
    ))
}

/// Eviction is a deletion that the budgets of the pod allow.
pub(super) fn evict(cluster: &Cluster, target: &Target, call: &Call) -> Result<Response, Refusal> {
    let body = call.json()?;
    let terms = DeleteTerms {
        grace_seconds: number(&body, "/deleteOptions/gracePeriodSeconds"),
        dry_run: call.dry_run(),
        ..DeleteTerms::default()
    };
    cluster.change(|store| {
        let key = target.key();
        let pod = store
            .get(&key)
            .cloned()
            .ok_or_else(|| Refusal::not_found(key.kind, &key.name))?;
        admission::admit_eviction(store, &key, &body, &call.user, terms.dry_run)?;
        within_budget(store, &key, &pod)?;
        deletes::delete(store, &key, &terms)
    })?;
    let success =
        json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success" });
    Ok(json_response(StatusCode::CREATED, &success, &[]))
}

fn within_budget(store: &Store, key: &Key, pod: &Value) -> Result<(), Refusal> {
    if matches!(
        text(pod, "/status/phase"),
        "Succeeded" | "Failed" | "Pending"
    ) {
        return Ok(());
    }
    match budgets::of_pod(store, &key.namespace, pod).as_slice() {
        [] => Ok(()),
        [(budget_key, budget)] => {
            let now = budgets::state(store, &key.namespace, budget);
            // A pod that is not healthy may go as long as enough others are.
            let unhealthy = !is_ready(pod) && now.healthy >= now.desired && now.desired > 0;
            if now.allowed() > 0 || unhealthy {
                return Ok(());
            }
            Err(Refusal::budget_exhausted(
                &budget_key.name,
                now.desired,
                now.healthy,
            ))
        }
        _ => Err(Refusal::many_budgets()),
    }
}
