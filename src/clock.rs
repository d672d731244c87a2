//! Business time: what periods, expiries and the history's clock go by. Leases, time-outs and
//! back-off use real time instead.

use chrono::{DateTime, Duration, SubsecRound as _, Utc};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};
use tokio::sync::{Notify, watch};

/// By how much this machine's clock and the database's may disagree. Time servers keep both within a second; whoever is a
/// minute off is wrong, and nobody can say which of the two it is.
const TOLERATED: Duration = Duration::seconds(60);

/// The one clock. In production it is the system's; `purser dev` and the tests can move it forward.
///
/// What happens by the clock does not come back: an app that is deleted forty days early is gone, and the history's own time
/// never goes back. So the system's clock is held against the database's, and counts only while they agree.
#[derive(Clone, Debug)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
    moved: Arc<watch::Sender<()>>,
    /// Told of where the clocks were found to disagree.
    doubted: Arc<Notify>,
    machine: Machine,
}

/// The system's clock.
#[derive(Clone, Debug, Default)]
struct Machine {
    /// How far it was set forward, which only tests do.
    set_by_us: Arc<AtomicI64>,
    compared: Arc<Mutex<Option<Compared>>>,
}

/// What the database's clock showed, at a moment of the one clock that nobody can set.
#[derive(Clone, Copy, Debug)]
struct Compared {
    database: DateTime<Utc>,
    at: Instant,
}

/// The system's clock and the database's disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock of this machine is {} that of the database", words(.by))]
pub struct ClockOff {
    /// How far the system's is ahead; less than nothing where it is behind.
    pub by: Duration,
}

fn words(by: &Duration) -> String {
    let seconds = by.num_seconds();
    match seconds {
        ..0 => format!("{} s behind", seconds.unsigned_abs()),
        0.. => format!("{seconds} s ahead of"),
    }
}

impl Machine {
    fn now(&self) -> DateTime<Utc> {
        let (now, set_by) = (Utc::now(), self.set_by_us.load(Ordering::SeqCst));
        now.checked_add_signed(Duration::microseconds(set_by))
            .unwrap_or(now)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::ahead_by(Duration::zero())
    }
}

impl Clock {
    /// A clock that runs ahead of the system's.
    pub fn ahead_by(offset: Duration) -> Self {
        let offset_us = offset.num_microseconds().unwrap_or(0);
        Self {
            offset_us: Arc::new(AtomicI64::new(offset_us)),
            moved: Arc::new(watch::Sender::new(())),
            doubted: Arc::default(),
            machine: Machine::default(),
        }
    }

    /// Now, in whole microseconds, which is what the database keeps.
    pub fn now(&self) -> DateTime<Utc> {
        self.business(self.machine.now())
    }

    fn business(&self, machine: DateTime<Utc>) -> DateTime<Utc> {
        let now = machine.trunc_subsecs(6);
        now.checked_add_signed(self.offset()).unwrap_or(now)
    }

    /// How far it runs ahead.
    pub fn offset(&self) -> Duration {
        Duration::microseconds(self.offset_us.load(Ordering::SeqCst))
    }

    /// Moves business time forward; it never goes back.
    #[cfg(feature = "standins")]
    pub fn advance(&self, by: std::time::Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let _ = self
            .offset_us
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |offset| {
                Some(offset.saturating_add(by))
            });
        self.moved.send_replace(());
    }

    /// Notes what the database's clock showed when it was asked at this moment, the offset left out.
    pub fn compare(&self, database: DateTime<Utc>, at: Instant) {
        let compared = Compared { database, at };
        *self.compared() = Some(compared);
    }

    /// Now, for what does not come back.
    ///
    /// # Errors
    /// The system's clock and the database's disagree at this moment, however long ago the database was asked.
    pub fn sure(&self) -> Result<DateTime<Utc>, ClockOff> {
        let machine = self.machine.now();
        if let Some(Compared { database, at }) = *self.compared() {
            let passed = Duration::from_std(at.elapsed()).unwrap_or(Duration::MAX);
            let expected = database.checked_add_signed(passed).unwrap_or(database);
            let by = machine - expected;
            if by.abs() > TOLERATED {
                self.doubted.notify_one();
                return Err(ClockOff { by });
            }
        }
        Ok(self.business(machine))
    }

    /// By how much the system's clock is off from the database's, where that is too much to go by it.
    pub fn off(&self) -> Option<ClockOff> {
        self.sure().err()
    }

    /// Waits until the clocks are found to disagree. After the machine slept only the comparison is too old: the clock that
    /// nobody can set stood still meanwhile.
    pub async fn doubted(&self) {
        self.doubted.notified().await;
    }

    fn compared(&self) -> std::sync::MutexGuard<'_, Option<Compared>> {
        let compared = self.machine.compared.lock();
        compared.unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the system's clock, as an operator's hand or a bad time server does: so far ahead of what it really is.
    #[cfg(feature = "standins")]
    pub fn set_machine(&self, ahead: Duration) {
        let ahead = ahead.num_microseconds().unwrap_or(0);
        self.machine.set_by_us.store(ahead, Ordering::SeqCst);
        self.moved.send_replace(());
    }

    /// Wakes whoever waits for a time when the clock is moved.
    pub fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(ahead_seconds: i64) -> Clock {
        let clock = Clock::ahead_by(Duration::days(400));
        clock.compare(
            Utc::now() - Duration::seconds(ahead_seconds),
            Instant::now(),
        );
        clock
    }

    #[test]
    fn a_clock_that_was_never_compared_is_taken_as_it_is() {
        assert_eq!(Clock::default().off(), None);
    }

    #[test]
    fn business_time_that_was_moved_on_is_no_disagreement() {
        assert_eq!(compared(0).off(), None);
        assert_eq!(compared(50).off(), None);
        assert_eq!(compared(-50).off(), None);
    }

    #[test]
    fn a_machine_that_is_more_than_a_minute_off_says_by_how_much() {
        let ahead = compared(3_600).off().unwrap().to_string();
        assert!(
            ahead.ends_with(" s ahead of that of the database"),
            "{ahead}"
        );
        assert!(
            ahead.contains("is 3600 s") || ahead.contains("is 3599 s"),
            "{ahead}"
        );
        let behind = compared(-3_600).off().unwrap().to_string();
        assert!(
            behind.ends_with(" s behind that of the database"),
            "{behind}"
        );
    }

    #[cfg(feature = "standins")]
    #[test]
    fn a_jump_is_known_without_the_database_being_asked_again() {
        let clock = compared(0);
        clock.set_machine(Duration::days(40));
        assert!(clock.off().is_some());
        clock.set_machine(Duration::zero());
        assert_eq!(clock.off(), None);
    }

    #[tokio::test]
    async fn whoever_finds_the_clock_off_wakes_who_compares() {
        let clock = compared(3_600);
        assert!(clock.off().is_some());
        clock.doubted().await;
        clock.compare(Utc::now(), Instant::now());
        assert_eq!(clock.off(), None);
    }
}
