//! Where the messages lie, with the faults and the login that rule the sessions.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::Utc;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{faults::Faults, message::Message};
use crate::standins::{
    journal::{self, Journal},
    state_file,
};

/// Older messages make room.
const MOST_MESSAGES: usize = 10_000;

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    last_id: u64,
    messages: VecDeque<Message>,
}

impl Kept {
    /// What is there already is left out.
    fn add(&mut self, message: Message) {
        if message.id <= self.last_id {
            return;
        }
        self.last_id = message.id;
        self.messages.push_back(message);
        if self.messages.len() > MOST_MESSAGES {
            self.messages.pop_front();
        }
    }
}

pub(super) struct Shelf {
    kept: Mutex<Kept>,
    faults: Mutex<Faults>,
    login: Mutex<Option<(String, String)>>,
    /// Ticks at every change.
    changed: watch::Sender<()>,
    state_file: Option<PathBuf>,
    journal: Mutex<Option<Journal>>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    pub(super) fn open(state_file: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut kept = Kept::default();
        if let Some(path) = &state_file {
            kept = state_file::load(path)?;
            for message in journal::read(path)? {
                kept.add(serde_json::from_value(message)?);
            }
        }
        let shelf = Self {
            kept: Mutex::new(kept),
            faults: Mutex::default(),
            login: Mutex::default(),
            changed: watch::Sender::new(()),
            state_file,
            journal: Mutex::default(),
        };
        shelf.save();
        Ok(shelf)
    }

    /// Whoever is told that a message was taken can rely on it: it is on disk by then.
    pub(super) fn add(&self, from: String, to: Vec<String>, raw: Vec<u8>) -> u64 {
        let mut kept = hold(&self.kept);
        let message = Message {
            id: kept.last_id + 1,
            from,
            to,
            received_at: Utc::now(),
            raw,
        };
        let id = message.id;
        let long = self.note(&message);
        kept.add(message);
        drop(kept);
        if long {
            self.save();
        }
        self.changed.send_replace(());
        id
    }

    /// Whether the journal became long.
    fn note(&self, message: &Message) -> bool {
        let mut journal = hold(&self.journal);
        let Some(journal) = &mut *journal else {
            return false;
        };
        if let Err(error) = journal.note(message) {
            tracing::warn!(%error, "a message of the mail stand-in could not be kept");
        }
        journal.is_long()
    }

    /// Those that fit, the oldest first.
    pub(super) fn messages(&self, fits: impl Fn(&Message) -> bool) -> Vec<Message> {
        let kept = hold(&self.kept);
        let fitting = kept.messages.iter().filter(|message| fits(message));
        fitting.cloned().collect()
    }

    pub(super) fn message(&self, id: u64) -> Option<Message> {
        let kept = hold(&self.kept);
        let place = kept
            .messages
            .binary_search_by_key(&id, |message| message.id);
        Some(kept.messages[place.ok()?].clone())
    }

    pub(super) fn clear(&self) {
        hold(&self.kept).messages.clear();
        self.save();
        self.changed.send_replace(());
    }

    pub(super) fn arrivals(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(super) fn faults(&self) -> Faults {
        hold(&self.faults).clone()
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        *hold(&self.faults) = faults;
    }

    /// Whether this message's 250 is to be lost; counts down.
    pub(super) fn drops_after_accepting(&self) -> bool {
        let mut faults = hold(&self.faults);
        let drops = faults.accept_then_drop > 0;
        faults.accept_then_drop = faults.accept_then_drop.saturating_sub(1);
        drops
    }

    pub(super) fn set_login(&self, login: Option<(String, String)>) {
        *hold(&self.login) = login;
    }

    pub(super) fn asks_for_login(&self) -> bool {
        hold(&self.login).is_some()
    }

    pub(super) fn knows(&self, user: &str, password: &str) -> bool {
        hold(&self.login)
            .as_ref()
            .is_none_or(|(known, secret)| known == user && secret == password)
    }

    /// Writes everything whole; the journal begins anew.
    pub(super) fn save(&self) {
        let Some(path) = &self.state_file else { return };
        // Held to the end, so that an older state never replaces a newer one.
        let kept = hold(&self.kept);
        let written = serde_json::to_vec(&*kept)
            .map_err(std::io::Error::from)
            .and_then(|bytes| state_file::store(path, &bytes))
            .and_then(|()| Journal::begin(path))
            .map(|journal| *hold(&self.journal) = Some(journal));
        if let Err(error) = written {
            tracing::warn!(%error, "the mail stand-in's messages could not be written to {}", path.display());
        }
    }
}
