//! The history itself: positions, clock, hashes, streams, balances.

use super::{
    Check, VerifyError,
    books::BooksCheck,
    paper::PaperCheck,
    trail::{TrailCheck, UnderWay},
    views::FoldCheck,
};
use crate::store::{self, Anchor, Leaf, StoredEvent};
use futures_util::TryStreamExt as _;
use purser_domain::{Event, Recorded, Rupiah, State, StreamId};
use sqlx::PgConnection;
use std::collections::HashMap;

/// What one pass over the history found.
#[derive(Default)]
pub(super) struct History {
    events: u64,
    /// Where it has come to.
    head: Anchor,
    last_at_us: i64,
    sequences: HashMap<(String, String), i64>,
    wallets: HashMap<StreamId, (State, i128)>,
    positions_wrong: Vec<String>,
    chain_wrong: Vec<String>,
    sequences_wrong: Vec<String>,
    unreadable: Vec<String>,
    books: BooksCheck,
    paper: PaperCheck,
    trail: TrailCheck,
}

impl History {
    /// Reads the cut's whole history once, and hands every event to the folds.
    pub(super) async fn read(
        cut: &mut PgConnection,
        folds: &mut [FoldCheck],
    ) -> Result<Self, VerifyError> {
        let mut history = Self::default();
        let mut events = store::range(cut, 0, i64::MAX);
        while let Some(stored) = std::pin::Pin::new(&mut events).try_next().await? {
            history.look_at(&stored);
            match stored.decode() {
                Ok(event) => {
                    history.fold_wallet(&event);
                    history.books.book(&event);
                    history.paper.look_at(&event);
                    history.trail.look_at(&event);
                    folds.iter_mut().for_each(|fold| fold.apply(&event));
                }
                Err(error) => {
                    history.unreadable.push(format!(
                        "position {}: {}",
                        stored.position,
                        crate::chain_of(&error)
                    ));
                }
            }
        }
        Ok(history)
    }

    fn look_at(&mut self, stored: &StoredEvent) {
        let (position, stream) = (
            stored.position,
            (stored.aggregate_type.clone(), stored.aggregate_id.clone()),
        );
        self.events += 1;
        let next = self.head.position + 1;
        if position != next {
            self.positions_wrong
                .push(format!("position {next} is missing, {position} follows"));
        }
        if stored.at_us() < self.last_at_us {
            self.positions_wrong
                .push(format!("the clock steps back at position {position}"));
        }
        self.last_at_us = stored.at_us();
        self.look_at_hashes(stored);

        let sequence = self.sequences.entry(stream).or_default();
        *sequence += 1;
        if stored.sequence != *sequence {
            self.sequences_wrong.push(format!(
                "{}/{} has {} where {sequence} should be, at position {position}",
                stored.aggregate_type, stored.aggregate_id, stored.sequence
            ));
            *sequence = stored.sequence;
        }
    }

    fn look_at_hashes(&mut self, stored: &StoredEvent) {
        let position = stored.position;
        let event_id = serde_json::from_str::<serde_json::Value>(&stored.metadata)
            .ok()
            .and_then(|metadata| metadata["event_id"].as_str().map(str::to_owned))
            .unwrap_or_default();
        let leaf = Leaf {
            event_id: &event_id,
            aggregate_type: &stored.aggregate_type,
            aggregate_id: &stored.aggregate_id,
            sequence: stored.sequence,
            event_type: &stored.event_type,
            event_version: &stored.event_version,
            payload: &stored.payload,
            metadata: &stored.metadata,
        };
        let leaf = leaf.hash();
        if stored.leaf != leaf {
            self.chain_wrong.push(format!(
                "the event at position {position} was changed: its leaf differs"
            ));
        }
        if stored.hash != store::chain(&self.head.hash, stored.at_us(), &leaf) {
            self.chain_wrong
                .push(format!("the chain breaks at position {position}"));
        }
        let hash = stored.hash.as_slice().try_into().unwrap_or_default();
        self.head = Anchor { position, hash };
    }

    /// The balance that decisions go by, beside the plain sum of the movements.
    fn fold_wallet(&mut self, event: &Recorded) {
        let Event::Wallet(movement) = &event.event else {
            return;
        };
        let empty = || (State::empty(event.stream.kind), 0);
        let (state, sum) = self
            .wallets
            .entry(event.stream.clone())
            .or_insert_with(empty);
        state.apply(event.event.clone());
        *sum += i128::from(movement.change().balance());
    }

    /// Where it ends.
    pub(super) fn head(&self) -> Anchor {
        self.head
    }

    pub(super) fn checks(&self, under_way: &UnderWay) -> Vec<Check> {
        let events = format!("{} events", self.events);
        let check = |name: &str, looked_at: &str, differences: Vec<String>| Check {
            name: name.into(),
            looked_at: looked_at.into(),
            differences,
        };
        let mut checks = vec![
            check(
                "positions gapless, clock never back",
                &events,
                self.positions_wrong.clone(),
            ),
            check("hash chain whole", &events, self.chain_wrong.clone()),
            check(
                "streams whole",
                &format!("{} streams", self.sequences.len()),
                self.sequences_wrong.clone(),
            ),
        ];
        checks.extend(self.checks_of_money());
        checks.push(self.paper.check());
        checks.push(self.trail.check(under_way));
        checks
    }

    fn readable(&self) -> Check {
        Check {
            name: "every event readable".into(),
            looked_at: format!("{} events", self.events),
            differences: self.unreadable.clone(),
        }
    }

    /// The wallets one by one, and the books over all of them.
    pub(super) fn checks_of_money(&self) -> Vec<Check> {
        let mut wrong_balances = Vec::new();
        for (stream, (state, sum)) in &self.wallets {
            let State::Wallet(wallet) = state else {
                continue;
            };
            if i128::from(wallet.balance().get()) != *sum
                || *sum < 0
                || *sum > i128::from(Rupiah::MAX.get())
            {
                let balance = wallet.balance();
                wrong_balances.push(format!(
                    "{stream} holds {balance}, its movements sum to {sum}"
                ));
            }
        }
        let wallets = self.wallets.values().filter_map(|(state, _)| match state {
            State::Wallet(wallet) => Some(wallet),
            _ => None,
        });
        vec![
            self.readable(),
            Check {
                name: "balances equal the sum of their movements".into(),
                looked_at: format!("{} wallets", self.wallets.len()),
                differences: wrong_balances,
            },
            self.books.check(wallets),
        ]
    }
}
