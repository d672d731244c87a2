//! `Idempotency-Key` as Midtrans does it: five minutes, successful answers only, one space for all endpoints,
//! whatever the body says.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

const KEPT: TimeDelta = TimeDelta::minutes(5);
/// A longer key is ignored without a word.
const LONGEST: usize = 46;

#[derive(Default)]
pub(super) struct Answers(HashMap<String, Entry>);

enum Entry {
    UnderWay,
    Answered { at: DateTime<Utc>, answer: Answer },
}

#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

pub(super) enum Begun {
    /// Nobody used the key; report the answer with [`Answers::finish`].
    First,
    UnderWay,
    Again(Answer),
}

impl Answers {
    pub(super) fn usable(key: &str) -> bool {
        !key.is_empty() && key.len() <= LONGEST
    }

    pub(super) fn begin(&mut self, key: &str, now: DateTime<Utc>) -> Begun {
        self.0
            .retain(|_, entry| !matches!(entry, Entry::Answered { at, .. } if now - *at >= KEPT));
        match self.0.get(key) {
            Some(Entry::UnderWay) => Begun::UnderWay,
            Some(Entry::Answered { answer, .. }) => Begun::Again(answer.clone()),
            None => {
                self.0.insert(key.to_owned(), Entry::UnderWay);
                Begun::First
            }
        }
    }

    /// Keeps a successful answer; after anything else the key is free again.
    pub(super) fn finish(&mut self, key: &str, answer: Option<Answer>, now: DateTime<Utc>) {
        match answer {
            Some(answer) => self
                .0
                .insert(key.to_owned(), Entry::Answered { at: now, answer }),
            None => self.0.remove(key),
        };
    }
}
