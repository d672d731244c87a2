//! The log of a container: lines that follow from its state alone, so that they are the same whenever they are asked
//! for, and grow while it runs.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream::{self, Stream};
use serde_json::Value;

use super::cluster::Cluster;
use super::paths::{entry, list, text, time};
use super::refusal::Refusal;
use super::store::Key;

const HEARTBEAT_SECONDS: i64 = 5;
/// The oldest lines of a container that ran for long are gone, as if rotated away.
const KEPT_LINES: i64 = 1000;

pub(super) struct LogRequest {
    pub(super) key: Key,
    pub(super) container: String,
    pub(super) previous: bool,
    pub(super) follow: bool,
    pub(super) timestamps: bool,
    pub(super) tail: Option<usize>,
    pub(super) since_seconds: Option<u64>,
    pub(super) limit_bytes: Option<usize>,
}

type Line = (DateTime<Utc>, String);

/// The log as it is, then as it grows if it is followed.
pub(super) fn stream(
    cluster: Arc<Cluster>,
    request: LogRequest,
) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + 'static, Refusal> {
    let pod = read_pod(&cluster, &request.key)
        .ok_or_else(|| Refusal::not_found(request.key.kind, &request.key.name))?;
    let container = choose_container(&pod, &request)?;
    let (lines, running) = lines(&pod, &container, request.previous)?;
    let mut shown: Vec<Line> = lines.clone();
    if let Some(seconds) = request
        .since_seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
    {
        let since = Utc::now() - chrono::Duration::seconds(seconds);
        shown.retain(|(at, _)| *at >= since);
    }
    if let Some(tail) = request.tail {
        shown.drain(..shown.len().saturating_sub(tail));
    }
    let mut printed = print(&shown, request.timestamps);
    if let Some(limit) = request.limit_bytes {
        printed.truncate(limit);
    }
    let last = lines.last().cloned();
    let follow = request.follow && running && !request.previous;
    let state = Following {
        cluster,
        request,
        container,
        last,
        next: Some(printed),
        follow,
    };
    Ok(stream::unfold(state, |mut following| async move {
        let text = following.next().await?;
        Some((Ok(Bytes::from(text)), following))
    }))
}

struct Following {
    cluster: Arc<Cluster>,
    request: LogRequest,
    container: String,
    last: Option<Line>,
    next: Option<String>,
    follow: bool,
}

impl Following {
    async fn next(&mut self) -> Option<String> {
        if let Some(text) = self.next.take().filter(|text| !text.is_empty()) {
            return Some(text);
        }
        let mut versions = self.cluster.versions();
        while self.follow {
            let _ = tokio::time::timeout(Duration::from_secs(1), versions.changed()).await;
            let Some(pod) = read_pod(&self.cluster, &self.request.key) else {
                break;
            };
            let Ok((lines, running)) = lines(&pod, &self.container, false) else {
                break;
            };
            self.follow = running;
            let seen = self
                .last
                .as_ref()
                .and_then(|last| lines.iter().rposition(|line| line == last));
            let fresh = &lines[seen.map_or(0, |place| place + 1)..];
            if !fresh.is_empty() {
                self.last = fresh.last().cloned();
                return Some(print(fresh, self.request.timestamps));
            }
        }
        None
    }
}

fn read_pod(cluster: &Cluster, key: &Key) -> Option<Arc<Value>> {
    cluster.store().get(key).cloned()
}

fn print(lines: &[Line], timestamps: bool) -> String {
    lines
        .iter()
        .map(|(at, line)| {
            if timestamps {
                format!(
                    "{} {line}\n",
                    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
                )
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}

fn names(pod: &Value, field: &str) -> Vec<String> {
    list(pod, &format!("/spec/{field}"))
        .iter()
        .map(|container| text(container, "/name").to_owned())
        .collect()
}

fn choose_container(pod: &Value, request: &LogRequest) -> Result<String, Refusal> {
    let (mains, inits) = (names(pod, "containers"), names(pod, "initContainers"));
    let name = &request.key.name;
    if !request.container.is_empty() {
        let known = mains
            .iter()
            .chain(&inits)
            .any(|one| *one == request.container);
        let wrong = || {
            Refusal::bad_request(format!(
                "container {} is not valid for pod {name}",
                request.container
            ))
        };
        return known.then(|| request.container.clone()).ok_or_else(wrong);
    }
    match mains.as_slice() {
        [only] => Ok(only.clone()),
        _ => {
            let mut why = format!(
                "a container name must be specified for pod {name}, choose one of: [{}]",
                mains.join(" ")
            );
            if !inits.is_empty() {
                why.push_str(&format!(
                    " or one of the init containers: [{}]",
                    inits.join(" ")
                ));
            }
            Err(Refusal::bad_request(why))
        }
    }
}

/// All lines of a container so far, and whether there may be more.
fn lines(pod: &Value, container: &str, previous: bool) -> Result<(Vec<Line>, bool), Refusal> {
    let name = text(pod, "/metadata/name");
    if text(pod, "/spec/nodeName").is_empty() {
        return Err(Refusal::bad_request(format!(
            "pod {name} does not have a host assigned"
        )));
    }
    let status = ["/status/containerStatuses", "/status/initContainerStatuses"]
        .iter()
        .find_map(|place| entry(list(pod, place), "name", container));
    let waiting = |reason: &str| {
        let reason = match reason {
            "" => "ContainerCreating",
            "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
            other => other,
        };
        Refusal::bad_request(format!(
            "container {container:?} in pod {name:?} is waiting to start: {reason}"
        ))
    };
    let Some(status) = status else {
        return Err(waiting(""));
    };
    let image = text(status, "/image");
    let last = status.pointer("/lastState/terminated");
    if previous {
        let missing = || {
            let why =
                format!("previous terminated container {container:?} in pod {name:?} not found");
            Refusal::bad_request(why)
        };
        return Ok((ended(container, image, last.ok_or_else(missing)?), false));
    }
    if let Some(running) = status.pointer("/state/running") {
        return Ok((alive(container, image, running), true));
    }
    if let Some(terminated) = status.pointer("/state/terminated") {
        return Ok((ended(container, image, terminated), false));
    }
    match last {
        Some(terminated) => Ok((ended(container, image, terminated), false)),
        None => Err(waiting(text(status, "/state/waiting/reason"))),
    }
}

fn alive(container: &str, image: &str, state: &Value) -> Vec<Line> {
    let now = Utc::now();
    let started = time(state, "/startedAt").unwrap_or(now);
    let mut lines = vec![
        (started, format!("{container}: starting from image {image}")),
        (
            started,
            format!("{container}: this process is simulated, nothing runs"),
        ),
    ];
    let beats = (now - started).num_seconds() / HEARTBEAT_SECONDS;
    for beat in (1..=beats).skip(usize::try_from((beats - KEPT_LINES).max(0)).unwrap_or(0)) {
        let seconds = beat * HEARTBEAT_SECONDS;
        lines.push((
            started + chrono::Duration::seconds(seconds),
            format!("{container}: running for {seconds} s"),
        ));
    }
    lines
}

fn ended(container: &str, image: &str, state: &Value) -> Vec<Line> {
    let finished = time(state, "/finishedAt").unwrap_or_else(Utc::now);
    let mut lines = alive(container, image, state);
    lines.retain(|(at, _)| *at <= finished);
    let code = state.get("exitCode").and_then(Value::as_i64).unwrap_or(0);
    let end = if code == 0 {
        "done".to_owned()
    } else {
        format!("fatal: exit code {code}")
    };
    lines.push((finished, format!("{container}: {end}")));
    lines
}
