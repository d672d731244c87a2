//! From the order to a running app: one step after another, the deadline beside them, and the way
//! back. The refund commits with the failure; cleaning up follows it.

use super::{
    effect::{Effect, Execute},
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Event, Recorded,
    ids::{InstanceId, SubscriptionId},
    instance::{InstanceEvent, Step},
    subscription::{FailCause, SubscriptionEvent},
    text::Slug,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

const DEADLINE: &str = "deadline";
const CAP: &str = "cap";
const STUCK: &str = "stuck";

/// What the saga knows of a recipe.
#[derive(Clone, Debug, Default)]
pub struct Road {
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// How long readiness may take, in milliseconds during which the cluster answers.
    pub deadline_ms: i64,
}

/// The saga `purchase`; one instance a subscription.
#[derive(Clone, Debug, Default)]
pub struct Purchase {
    /// By recipe.
    roads: HashMap<String, Road>,
    /// How long a removal may take before an operator hears of it, in milliseconds during which the
    /// cluster answers.
    removal_alarm_ms: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PurchaseState {
    subscription_id: Option<SubscriptionId>,
    /// The steps still to do, the one under way first.
    ahead: Vec<Step>,
    /// Steps seen completed before their turn.
    early: BTreeSet<Step>,
    /// How long readiness may take from the first step on that the cluster takes; `None` once that runs.
    #[serde(default)]
    deadline_ms: Option<i64>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Unknown,
    Provisioning,
    /// Everything is there; the order is being activated.
    Complete,
    Active,
    /// The money is on its way back.
    Failing,
    Removing,
    Removed,
}

impl Purchase {
    pub fn new(roads: HashMap<String, Road>, removal_alarm_ms: i64) -> Self {
        Self {
            roads,
            removal_alarm_ms,
        }
    }

    fn begin(
        &self,
        id: SubscriptionId,
        recipe: &Slug,
        at: DateTime<Utc>,
    ) -> Reaction<PurchaseState> {
        let Some(road) = self.roads.get(recipe.as_str()) else {
            return fail(
                PurchaseState {
                    subscription_id: Some(id),
                    ..PurchaseState::default()
                },
                FailCause::Refused,
                at,
            );
        };
        // However long the cluster is away: nobody waits for more than a day (billing rule 4).
        let timers = vec![Timer {
            name: CAP.into(),
            due_at: Some(at + Duration::hours(24)),
            cluster_left_ms: None,
        }];
        let state = PurchaseState {
            subscription_id: Some(id),
            ahead: road.steps.clone(),
            early: BTreeSet::new(),
            deadline_ms: Some(road.deadline_ms),
            stage: Stage::Provisioning,
        };
        let mut reaction = advance(state, at);
        reaction.timers = timers;
        reaction
    }
}

impl Saga for Purchase {
    const NAME: &'static str = "purchase";
    type State = PurchaseState;

    /// The instance of the saga has the id of what it provisions.
    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Instance(_) => event.stream.id.parse().ok(),
            Event::Subscription(_) => event
                .stream
                .id
                .parse()
                .ok()
                .map(|id| InstanceId::of(id).uuid()),
            _ => None,
        }
    }

    fn react(&self, state: &PurchaseState, heard: Heard<'_>) -> Reaction<PurchaseState> {
        let state = state.clone();
        let under_way = matches!(state.stage, Stage::Provisioning | Stage::Complete);
        match heard {
            Heard::Event(event) => match &event.event {
                Event::Instance(event) => self.hear_instance(state, event),
                Event::Subscription(event) => self.hear_subscription(state, event),
                _ => Reaction::default(),
            },
            Heard::Timer { name: STUCK, .. } if state.stage == Stage::Removing => stuck(&state),
            Heard::Timer { at, .. } if under_way => fail(state, FailCause::NotReadyInTime, at),
            Heard::Failed { at, .. } if under_way => fail(state, FailCause::Refused, at),
            Heard::Timer { .. } | Heard::Failed { .. } => Reaction::default(),
        }
    }
}

impl Purchase {
    fn hear_instance(
        &self,
        state: PurchaseState,
        event: &InstanceEvent,
    ) -> Reaction<PurchaseState> {
        match (event, state.stage) {
            (InstanceEvent::Requested { wanted, at }, Stage::Unknown) => {
                self.begin(wanted.subscription_id, &wanted.recipe, *at)
            }
            (InstanceEvent::StepCompleted { step, at }, Stage::Provisioning) => {
                begun(complete(state, *step, *at))
            }
            (InstanceEvent::Removed { .. }, Stage::Removing) => end(state, Stage::Removed),
            _ => Reaction::default(),
        }
    }

