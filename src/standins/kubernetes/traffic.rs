//! How much the server is asked: what a client costs it, and how hard it is asked at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Seconds that are kept apart: an hour.
const SECONDS: usize = 3_600;

/// What came in since it was last counted anew. The switches of the stand-in itself are no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests by verb and resource, as in `patch deployments`.
    pub requests: BTreeMap<String, u64>,
    /// Those of them that a simulated outage answered.
    pub refused: u64,
    /// Requests in each second, from the moment on when counting began; the first hour of it.
    pub seconds: Vec<u64>,
    /// Requests about one object that are being answered now: lists and watches go by their own pace.
    pub in_flight: u64,
    /// The most of them that were being answered at once.
    pub most_in_flight: u64,
}

pub(super) struct Counter(Mutex<Counted>);

struct Counted {
    since: Instant,
    traffic: Traffic,
}

impl Default for Counter {
    fn default() -> Self {
        Self(Mutex::new(Counted {
            since: Instant::now(),
            traffic: Traffic::default(),
        }))
    }
}

/// A request that is being answered, for as long as this is held.
pub(super) struct Answering<'a> {
    counter: &'a Counter,
    counted: bool,
}

impl Counter {
    fn locked(&self) -> MutexGuard<'_, Counted> {
        // A panic under the lock leaves a count behind, and any count is one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, verb: &str, resource: &str) -> Answering<'_> {
        let counted = !matches!(verb, "list" | "watch") && !resource.is_empty();
        let what = match resource {
            "" => format!("{verb} other"),
            resource => format!("{verb} {resource}"),
        };
        let mut locked = self.locked();
        let second = usize::try_from(locked.since.elapsed().as_secs()).unwrap_or(SECONDS);
        let traffic = &mut locked.traffic;
        *traffic.requests.entry(what).or_default() += 1;
        if second < SECONDS {
            let known = traffic.seconds.len().max(second + 1);
            traffic.seconds.resize(known, 0);
            traffic.seconds[second] += 1;
        }
        if counted {
            traffic.in_flight += 1;
            traffic.most_in_flight = traffic.most_in_flight.max(traffic.in_flight);
        }
        Answering {
            counter: self,
            counted,
        }
    }

    pub(super) fn refused(&self) {
        self.locked().traffic.refused += 1;
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.locked().traffic.clone()
    }

    /// What is being answered at this moment stays in the count.
    pub(super) fn anew(&self) {
        let mut locked = self.locked();
        let in_flight = locked.traffic.in_flight;
        locked.since = Instant::now();
        locked.traffic = Traffic {
            in_flight,
            most_in_flight: in_flight,
            ..Traffic::default()
        };
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        if self.counted {
            self.counter.locked().traffic.in_flight -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_at_once_is_counted_and_lists_are_not_among_it() {
        let counter = Counter::default();
        let one = counter.begin("patch", "deployments");
        let other = counter.begin("get", "secrets");
        drop(counter.begin("list", "pods"));
        drop((one, other));
        let traffic = counter.traffic();
        assert_eq!((traffic.in_flight, traffic.most_in_flight), (0, 2));
        assert_eq!(traffic.requests["patch deployments"], 1);
        assert_eq!(traffic.seconds.iter().sum::<u64>(), 3);
    }

    #[test]
    fn counting_anew_keeps_what_is_under_way() {
        let counter = Counter::default();
        let slow = counter.begin("patch", "deployments");
        counter.anew();
        let traffic = counter.traffic();
        assert_eq!((traffic.in_flight, traffic.requests.len()), (1, 0));
        drop(slow);
        assert_eq!(counter.traffic().in_flight, 0);
    }
}
