//! How long a sign-in lasts, and how often it is tried.

use super::Environment;
use crate::auth::{AttemptLimits, SessionTimes};

pub(super) fn sessions(env: &mut Environment) -> SessionTimes {
    let default = SessionTimes::default();
    SessionTimes {
        proof_hours: env.within("SECOND_FACTOR_HOURS", default.proof_hours, 1..=720),
        ..default
    }
}

/// How much is taken, 0 being as much as comes.
pub(super) fn attempts(env: &mut Environment) -> AttemptLimits {
    AttemptLimits {
        sign_ins: env.within("SIGN_IN_ATTEMPTS", 10, 0..=10_000),
        sign_ups_an_hour: env.within("SIGN_UPS_AN_HOUR", 20, 0..=100_000),
    }
}
