//! What leaves the history whole in itself is found by a head that was noted elsewhere, or by what came of the events.

use super::failing;
use crate::support::{Store, credit, store};
use purser::{
    store::{Anchor, Leaf, chain},
    verify::verify_anchors,
};
use serde_json::Value;

/// What holding the history against these heads says.
async fn missed(store: &Store, anchors: &[Anchor]) -> Vec<String> {
    let check = verify_anchors(&store.reader, anchors).await.unwrap();
    check.differences
}

/// Changes an amount as whoever has the whole database does: every hash after it fits again.
async fn forged(store: &Store, from: &str, to: &str) {
    let mut previous = [0; 32];
    for event in store.reader.after(0, 1_000).await.unwrap() {
        let payload = event.payload.replace(from, to);
        let metadata: Value = serde_json::from_str(&event.metadata).unwrap();
        let leaf = Leaf {
            event_id: metadata["event_id"].as_str().unwrap(),
            aggregate_type: &event.aggregate_type,
            aggregate_id: &event.aggregate_id,
            sequence: event.sequence,
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: &payload,
            metadata: &event.metadata,
        };
        let leaf = leaf.hash();
        previous = chain(&previous, event.at_us(), &leaf);
        let [leaf, hash] = [leaf, previous].map(hex::encode);
        store
            .tamper(&format!(
                "update events set payload = '{payload}', leaf = '\\x{leaf}', hash = '\\x{hash}' where position = {}",
                event.position
            ))
            .await;
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_found_by_an_anchor_alone() {
    let store = store().await;
    let budi = store.customer(5_000).await;
    let early = store.verified().await.head.unwrap();
    store.given(credit(budi, 7_000)).await;
    let late = store.verified().await.head.unwrap();
    assert_eq!(late, store.reader.anchor().await.unwrap());
    assert_eq!(late.position, early.position + 1);
    assert!(
        missed(&store, &[Anchor::default(), early, late])
            .await
            .is_empty()
    );

    let cut = early.position;
    store
        .tamper(&format!(
            "delete from events where position > {cut}; delete from commands where position > {cut}"
        ))
        .await;
    let report = store.verified().await;
    assert!(report.is_clean(), "nothing is left to see it by:\n{report}");
    assert!(report.to_string().contains(&format!("head  {early}")));
    let missed = missed(&store, &[early, late]).await;
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert!(
        missed[0].contains(&format!("ends at position {cut}")),
        "{missed:?}"
    );
}

#[tokio::test]
async fn a_chain_made_anew_to_the_end_is_found_by_an_anchor_alone() {
    let store = store().await;
    let start = store.verified().await.head.unwrap();
    store.customer(5_000).await;
    let noted = store.verified().await.head.unwrap();
    forged(&store, "\"amount\":5000", "\"amount\":9000").await;
    let report = store.verified().await;
    assert!(report.is_clean(), "it proves itself:\n{report}");
    assert_ne!(report.head, Some(noted));

    let missed = missed(&store, &[start, noted]).await;
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert!(
        missed[0].contains("has another hash than was noted"),
        "{missed:?}"
    );
}

#[tokio::test]
async fn what_comes_from_beyond_the_head_is_found() {
    let store = store().await;
    let budi = store.customer(5_000).await;
    let head = store.head().await;
    store.given(credit(budi, 7_000)).await;
    store
        .tamper(&format!(
            "insert into views.checkpoints (name, position) values ('saga:letters', {1});
             insert into work.sagas (saga, instance, state, position) values ('letters', gen_random_uuid(), '{{}}', {1});
             insert into work.effects (effect_id, saga, instance, step, body, correlation_id, cause_position, status)
               values (gen_random_uuid(), 'letters', gen_random_uuid(), 'send', '{{}}', gen_random_uuid(), {1}, 'done');
             delete from events where position > {0}",
            head,
            head + 1
        ))
        .await;
    let found = failing(&store.verified().await);
    let beyond = found
        .iter()
        .find(|(name, _)| name.contains("beyond the head"));
    let (_, said) = beyond.unwrap();
    let of = |what: &str| said.iter().filter(|said| said.starts_with(what)).count();
    let found = ["the command", "the effect", "the reader", "the saga"].map(of);
    assert_eq!(found, [1; 4], "{said:?}");
}
