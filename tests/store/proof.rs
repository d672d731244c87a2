use crate::support::{Store, purchase, rp, store};
use purser::store::{Leaf, StoredEvent, canonical, chain};
use purser_domain::{
    Recorded,
    decisions::One,
    ids::ServiceId,
    service::{Service, ServiceCommand},
};
use serde_json::{json, value::RawValue};
use std::{
    io::Write as _,
    process::{Command, Stdio},
};
use uuid::Uuid;

/// A history with every kind of value that JSON writers disagree on.
async fn history(store: &Store) -> Vec<StoredEvent> {
    let offer = store.on_sale(5, 5).await;
    let budi = store.customer(rp(9_007_199_254).get()).await;
    store.given(purchase(budi, offer)).await;
    let service_id = ServiceId::new(Uuid::now_v7());
    let create = ServiceCommand::Create {
        service_id,
        slug: "ghost".parse().unwrap(),
        title: "\"Häkeln\" \\ kopi ☕ \u{fb33} \u{1f600} e\u{301}"
            .parse()
            .unwrap(),
        description: "line\nline / <b>\u{2028}\u{7f}"
            .parse()
            .unwrap_or_else(|_| "line\nline".parse().unwrap()),
        recipe: "ghost".parse().unwrap(),
    };
    store
        .given(One::<Service> {
            id: service_id,
            command: create,
        })
        .await;
    store.reader.after(0, 1_000).await.unwrap()
}

fn leaf_of_the_row(event: &StoredEvent) -> [u8; 32] {
    let metadata: serde_json::Value = serde_json::from_str(&event.metadata).unwrap();
    Leaf {
        event_id: metadata["event_id"].as_str().unwrap(),
        aggregate_type: &event.aggregate_type,
        aggregate_id: &event.aggregate_id,
        sequence: event.sequence,
        event_type: &event.event_type,
        event_version: &event.event_version,
        payload: &event.payload,
        metadata: &event.metadata,
    }
    .hash()
}

fn leaf_of_the_struct(event: &Recorded) -> [u8; 32] {
    let metadata = json!(event.metadata.flat());
    Leaf {
        event_id: &event.metadata.event_id.to_string(),
        aggregate_type: event.stream.kind.as_str(),
        aggregate_id: &event.stream.id,
        sequence: event.sequence,
        event_type: &event.event.event_type(),
        event_version: &event.event.event_version(),
        payload: &canonical::to_string(&event.event.payload().unwrap()).unwrap(),
        metadata: &canonical::to_string(&metadata).unwrap(),
    }
    .hash()
}

/// One line of an export: the row as JSON.
fn line(event: &StoredEvent) -> String {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let texts = json!({
        "aggregate_type": event.aggregate_type,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
        "event_type": event.event_type,
        "event_version": event.event_version,
        "at_us": event.at_us(),
    });
    let (payload, metadata) = (raw(&event.payload), raw(&event.metadata));
    format!(r#"{{"row":{texts},"payload":{payload},"metadata":{metadata}}}"#)
}

/// The hash of every line, as Python computes them.
fn hashes_in_python(lines: &[String]) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/hashes.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tests need python3");
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(lines.join("\n").as_bytes()).unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn the_struct_the_row_and_an_exported_line_in_another_language_give_the_same_hash() {
    let store = store().await;
    let events = history(&store).await;
    let lines: Vec<String> = events.iter().map(line).collect();
    let in_python = hashes_in_python(&lines);
    assert_eq!(in_python.len(), events.len());

    let mut previous = [0; 32];
    for (event, in_python) in events.iter().zip(in_python) {
        let leaf = leaf_of_the_row(event);
        assert_eq!(leaf_of_the_struct(&event.decode().unwrap()), leaf);
        assert_eq!(event.leaf, leaf);
        previous = chain(&previous, event.at_us(), &leaf);
        assert_eq!(event.hash, previous);
        assert_eq!(in_python, hex::encode(previous), "{}", event.event_type);
    }
}

#[tokio::test]
async fn a_changed_letter_changes_every_hash_from_there_on() {
    let store = store().await;
    let events = history(&store).await;
    let mut lines: Vec<String> = events.iter().map(line).collect();
    let changed = lines
        .iter()
        .position(|line| line.contains("Starter"))
        .unwrap();
    lines[changed] = lines[changed].replacen("Starter", "Startet", 1);
    for (index, (event, hash)) in events.iter().zip(hashes_in_python(&lines)).enumerate() {
        let same = hex::encode(&event.hash) == hash;
        assert_eq!(same, index < changed, "line {index}");
    }
}
