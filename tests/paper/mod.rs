//! Numbers: 1, 2, 3 … in the order in which documents were issued, whoever gives them and whoever dies meanwhile.

use crate::support::{Store, command, store, world};
use purser::{
    auth::{Keys, Vault},
    clock::Clock,
    paper::{Archive, Numbering},
    relay::Follower,
    store::Appender,
};
use purser_domain::{
    Event, Recorded,
    decisions::One,
    document::{Content, Document, DocumentCommand, DocumentEvent, Matter, Seller, ToppedUp},
    ids::{CreditId, DocumentId, TopUpId, UserId},
    series::SeriesEvent,
    user::Locale,
};
use std::sync::Arc;
use uuid::Uuid;

/// A process that gives numbers.
fn numbering(store: &Store, appender: Appender, clock: Clock) -> Numbering {
    let vault = Vault::new(store.pool.clone(), Keys::new(&[7; 32]));
    Numbering {
        archive: Archive::new(store.states.clone(), vault),
        appender,
        clock,
    }
}

async fn issue(store: &Store, number: u128) {
    let credit_id = CreditId::new(Uuid::from_u128(number));
    let content = Content {
        user_id: UserId::new(Uuid::from_u128(1)),
        locale: Locale::Id,
        seller: Seller::default(),
        buyer: None,
        buyer_details: None,
        matter: Matter::TopUp(ToppedUp {
            top_up_id: TopUpId::new(Uuid::from_u128(2)),
            credit_id,
            order_id: format!("topup-{number}"),
            payment_type: "qris".into(),
        }),
        total: 50_000.try_into().unwrap(),
        vat: None,
        e_meterai: false,
    };
    let issue = One::<Document> {
        id: DocumentId::of_receipt(credit_id),
        command: DocumentCommand::Issue {
            content: Box::new(content),
            at: store.clock.now(),
        },
    };
    store.execute(command(issue)).await.unwrap();
}

async fn history(store: &Store) -> Vec<Recorded> {
    let events = store.reader.after(0, 10_000).await.unwrap();
    events.iter().map(|event| event.decode().unwrap()).collect()
}

/// Which document has which number, in the order of the history.
async fn numbers(store: &Store) -> Vec<(u32, DocumentId)> {
    let events = history(store).await.into_iter();
    let numbered = events.filter_map(|event| match event.event {
        Event::Series(SeriesEvent::Numbered {
            number,
            document_id,
            ..
        }) => Some((number, document_id)),
        _ => None,
    });
    numbered.collect()
}

async fn issued(store: &Store) -> Vec<Recorded> {
    let events = history(store).await.into_iter();
    let is_issued =
        |event: &Recorded| matches!(event.event, Event::Document(DocumentEvent::Issued { .. }));
    events.filter(is_issued).collect()
}

async fn apply(numbering: &Numbering, store: &Store, events: &[Recorded]) {
    let events: Vec<&Recorded> = events.iter().collect();
    let mut rows = store.pool.acquire().await.unwrap();
    numbering.apply(&mut rows, &events).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_at_once_leave_no_gap_and_give_nothing_twice() {
    let store = store().await;
    for number in 0..24 {
        issue(&store, number).await;
    }
    let events = issued(&store).await;
    let one = numbering(&store, store.appender.clone(), store.clock.clone());
    let ahead = Clock::default();
    ahead.advance(std::time::Duration::from_secs(60));
    let other = numbering(&store, store.another_appender(ahead.clone()), ahead);
    let backwards: Vec<Recorded> = events.iter().rev().cloned().collect();
    tokio::join!(
        apply(&one, &store, &events),
        apply(&other, &store, &backwards)
    );
    let given = numbers(&store).await;
    let counted: Vec<u32> = given.iter().map(|(number, _)| *number).collect();
    assert_eq!(counted, (1..=24).collect::<Vec<u32>>());
    let mut documents: Vec<DocumentId> = given.into_iter().map(|(_, id)| id).collect();
    documents.sort();
    documents.dedup();
    assert_eq!(documents.len(), 24);
    // What is heard again after a death before the checkpoint was moved is known.
    apply(&one, &store, &events).await;
    assert_eq!(numbers(&store).await.len(), 24);
    assert!(store.verified().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_follow_the_history() {
    let world = world().await;
    for number in 0..10 {
        issue(&world, number).await;
    }
    let numbering = numbering(&world, world.appender.clone(), world.clock.clone());
    world.follow(Arc::new(numbering));
    world.settle().await;
    let expected: Vec<(u32, DocumentId)> = (1..)
        .zip(issued(&world).await)
        .map(|(number, event)| (number, event.stream.id.parse().unwrap()))
        .collect();
    assert_eq!(numbers(&world).await, expected);
}
