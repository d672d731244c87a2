//! Business time: what periods, expiries and the history's clock go by. Leases, time-outs and
//! back-off use real time instead.

use chrono::{DateTime, Duration, SubsecRound as _, Utc};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tokio::sync::watch;

/// The one clock. In production it is the system's; `purser dev` and the tests can move it forward.
#[derive(Clone, Debug)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
    moved: Arc<watch::Sender<()>>,
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
        }
    }

    /// Now, in whole microseconds, which is what the database keeps.
    pub fn now(&self) -> DateTime<Utc> {
        let now = Utc::now().trunc_subsecs(6);
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

    /// Wakes whoever waits for a time when the clock is moved.
    pub fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }
}
