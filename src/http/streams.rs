//! How many logs a customer reads or follows at once through this process: each holds a connection to the cluster, and one that
//! is read up to a MiB of memory.

use purser_domain::ids::UserId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The log streams that are open.
#[derive(Debug)]
pub struct LogStreams {
    most: u32,
    open: Mutex<HashMap<UserId, u32>>,
}

/// One open stream; it counts until it is dropped.
#[derive(Debug)]
pub(super) struct OpenStream {
    all: Arc<LogStreams>,
    user: UserId,
}

impl LogStreams {
    /// `most` streams a customer.
    pub fn new(most: u32) -> Self {
        Self {
            most,
            open: Mutex::default(),
        }
    }

    pub(super) fn open(self: &Arc<Self>, user: UserId) -> Option<OpenStream> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        let all = self.clone();
        Some(OpenStream { all, user })
    }

    pub(super) const fn most(&self) -> u32 {
        self.most
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_stream_counts_until_it_is_dropped_and_for_its_customer_alone() {
        let streams = Arc::new(LogStreams::new(1));
        let [budi, sari] = [1, 2].map(|n| UserId::new(Uuid::from_u128(n)));
        let first = streams.open(budi).unwrap();
        assert!(streams.open(budi).is_none());
        assert!(streams.open(sari).is_some());
        drop(first);
        assert!(streams.open(budi).is_some());
        assert!(streams.open.lock().unwrap().is_empty());
    }
}
