//! What is stored can be read for ever: one file for every stored event name and version, holding a
//! payload as it stands in the table. A file that was ever released is never edited.

use purser_domain::{
    AggregateType, Event,
    ids::{ChargeId, CreditId, InstanceId, SubscriptionId, TopUpId, UserId, WalletId},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden"]
        .iter()
        .collect()
}

/// Every stored name with its kind, its version and the name of its file.
fn stored() -> impl Iterator<Item = (AggregateType, &'static str, &'static str, String)> {
    AggregateType::ALL.iter().flat_map(|kind| {
        let names = kind.event_names().iter();
        names.map(|(name, version)| (*kind, *name, *version, format!("{name}.v{version}.json")))
    })
}

fn payload(file: &str) -> Value {
    let text = fs::read_to_string(folder().join(file)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn event(kind: AggregateType, file: &str) -> Event {
    let payload = payload(file).to_string();
    Event::decode(kind, &payload).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn every_stored_name_and_version_has_its_file_and_there_is_no_other() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, stored().map(|(.., file)| file).collect());
}

#[test]
fn every_stored_payload_decodes_and_encodes_to_the_same() {
    for (kind, _, _, file) in stored() {
        assert_eq!(
            event(kind, &file).payload().unwrap(),
            payload(&file),
            "{file}"
        );
    }
}

#[test]
fn the_stored_name_is_the_tag_of_the_payload() {
    for (kind, name, version, file) in stored() {
        let payload = payload(&file);
        let tags: Vec<&String> = payload.as_object().unwrap().keys().collect();
        assert_eq!(tags, [name], "{file}");
        let event = event(kind, &file);
        assert_eq!(event.event_type(), name, "{file}");
        assert_eq!(event.event_version(), version, "{file}");
        assert_eq!(event.kind(), kind, "{file}");
    }
}

/// The hash of an event covers its canonical JSON (RFC 8785), which has no fractions and no integers
/// of 2^53 and more.
#[test]
fn numbers_are_whole_and_below_two_to_the_fifty_third() {
    fn check(value: &Value, file: &str) {
        match value {
            Value::Number(number) => {
                assert!(number.as_i64().is_some_and(|n| n.abs() < 1 << 53), "{file}");
            }
            Value::Array(items) => items.iter().for_each(|item| check(item, file)),
            Value::Object(fields) => fields.values().for_each(|field| check(field, file)),
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }
    for (.., file) in stored() {
        check(&payload(&file), &file);
    }
}

/// A retry next year must reach the ids of today.
#[test]
fn an_id_made_from_its_cause_stays_the_same_for_ever() {
    let field = |file: &str, pointer: &str| {
        let payload = payload(&format!("{file}.v1.json"));
        let value = payload.pointer(&format!("/{file}/{pointer}")).unwrap();
        value.as_str().unwrap().to_owned()
    };
    let user: UserId = field("wallet.opened", "owner").parse().unwrap();
    let subscription: SubscriptionId = field("claim.taken", "holder").parse().unwrap();
    let top_up: TopUpId = field("wallet.credited", "top_up_id").parse().unwrap();
    let transaction = field("top_up.settled", "transaction_id");
    let charge = ChargeId::of_order(subscription);
    for (id, file, pointer) in [
        (
            WalletId::of(user).uuid(),
            "subscription.ordered",
            "terms/wallet_id",
        ),
        (
            InstanceId::of(subscription).uuid(),
            "subscription.ordered",
            "terms/instance_id",
        ),
        (charge.uuid(), "wallet.charged", "charge_id"),
        (
            CreditId::of_transaction(top_up, &transaction).uuid(),
            "wallet.credited",
            "credit_id",
        ),
        (
            CreditId::of_refund(charge).uuid(),
            "wallet.refunded",
            "credit_id",
        ),
    ] {
        assert_eq!(id.to_string(), field(file, pointer), "{file} {pointer}");
    }
}
