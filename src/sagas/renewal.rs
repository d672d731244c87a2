//! A subscription over time: what its dates ask for is asked of the decision, which alone knows what is due. Reminders are
//! sent on their day or not at all.
//!
//! The subscription's stream or the app's may wait for an operator while the other goes on. What was seen of the app last is
//! remembered for that, and what was seen before something was asked for is not how it ends.

mod apps;
mod dates;
mod switching;

use super::{
    effect::{Effect, Execute, Letter},
    progress::Progress,
    saga::{Heard, Reaction, Saga, Timer},
};
use crate::mail::News;
use apps::Seen;
use chrono::{DateTime, NaiveDate, Utc};
use dates::{
    CAP, CHANGE_CAP, CREDIT, WARNINGS, cap, credit, is_day, is_yearly, reminders, timer, warnings,
};
use purser_domain::{
    Event, Recorded,
    ids::{InstanceId, SubscriptionId, UserId},
    instance::InstanceEvent,
    period::jakarta_date,
    subscription::SubscriptionEvent,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

const DUE: &str = "due";
const GRACE: &str = "grace";
const DELETE: &str = "delete";

/// The saga `renewal`; one instance a subscription, under the id of what runs for it.
#[derive(Clone, Copy, Debug)]
pub struct Renewal {
    /// How many days before a renewal is looked whether the credit reaches.
    pub low_credit_days: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RenewalState {
    subscription_id: Option<SubscriptionId>,
    to: Option<UserId>,
    stage: Stage,
    /// Whether it is paid for a year at a time.
    #[serde(default)]
    yearly: bool,
    /// Whether its plan is being changed.
    #[serde(default)]
    changing: bool,
    /// Days that were lost while nobody had paid for them: they are given back once somebody has.
    #[serde(default)]
    lost: BTreeSet<NaiveDate>,
    /// Whether it goes on by itself again, and its customer was not told yet what is ahead.
    #[serde(default)]
    untold: bool,
    /// The position at which the resumption or the change of plan was asked for that was asked for last.
    #[serde(default)]
    asked: i64,
    /// How the app was seen last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Seen>,
    #[serde(flatten)]
    progress: Progress,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Unknown,
    /// Paid until this day.
    Paid(NaiveDate),
    /// Runs unpaid until this day.
    PastDue(NaiveDate),
    /// Rests; its data go on this day.
    Suspended(NaiveDate),
    /// Is being started again.
    Resuming,
    Over,
}

impl Saga for Renewal {
    const NAME: &'static str = "renewal";
    type State = RenewalState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Subscription(_) => {
                let id = event.stream.id.parse().ok();
                id.map(|id| InstanceId::of(id).uuid())
            }
            Event::Instance(
                InstanceEvent::DayLost { .. }
                | InstanceEvent::Started { .. }
                | InstanceEvent::Stopped { .. }
                | InstanceEvent::Resized { .. }
                | InstanceEvent::Released { .. }
                | InstanceEvent::OperationFailed { .. },
            ) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &RenewalState, heard: Heard<'_>) -> Reaction<RenewalState> {
        match heard {
            Heard::Event(event) => {
                let mut state = state.clone();
                if !state.progress.hears(event) {
                    return Reaction::default();
                }
                match &event.event {
                    Event::Subscription(fact) => hear(*self, state, event, fact),
                    Event::Instance(fact) => apps::hear(state, event, fact),
                    _ => Reaction::default(),
                }
            }
            Heard::Timer { name, at } => ring(*self, state, name, at),
            // What cannot be decided is for an operator: nothing was charged.
            Heard::Failed { .. } => Reaction::default(),
        }
    }
}

fn hear(
    saga: Renewal,
    mut state: RenewalState,
    event: &Recorded,
    fact: &SubscriptionEvent,
) -> Reaction<RenewalState> {
    use SubscriptionEvent as Did;
    state.subscription_id = event.stream.id.parse().ok();
    match fact {
        Did::Ordered { terms, .. } => {
            state.to = Some(terms.user_id);
            state.yearly = is_yearly(terms.billing_cycle) && terms.trial.is_none();
            keep(state)
        }
        Did::Renewed { period, at, .. } => {
            state.yearly = period.days() > 31;
            let lost = apps::lost_days(&mut state, event, *at);
            Reaction {
                effects: lost,
                ..paid(saga, state, period.end)
            }
        }
        Did::Activated { period, .. } | Did::Extended { period, .. } => {
            paid(saga, state, period.end)
        }
        Did::Resumed { period, .. } => switching::resumed(saga, state, period.end, event),
        Did::PlanChangeRequested { at, .. } => {
            state.changing = true;
            state.asked = event.position;
            let end = apps::seen_to_end(&state);
            let cap = end.is_none().then(|| cap(CHANGE_CAP, *at));
            Reaction {
                timers: cap.into_iter().collect(),
                ..asking(state, end)
            }
        }
        Did::PlanChanged { change, period, .. } => {
            state.changing = false;
            state.yearly = is_yearly(change.billing_cycle);
            switching::changed(saga, state, period.end, event)
        }
        Did::TrialConverted { change, .. } => {
            state.yearly = is_yearly(change.billing_cycle);
            keep(state)
        }
        Did::PlanChangeFailed { .. } => {
            state.changing = false;
            keep(state)
        }
        Did::BecamePastDue { grace_until, .. } => enter(
            state,
            Stage::PastDue(*grace_until),
            [timer(GRACE, *grace_until, 0)],
        ),
        Did::Suspended {
            on, delete_on, at, ..
        } => {
            let fail = giving_up(&state, event, *at);
            Reaction {
                effects: fail.into_iter().collect(),
                ..suspended(state, *on, *delete_on)
            }
        }
        Did::ResumeOrdered { at, .. } => {
            // The days of grace are paid now.
            let mut effects = apps::lost_days(&mut state, event, *at);
            state.stage = Stage::Resuming;
            state.asked = event.position;
            let end = apps::seen_to_end(&state);
            let cap = end.is_none().then(|| cap(CAP, *at));
            effects.extend(end);
            // Nothing is deleted while it is being started.
            Reaction {
                effects,
                ..enter(state, Stage::Resuming, [cap])
            }
        }
        Did::ResumeFailed { delete_on, at, .. } => suspended(state, jakarta_date(*at), *delete_on),
        // Grace is only for what renews by itself: without it there is nothing to wait for.
        // And what rests waits for its customer's leave to be paid.
        Did::RenewalSwitched { automatic, at }
            if matches!(
                (automatic, state.stage),
                (false, Stage::PastDue(_)) | (true, Stage::Suspended(_))
            ) =>
        {
            let step = format!("advance-switched-{}", event.sequence);
            let advance = state.subscription_id.map(|id| (step, advance(id, *at)));
            state.untold = *automatic;
            asking(state, advance)
        }
        Did::RenewalSwitched {
            automatic: true, ..
        }
        | Did::CancellationUndone { .. } => switching::goes_on(state, event),
        Did::RenewalSwitched {
            automatic: false, ..
        } => {
            state.untold = false;
            keep(state)
        }
        Did::Ended { at, .. } => {
            let fail = giving_up(&state, event, *at);
            Reaction {
                effects: fail.into_iter().collect(),
                ..enter(state, Stage::Over, [])
            }
        }
        Did::Failed { .. } => enter(state, Stage::Over, []),
        Did::CancellationRequested { .. }
        | Did::DayCredited { .. }
        | Did::ChargeReturned { .. }
        | Did::Terminated { .. } => keep(state),
    }
}

fn paid(saga: Renewal, state: RenewalState, until: NaiveDate) -> Reaction<RenewalState> {
    let credit = credit(state.yearly, until, saga.low_credit_days);
    let before = reminders(state.yearly).iter();
    let before = before.map(|(name, days)| timer(name, until, *days));
    let due = timer(DUE, until, 0);
    enter(state, Stage::Paid(until), before.chain([credit, due]))
}

/// Whatever keeps an app from its new figures, what was set aside for them comes back.
fn giving_up(
    state: &RenewalState,
    event: &Recorded,
    at: DateTime<Utc>,
) -> Option<(String, Effect)> {
    let subscription_id = state.subscription_id.filter(|_| state.changing)?;
    let fail = Execute::FailPlanChange {
        subscription_id,
        at,
    };
    let step = format!("change-failed-{}", event.sequence);
    Some((step, Effect::Execute(fail)))
}

fn suspended(state: RenewalState, on: NaiveDate, delete_on: NaiveDate) -> Reaction<RenewalState> {
    let warnings = warnings(on, delete_on);
    let delete = timer(DELETE, delete_on, 0);
    enter(state, Stage::Suspended(delete_on), warnings.chain([delete]))
}

fn ring(
    saga: Renewal,
    state: &RenewalState,
    name: &str,
    at: DateTime<Utc>,
) -> Reaction<RenewalState> {
    let Some(id) = state.subscription_id else {
        return Reaction::default();
    };
    let today = jakarta_date(at);
    let ask = match (name, state.stage) {
        (DUE, Stage::Paid(day))
        | (GRACE, Stage::PastDue(day))
        | (DELETE, Stage::Suspended(day))
            if today >= day =>
        {
            // Each ring asks anew: one that found nothing to do must not be the last.
            let step = format!("advance-{name}-{today}-{}", state.progress.last());
            Some((step, advance(id, at)))
        }
        (CHANGE_CAP, _) => state.changing.then(|| {
            let fail = Execute::FailPlanChange {
                subscription_id: id,
                at,
            };
            let step = format!("change-cap-{}", state.progress.last());
            (step, Effect::Execute(fail))
        }),
        (CAP, Stage::Resuming) => {
            let fail = Execute::FailResume {
                subscription_id: id,
                at,
            };
            let step = format!("resume-cap-{}", state.progress.last());
            Some((step, Effect::Execute(fail)))
        }
        (CREDIT, Stage::Paid(until)) => {
            let days = u64::from(saga.low_credit_days);
            is_day(&[(CREDIT, days)], name, until, today).then(|| {
                let warn = Effect::WarnOfCredit {
                    subscription_id: id,
                    on: until,
                };
                (format!("{name}-{until}"), warn)
            })
        }
        (_, Stage::Paid(until)) => {
            let all = reminders(state.yearly);
            is_day(all, name, until, today).then(|| {
                let remind = Effect::Remind {
                    subscription_id: id,
                    on: until,
                    first: all.first().is_some_and(|(first, _)| *first == name),
                };
                (format!("{name}-{until}"), remind)
            })
        }
        (_, Stage::Suspended(delete_on)) => is_day(&WARNINGS, name, delete_on, today)
            .then_some(())
            .zip(state.to)
            .map(|(_, to)| {
                let letter = Letter::About {
                    subscription_id: id,
                    news: News::DataExpiring { delete_on },
                };
                let letter = Box::new(letter);
                (format!("{name}-{delete_on}"), Effect::Send { to, letter })
            }),
        _ => None,
    };
    // What staff holds outlives its day, and is looked at daily until it is paid or over.
    let again = match (name, state.stage) {
        (DELETE, Stage::Suspended(day)) if today >= day => {
            today.succ_opt().and_then(|day| timer(DELETE, day, 0))
        }
        _ => None,
    };
    Reaction {
        effects: ask.into_iter().collect(),
        timers: again.into_iter().collect(),
        ..Reaction::default()
    }
}

fn advance(subscription_id: SubscriptionId, at: DateTime<Utc>) -> Effect {
    Effect::Execute(Execute::Advance {
        subscription_id,
        at,
    })
}

fn keep(state: RenewalState) -> Reaction<RenewalState> {
    asking(state, None)
}

fn asking(state: RenewalState, ask: Option<(String, Effect)>) -> Reaction<RenewalState> {
    Reaction {
        state: Some(state),
        effects: ask.into_iter().collect(),
        ..Reaction::default()
    }
}

/// A timer of an earlier stage that still rings finds that it is not meant.
fn enter(
    state: RenewalState,
    stage: Stage,
    timers: impl IntoIterator<Item = Option<Timer>>,
) -> Reaction<RenewalState> {
    Reaction {
        state: Some(RenewalState { stage, ..state }),
        timers: timers.into_iter().flatten().collect(),
        ..Reaction::default()
    }
}
