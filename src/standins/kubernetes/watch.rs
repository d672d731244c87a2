//! Watches: the changes of one kind as a stream of JSON lines that ends when its time is up, when the client has
//! fallen behind the history, or when the server stops.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::cluster::Cluster;
use super::kinds::Kind;
use super::refusal::Refusal;
use super::rest::Shape;
use super::select::Selector;
use super::store::{Change, ChangeType, Store};

const BOOKMARK_EVERY: Duration = Duration::from_secs(10);

/// What a watch was asked for.
pub(super) struct WatchRequest {
    pub(super) kind: &'static Kind,
    pub(super) namespace: Option<String>,
    pub(super) selector: Selector,
    pub(super) shape: Shape,
    /// Start after this version; nothing means: begin with what is there.
    pub(super) after: Option<u64>,
    pub(super) bookmarks: bool,
    /// Close the initial objects with a bookmark of their own.
    pub(super) initial_events: bool,
    pub(super) timeout: Duration,
}

struct Watching {
    cluster: Arc<Cluster>,
    request: WatchRequest,
    cursor: u64,
    ends: Instant,
    next_bookmark: Instant,
    versions: tokio::sync::watch::Receiver<u64>,
    first: Option<String>,
    headers_sent: bool,
    over: bool,
}

/// The lines of a watch.
pub(super) fn watch(
    cluster: Arc<Cluster>,
    request: WatchRequest,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    let now = Instant::now();
    let mut watching = Watching {
        versions: cluster.versions(),
        cursor: 0,
        ends: now + request.timeout,
        next_bookmark: now + BOOKMARK_EVERY,
        first: None,
        headers_sent: false,
        over: false,
        cluster,
        request,
    };
    watching.begin();
    stream::unfold(watching, |mut watching| async move {
        let lines = watching.next().await?;
        Some((Ok(Bytes::from(lines)), watching))
    })
}

impl Watching {
    fn begin(&mut self) {
        let cluster = self.cluster.clone();
        let store = cluster.store();
        match self.request.after {
            Some(version) => self.cursor = version,
            None => {
                self.cursor = store.version();
                self.first = Some(self.initial_lines(&store));
            }
        }
    }

    fn initial_lines(&mut self, store: &Store) -> String {
        let mut lines = String::new();
        let kind = self.request.kind;
        let namespace = self.request.namespace.clone();
        for (_, object) in store.list(kind, namespace.as_deref()) {
            if self.request.selector.matches(object) {
                lines.push_str(&self.line("ADDED", object));
            }
        }
        if self.request.initial_events {
            let mut end = self.bookmark();
            end["object"]["metadata"]["annotations"] =
                json!({ "k8s.io/initial-events-end": "true" });
            lines.push_str(&format!("{end}\n"));
        }
        lines
    }

    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take().filter(|lines| !lines.is_empty()) {
            return Some(first);
        }
        loop {
            if self.over {
                return None;
            }
            self.versions.mark_unchanged();
            if let Some(lines) = self.lines_since() {
                return Some(lines);
            }
            let wake = if self.request.bookmarks {
                self.next_bookmark.min(self.ends)
            } else {
                self.ends
            };
            tokio::select! {
                changed = self.versions.changed() => if changed.is_err() { return None },
                () = tokio::time::sleep_until(wake) => {
                    self.over = Instant::now() >= self.ends;
                    if self.request.bookmarks {
                        self.next_bookmark = Instant::now() + BOOKMARK_EVERY;
                        return Some(format!("{}\n", self.bookmark()));
                    }
                }
            }
        }
    }

    fn lines_since(&mut self) -> Option<String> {
        let cluster = self.cluster.clone();
        let (changes, version) = {
            let store = cluster.store();
            if store.settings.mute_watches {
                return None;
            }
            if !store.remembers(self.cursor) {
                self.over = true;
                let message = format!(
                    "too old resource version: {} ({})",
                    self.cursor,
                    store.forgotten() + 1
                );
                let error =
                    json!({ "type": "ERROR", "object": Refusal::expired(message).status() });
                return Some(format!("{error}\n"));
            }
            (
                store.changes_after(self.cursor, self.request.kind),
                store.version(),
            )
        };
        self.cursor = self.cursor.max(version);
        let lines: String = changes
            .iter()
            .filter_map(|change| self.seen(change))
            .collect();
        (!lines.is_empty()).then_some(lines)
    }

    /// The line for a change, seen through the selector: objects enter and leave it.
    fn seen(&mut self, change: &Change) -> Option<String> {
        if self
            .request
            .namespace
            .as_ref()
            .is_some_and(|namespace| *namespace != change.key.namespace)
        {
            return None;
        }
        let before = change
            .previous
            .as_ref()
            .is_some_and(|object| self.request.selector.matches(object));
        let after =
            change.change != ChangeType::Deleted && self.request.selector.matches(&change.object);
        let word = match (before, after) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => return None,
        };
        Some(self.line(word, &change.object))
    }

    fn line(&mut self, word: &str, object: &Value) -> String {
        let object = self
            .request
            .shape
            .event_object(self.request.kind, object, !self.headers_sent);
        self.headers_sent = true;
        format!("{}\n", json!({ "type": word, "object": object }))
    }

    fn bookmark(&self) -> Value {
        let kind = self.request.kind;
        json!({
            "type": "BOOKMARK",
            "object": {
                "kind": kind.kind,
                "apiVersion": kind.api_version(),
                "metadata": { "resourceVersion": self.cursor.to_string(), "creationTimestamp": null },
            },
        })
    }
}
