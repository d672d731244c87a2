//! What Purser tries when an app that was ready is not: it restarts what runs and does not answer, a few times and less
//! and less often, and then says that somebody has to look. What has not finished starting is never restarted, and a
//! node that is gone is waited for. A day that was lost to a cause on our side is recorded.

use super::{
    effect::{Effect, Execute},
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Event, Recorded,
    ids::InstanceId,
    instance::{Illness, InstanceEvent},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const RESTART: &str = "restart";
const ALARM: &str = "alarm";
const CALM: &str = "calm";
const COUNT: &str = "count";
/// While it is down for a cause on our side its downtime is counted so often, and once more when that ends: where a day is lost
/// after an hour, the hour is just over.
const COUNT_AFTER: Duration = Duration::minutes(61);

/// The saga `healing`; one instance an instance. Times are milliseconds during which the cluster answers.
#[derive(Clone, Copy, Debug)]
pub struct Healing {
    /// How often in a row an app is restarted before somebody has to look.
    pub restarts: u32,
    /// How long an app may not answer before it is restarted; each further restart waits twice as long.
    pub patience_ms: i64,
    /// How long an app may be starting, crashing or away before somebody has to look.
    pub alarm_ms: i64,
    /// How long it has to be well for its restarts to be forgotten.
    pub calm_ms: i64,
}

impl Default for Healing {
    fn default() -> Self {
        Self {
            restarts: 3,
            patience_ms: 60_000,
            alarm_ms: 300_000,
            calm_ms: 3_600_000,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealingState {
    instance_id: Option<InstanceId>,
    /// The last event heard: an older one heard again is no news.
    heard: i64,
    ill: Option<Ill>,
    /// Somebody was told.
    degraded: bool,
    /// Restarts in a row so far.
    restarts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ill {
    curable: bool,
    ours: bool,
}

impl HealingState {
    fn is_down_by_us(&self) -> bool {
        self.ill.is_some_and(|ill| ill.ours)
    }
}

impl Saga for Healing {
    const NAME: &'static str = "healing";
    type State = HealingState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Instance(_) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &HealingState, heard: Heard<'_>) -> Reaction<HealingState> {
        match heard {
            Heard::Event(event) if event.sequence > state.heard => match &event.event {
                Event::Instance(fact) => self.hear(*state, event, fact),
                _ => Reaction::default(),
            },
            Heard::Event(_) => Reaction::default(),
            Heard::Timer { name, at } => self.ring(*state, name, at),
            Heard::Failed { step, at } if step.starts_with("heal-") => degrade(*state, at),
            Heard::Failed { .. } => Reaction::default(),
        }
    }
}

impl Healing {
    fn hear(
        &self,
        mut state: HealingState,
        event: &Recorded,
        fact: &InstanceEvent,
    ) -> Reaction<HealingState> {
        use InstanceEvent as Did;
        let before = state;
        state.heard = event.sequence;
        state.instance_id = event.stream.id.parse().ok();
        let mut reaction = Reaction::default();
        match fact {
            Did::BecameUnready {
                unready,
                trouble,
                ours,
                at,
            } => {
                let illness = Illness {
                    unready: *unready,
                    trouble: trouble.clone(),
                    ours: *ours,
                };
                state.ill = Some(Ill {
                    curable: illness.is_curable(),
                    ours: *ours,
                });
                if state.ill != before.ill {
                    reaction.timers.extend(self.next(state));
                }
                match (before.is_down_by_us(), *ours) {
                    (false, true) => reaction.timers.push(moment(COUNT, *at + COUNT_AFTER)),
                    // On its way back it is ill in another way, and what was ours is over.
                    (true, false) => reaction.effects.extend(count(state, *at)),
                    _ => {}
                }
            }
            // Nobody is healed while an operation is under way: its end is when to look again.
            Did::OperationFailed { .. } | Did::PasswordReset { .. } if state.ill.is_some() => {
                reaction.timers.extend(self.next(state));
            }
            Did::HealingBegun { attempt, .. } => state.restarts = *attempt,
            Did::Degraded { .. } => state.degraded = true,
            Did::RemovalRequested { .. } => {
                state.ill = None;
                reaction.stop = true;
            }
            _ => match fact.ends_illness_at() {
                Some(at) => {
                    state.ill = None;
                    state.degraded = false;
                    if state.restarts > 0 {
                        reaction.timers.push(rest(CALM, self.calm_ms));
                    }
                    if before.is_down_by_us() {
                        reaction.effects.extend(count(state, at));
                    }
                }
                // The rest says nothing of its health, and need not be remembered.
                None => return Reaction::default(),
            },
        }
        reaction.state = Some(state);
        reaction
    }

    /// What comes next unless something changes: a restart, or the word that somebody has to look.
    fn next(&self, state: HealingState) -> Option<Timer> {
        let ill = state.ill.filter(|_| !state.degraded)?;
        Some(if !ill.curable {
            rest(ALARM, self.alarm_ms)
        } else if state.restarts < self.restarts {
            rest(RESTART, self.patience_ms << state.restarts.min(16))
        } else {
            rest(ALARM, self.patience_ms)
        })
    }

    fn ring(&self, state: HealingState, name: &str, at: DateTime<Utc>) -> Reaction<HealingState> {
        match (name, state.ill) {
            (RESTART, Some(Ill { curable: true, .. }))
                if !state.degraded && state.restarts < self.restarts =>
            {
                heal(state)
            }
            (ALARM, Some(_)) => degrade(state, at),
            (CALM, None) => Reaction {
                state: Some(HealingState {
                    restarts: 0,
                    ..state
                }),
                ..Reaction::default()
            },
            (COUNT, Some(Ill { ours: true, .. })) => Reaction {
                effects: count(state, at).into_iter().collect(),
                timers: vec![moment(COUNT, at + COUNT_AFTER)],
                ..Reaction::default()
            },
            _ => Reaction::default(),
        }
    }
}

fn heal(state: HealingState) -> Reaction<HealingState> {
    let Some(instance_id) = state.instance_id else {
        return Reaction::default();
    };
    let attempt = state.restarts + 1;
    let heal = Effect::Heal {
        instance_id,
        attempt,
    };
    Reaction {
        effects: vec![(format!("heal-{}-{attempt}", state.heard), heal)],
        ..Reaction::default()
    }
}

fn degrade(state: HealingState, at: DateTime<Utc>) -> Reaction<HealingState> {
    let (Some(instance_id), false) = (state.instance_id, state.degraded) else {
        return Reaction::default();
    };
    let degrade = Effect::Execute(Execute::Degrade { instance_id, at });
    Reaction {
        effects: vec![(format!("degrade-{}", state.heard), degrade)],
        ..Reaction::default()
    }
}

fn count(state: HealingState, at: DateTime<Utc>) -> Option<(String, Effect)> {
    let instance_id = state.instance_id?;
    let count = Effect::Execute(Execute::CountDowntime { instance_id, at });
    Some((format!("count-{}", at.timestamp_micros()), count))
}

/// A timer that runs only while the cluster answers: what cannot be seen is not known to be ill.
fn rest(name: &str, cluster_left_ms: i64) -> Timer {
    Timer {
        name: name.into(),
        due_at: None,
        cluster_left_ms: Some(cluster_left_ms),
    }
}

fn moment(name: &str, due_at: DateTime<Utc>) -> Timer {
    Timer {
        name: name.into(),
        due_at: Some(due_at),
        cluster_left_ms: None,
    }
}