    fn hear_subscription(
        &self,
        state: PurchaseState,
        event: &SubscriptionEvent,
    ) -> Reaction<PurchaseState> {
        match (event, state.stage) {
            // Also where a deadline came between the activation and the word of it: the refund was refused then.
            (
                SubscriptionEvent::Activated { .. },
                Stage::Provisioning | Stage::Complete | Stage::Failing,
            ) => end(state, Stage::Active),
            (
                SubscriptionEvent::Failed { .. },
                Stage::Provisioning | Stage::Complete | Stage::Failing,
            ) => remove(state, self.removal_alarm_ms),
            (SubscriptionEvent::Ended { .. }, stage)
                if !matches!(stage, Stage::Removing | Stage::Removed) =>
            {
                remove(state, self.removal_alarm_ms)
            }
            _ => Reaction::default(),
        }
    }
}

/// The deadline runs from the first step that the cluster took (billing rule 4): what waits for its turn costs nobody an order.
fn begun(mut reaction: Reaction<PurchaseState>) -> Reaction<PurchaseState> {
    let state = reaction.state.as_mut();
    let deadline_ms = state.and_then(|state| state.deadline_ms.take());
    reaction.timers.extend(deadline_ms.map(|left| Timer {
        name: DEADLINE.into(),
        due_at: None,
        cluster_left_ms: Some(left),
    }));
    reaction
}

fn complete(mut state: PurchaseState, step: Step, at: DateTime<Utc>) -> Reaction<PurchaseState> {
    if state.ahead.first() == Some(&step) {
        state.ahead.remove(0);
        advance(state, at)
    } else if state.ahead.contains(&step) {
        state.early.insert(step);
        Reaction {
            state: Some(state),
            ..Reaction::default()
        }
    } else {
        Reaction::default()
    }
}

/// Goes on to the next step that is not done yet; after the last one the order is activated.
fn advance(mut state: PurchaseState, at: DateTime<Utc>) -> Reaction<PurchaseState> {
    while state
        .ahead
        .first()
        .is_some_and(|step| state.early.contains(step))
    {
        state.ahead.remove(0);
    }
    let Some(subscription_id) = state.subscription_id else {
        return Reaction::default();
    };
    let effect = match state.ahead.first() {
        Some(step) => (
            format!("apply-{}", step.as_str()),
            Effect::Apply {
                subscription_id,
                step: *step,
            },
        ),
        None => {
            state.stage = Stage::Complete;
            (
                "activate".to_owned(),
                Effect::Execute(Execute::Activate {
                    subscription_id,
                    at,
                }),
            )
        }
    };
    Reaction {
        state: Some(state),
        effects: vec![effect],
        ..Reaction::default()
    }
}

/// Gives the money back. The deadline's other half: whatever was made is removed once that is recorded.
fn fail(mut state: PurchaseState, cause: FailCause, at: DateTime<Utc>) -> Reaction<PurchaseState> {
    let Some(subscription_id) = state.subscription_id else {
        return Reaction::default();
    };
    state.stage = Stage::Failing;
    let fail = Effect::Execute(Execute::Fail {
        subscription_id,
        cause,
        at,
    });
    Reaction {
        state: Some(state),
        effects: vec![("fail".to_owned(), fail)],
        timers: vec![],
        stop: true,
    }
}

fn remove(mut state: PurchaseState, alarm_ms: i64) -> Reaction<PurchaseState> {
    let Some(subscription_id) = state.subscription_id else {
        return Reaction::default();
    };
    state.stage = Stage::Removing;
    let remove = Effect::Remove { subscription_id };
    Reaction {
        state: Some(state),
        effects: vec![("remove".to_owned(), remove)],
        timers: vec![Timer {
            name: STUCK.into(),
            due_at: None,
            cluster_left_ms: Some(alarm_ms),
        }],
        stop: true,
    }
}

/// The removal goes on; an operator has to see what keeps it.
fn stuck(state: &PurchaseState) -> Reaction<PurchaseState> {
    let report = |id| Effect::ReportStuck {
        instance_id: InstanceId::of(id),
    };
    let report = state
        .subscription_id
        .map(|id| ("report-stuck".to_owned(), report(id)));
    Reaction {
        effects: report.into_iter().collect(),
        ..Reaction::default()
    }
}

fn end(mut state: PurchaseState, stage: Stage) -> Reaction<PurchaseState> {
    state.stage = stage;
    Reaction {
        state: Some(state),
        stop: true,
        ..Reaction::default()
    }
}
