//! What the sagas decide by: for `purser serve`, and for who lets a parked stream of one go on.

use super::{Environment, Settings, cluster::fleet, rules::policy};
use crate::{
    mail::MailConfig,
    sagas::{Healing, WorkerOptions},
};
use std::ops::RangeInclusive;

/// How long an app is waited for, in milliseconds: from a second to the day after which an order is given up anyway.
const SPAN_MS: RangeInclusive<i64> = 1_000..=86_400_000;

/// The settings that sagas decide by.
#[derive(Clone, Copy, Debug)]
pub struct SagaOptions {
    /// How long an app may take to become ready, in milliseconds; else what its recipe says, and ten minutes for what is
    /// asked of one that ran.
    pub readiness_deadline_ms: Option<i64>,
    /// From when on a removal is one that takes too long, in milliseconds.
    pub removal_alarm_ms: i64,
    pub healing: Healing,
    /// How long a drain may take, in milliseconds during which the cluster answers.
    pub drain_deadline_ms: i64,
    /// How many days before a renewal a customer is told that his credit does not reach.
    pub low_credit_days: u32,
}

impl SagaOptions {
    /// Reads them, for whoever needs nothing else of the settings.
    pub fn read(env: &mut Environment) -> Self {
        Self {
            readiness_deadline_ms: readiness_deadline_ms(env),
            removal_alarm_ms: removal_alarm_ms(env),
            healing: healing(env),
            drain_deadline_ms: fleet(env).drain_deadline_ms,
            low_credit_days: policy(env).low_credit_days,
        }
    }
}

impl From<&Settings> for SagaOptions {
    fn from(settings: &Settings) -> Self {
        Self {
            readiness_deadline_ms: settings.readiness_deadline_ms,
            removal_alarm_ms: settings.removal_alarm_ms,
            healing: settings.healing,
            drain_deadline_ms: settings.fleet.drain_deadline_ms,
            low_credit_days: settings.policy.low_credit_days,
        }
    }
}

/// What an attempt takes beside its longest call, in milliseconds.
const BESIDE_ITS_CALL_MS: u64 = 10_000;

/// An attempt lasts longer than a call to the mail server may: of one that is cut off nobody knows how far it came.
pub(super) fn workers(env: &mut Environment, mail: &MailConfig) -> WorkerOptions {
    let default = WorkerOptions::default();
    WorkerOptions {
        workers: env.within("WORKERS", 8, 1..=256),
        attempt_ms: default.attempt_ms.max(mail.timeout_ms + BESIDE_ITS_CALL_MS),
        ..default
    }
}

pub(super) fn readiness_deadline_ms(env: &mut Environment) -> Option<i64> {
    env.within_optional("READINESS_DEADLINE_MS", SPAN_MS)
}

pub(super) fn removal_alarm_ms(env: &mut Environment) -> i64 {
    i64::from(env.within("REMOVAL_ALARM_MINUTES", 15_u32, 1..=10_080)) * 60_000
}

pub(super) fn healing(env: &mut Environment) -> Healing {
    let default = Healing::default();
    Healing {
        restarts: env.within("HEALING_RESTARTS", default.restarts, 0..=16),
        patience_ms: env.within("HEALING_PATIENCE_MS", default.patience_ms, SPAN_MS),
        alarm_ms: env.within("HEALING_ALARM_MS", default.alarm_ms, SPAN_MS),
        calm_ms: env.within("HEALING_CALM_MS", default.calm_ms, SPAN_MS),
    }
}
