//! The reading verbs: get, list, watch and the log of a pod.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use http::StatusCode;
use poem::{Body, Response};
use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::logs;
use super::super::refusal::Refusal;
use super::super::select::Selector;
use super::super::store::Key;
use super::super::watch::{WatchRequest, watch as watch_stream};
use super::{Call, Shape, Target, json_response};

const CONTINUE_EXPIRED: &str = "The provided continue parameter is too old to display a consistent list result. You \
    can start a new list without the continue parameter, or use the continue token in this response to retrieve the \
    remainder of the results.";

pub(super) fn get(cluster: &Cluster, target: &Target, call: &Call) -> Result<Response, Refusal> {
    let object = {
        let store = cluster.store();
        store
            .get(&target.key())
            .cloned()
            .ok_or_else(|| Refusal::not_found(target.kind, &target.name))?
    };
    let shape = Shape::of(&call.accept, call.param("includeObject"));
    Ok(json_response(
        StatusCode::OK,
        &shape.object(target.kind, &object),
        &[],
    ))
}

fn selector(target: &Target, call: &Call) -> Result<Selector, Refusal> {
    Selector::parse(
        call.param("labelSelector"),
        call.param("fieldSelector"),
        target.kind,
    )
}

fn version_param(call: &Call) -> Result<Option<u64>, Refusal> {
    match call.param("resourceVersion") {
        "" | "0" => Ok(None),
        given => given
            .parse()
            .map(Some)
            .map_err(|_| Refusal::bad_request(format!("invalid resource version {given:?}"))),
    }
}

/// Where a page of a list goes on: the version of its first page and the last key it gave.
struct Continue {
    version: u64,
    after: Key,
}

impl Continue {
    fn parse(text: &str, target: &Target) -> Result<Option<Self>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let broken = || Refusal::bad_request("continue key is not valid");
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| broken())?;
        let (version, namespace, name): (u64, String, String) =
            serde_json::from_slice(&bytes).map_err(|_| broken())?;
        Ok(Some(Self {
            version,
            after: Key::new(target.kind, &namespace, &name),
        }))
    }

    fn token(version: u64, key: &Key) -> String {
        let text = json!([version, key.namespace, key.name]).to_string();
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    }
}

pub(super) fn list(cluster: &Cluster, target: &Target, call: &Call) -> Result<Response, Refusal> {
    let selector = selector(target, call)?;
    let asked = version_param(call)?;
    let page = Continue::parse(call.param("continue"), target)?;
    let limit: usize = call
        .param("limit")
        .parse()
        .ok()
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    let store = cluster.store();
    if let Some(asked) = asked {
        if asked > store.version() {
            let (current, mut refusal) = (store.version(), Refusal::unavailable());
            refusal.code = 504;
            refusal.reason = "Timeout";
            refusal.message = format!("Too large resource version: {asked}, current: {current}");
            refusal.details = Some(json!({
                "causes": [{ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" }],
                "retryAfterSeconds": 1,
            }));
            return Err(refusal);
        }
        let exact = call.param("resourceVersionMatch") == "Exact";
        let lost = !store.remembers(asked) || !store.changes_after(asked, target.kind).is_empty();
        if exact && lost {
            return Err(Refusal::expired(
                "The resourceVersion for the provided list is too old.",
            ));
        }
    }
    if page
        .as_ref()
        .is_some_and(|page| !store.remembers(page.version))
    {
        return Err(Refusal::expired(CONTINUE_EXPIRED));
    }
    let version = page.as_ref().map_or(store.version(), |page| page.version);
    let mut matching = store
        .list(target.kind, target.namespace.as_deref())
        .filter(|(key, _)| page.as_ref().is_none_or(|page| **key > page.after))
        .filter(|(_, object)| selector.matches(object));
    let taken: Vec<(&Key, &Value)> = matching
        .by_ref()
        .take(limit)
        .map(|(key, object)| (key, object.as_ref()))
        .collect();
    let left = matching.count();
    let mut metadata = json!({ "resourceVersion": version.to_string() });
    if let Some((last, _)) = taken.last().filter(|_| left > 0) {
        metadata["continue"] = Continue::token(version, last).into();
        metadata["remainingItemCount"] = left.into();
    }
    let objects: Vec<&Value> = taken.iter().map(|(_, object)| *object).collect();
    let shape = Shape::of(&call.accept, call.param("includeObject"));
    Ok(json_response(
        StatusCode::OK,
        &shape.list(target.kind, &objects, metadata),
        &[],
    ))
}

pub(super) fn watch(
    cluster: &Arc<Cluster>,
    target: &Target,
    call: &Call,
) -> Result<Response, Refusal> {
    let mut selector_call = selector(target, call)?;
    if !target.name.is_empty() {
        let field = format!("metadata.name={}", target.name);
        selector_call = Selector::parse(call.param("labelSelector"), &field, target.kind)?;
    }
    let initial_events = call.flag("sendInitialEvents");
    if initial_events && call.param("resourceVersionMatch") != "NotOlderThan" {
        let why = "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: \
                   sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        return Err(Refusal::bad_request(why));
    }
    let seconds = call
        .param("timeoutSeconds")
        .parse()
        .ok()
        .filter(|seconds| *seconds > 0)
        .unwrap_or(1800);
    let request = WatchRequest {
        kind: target.kind,
        namespace: target.namespace.clone(),
        selector: selector_call,
        shape: Shape::of(&call.accept, call.param("includeObject")),
        after: if initial_events {
            None
        } else {
            version_param(call)?
        },
        bookmarks: call.flag("allowWatchBookmarks"),
        initial_events,
        timeout: Duration::from_secs(seconds),
    };
    let body = Body::from_bytes_stream(watch_stream(cluster.clone(), request));
    Ok(Response::builder()
        .content_type("application/json")
        .body(body))
}

pub(super) fn log(
    cluster: &Arc<Cluster>,
    target: &Target,
    call: &Call,
) -> Result<Response, Refusal> {
    if !target.kind.is("pods") {
        return Err(Refusal::no_such_path());
    }
    let number = |name: &str| call.param(name).parse::<u64>().ok();
    let request = logs::LogRequest {
        key: target.key(),
        container: call.param("container").to_owned(),
        previous: call.flag("previous"),
        follow: call.flag("follow"),
        timestamps: call.flag("timestamps"),
        tail: number("tailLines").and_then(|lines| usize::try_from(lines).ok()),
        since_seconds: number("sinceSeconds"),
        limit_bytes: number("limitBytes").and_then(|bytes| usize::try_from(bytes).ok()),
    };
    let body = Body::from_bytes_stream(logs::stream(cluster.clone(), request)?);
    Ok(Response::builder().content_type("text/plain").body(body))
}
