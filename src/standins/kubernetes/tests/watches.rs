//! Watches: every change once and in order, through a selector, and the end of a history.

use std::pin::pin;

use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{
    DeleteParams, ListParams, Patch, PatchParams, PostParams, VersionMatch, WatchEvent, WatchParams,
};
use kube::runtime::watcher;
use serde_json::json;

use super::{PATIENCE, config_map, refusal, until, with_namespace};

async fn next<S: futures_util::Stream<Item = kube::Result<WatchEvent<ConfigMap>>> + Unpin>(
    stream: &mut S,
) -> WatchEvent<ConfigMap> {
    tokio::time::timeout(PATIENCE, stream.next())
        .await
        .expect("no event")
        .unwrap()
        .unwrap()
}

fn named(event: &WatchEvent<ConfigMap>) -> (&'static str, String) {
    let (word, object) = match event {
        WatchEvent::Added(object) => ("added", object),
        WatchEvent::Modified(object) => ("modified", object),
        WatchEvent::Deleted(object) => ("deleted", object),
        other => panic!("not about an object: {other:?}"),
    };
    (word, object.metadata.name.clone().unwrap())
}

#[tokio::test]
async fn a_watch_tells_what_happened_since_its_version() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let start = maps
        .list(&ListParams::default())
        .await
        .unwrap()
        .metadata
        .resource_version
        .unwrap();
    maps.create(&PostParams::default(), &config_map("a", json!({})))
        .await
        .unwrap();
    let mut events = pin!(
        maps.watch(&WatchParams::default().labels("app"), &start)
            .await
            .unwrap()
    );
    assert_eq!(named(&next(&mut events).await), ("added", "a".into()));
    let change = Patch::Merge(json!({ "data": { "x": "1" } }));
    maps.patch("a", &PatchParams::default(), &change)
        .await
        .unwrap();
    assert_eq!(named(&next(&mut events).await), ("modified", "a".into()));
    // An object that leaves the selector is deleted as far as this watch can see, and comes back as new.
    for (label, word) in [(json!(null), "deleted"), (json!("a"), "added")] {
        let relabel = Patch::Merge(json!({ "metadata": { "labels": { "app": label } } }));
        maps.patch("a", &PatchParams::default(), &relabel)
            .await
            .unwrap();
        assert_eq!(named(&next(&mut events).await), (word, "a".into()));
    }
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    assert_eq!(named(&next(&mut events).await), ("deleted", "a".into()));
}

#[tokio::test]
async fn a_watch_from_a_forgotten_version_ends_with_gone() {
    let (standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let start = maps
        .list(&ListParams::default())
        .await
        .unwrap()
        .metadata
        .resource_version
        .unwrap();
    maps.create(&PostParams::default(), &config_map("a", json!({})))
        .await
        .unwrap();
    standin.compact();
    let mut events = pin!(maps.watch(&WatchParams::default(), &start).await.unwrap());
    match next(&mut events).await {
        WatchEvent::Error(status) => {
            assert_eq!((status.code, status.reason.as_str()), (410, "Expired"))
        }
        other => panic!("not an error: {other:?}"),
    }
    assert!(events.next().await.is_none());
    let exactly = ListParams::default()
        .at(&start)
        .matching(VersionMatch::Exact);
    let status = refusal(maps.list(&exactly).await);
    assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
}

#[tokio::test]
async fn a_timed_watch_ends_with_a_bookmark() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let params = WatchParams::default().timeout(1);
    let events = maps.watch(&params, "0").await.unwrap();
    let events: Vec<_> = tokio::time::timeout(PATIENCE, events.try_collect())
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(events.first(), Some(WatchEvent::Added(_))));
    assert!(matches!(events.last(), Some(WatchEvent::Bookmark(_))));
}

/// Both ways in which kube's watcher begins, and its recovery from 410.
#[tokio::test]
async fn the_watcher_of_kube_stays_in_step() {
    let (standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    maps.create(&PostParams::default(), &config_map("first", json!({})))
        .await
        .unwrap();
    for config in [
        watcher::Config::default(),
        watcher::Config::default().streaming_lists(),
    ] {
        let (store, writer) = kube::runtime::reflector::store::<ConfigMap>();
        let stream = kube::runtime::reflector(writer, watcher(maps.clone(), config.labels("app")));
        let task = tokio::spawn(async move {
            let mut stream = pin!(stream);
            while stream.next().await.is_some() {}
        });
        let has = |name: &'static str| {
            let store = store.clone();
            move || {
                let found = store
                    .state()
                    .iter()
                    .any(|map| map.metadata.name.as_deref() == Some(name));
                async move { found.then_some(()) }
            }
        };
        until("the first object", has("first")).await;
        standin.compact();
        standin.set_outage(super::super::Outage::Refuse);
        standin.set_outage(super::super::Outage::None);
        maps.create(&PostParams::default(), &config_map("second", json!({})))
            .await
            .unwrap();
        until("the second object", has("second")).await;
        maps.delete("second", &DeleteParams::default())
            .await
            .unwrap();
        until("the second object to go", || async {
            store
                .state()
                .iter()
                .all(|map| map.metadata.name.as_deref() != Some("second"))
                .then_some(())
        })
        .await;
        task.abort();
    }
}
