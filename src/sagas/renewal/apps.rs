//! What becomes of the app tells how what was paid for it ends.

use super::{RenewalState, Stage, asking, keep};
use crate::sagas::{
    effect::{Effect, Execute},
    saga::Reaction,
};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{Recorded, instance::InstanceEvent};
use serde::{Deserialize, Serialize};

/// What was lost while nobody had paid for it.
pub(super) fn lost_days(
    state: &mut RenewalState,
    event: &Recorded,
    at: DateTime<Utc>,
) -> Vec<(String, Effect)> {
    let Some(subscription_id) = state.subscription_id else {
        return vec![];
    };
    let credit = |day: NaiveDate| {
        let credit = Execute::CreditLostDay {
            subscription_id,
            day,
            at,
        };
        let step = format!("credit-{day}-{}", event.sequence);
        (step, Effect::Execute(credit))
    };
    std::mem::take(&mut state.lost)
        .into_iter()
        .map(credit)
        .collect()
}

/// How an app was seen, where something that was asked for may end with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    how: How,
    position: i64,
    /// By the clock of the history.
    recorded_at: DateTime<Utc>,
    at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum How {
    Started,
    Stopped,
    Resized,
    Failed,
}

impl Seen {
    fn of(event: &Recorded, fact: &InstanceEvent) -> Option<Self> {
        use InstanceEvent as Did;
        let (how, at) = match fact {
            Did::Started { at, .. } => (How::Started, *at),
            Did::Stopped { at, .. } => (How::Stopped, *at),
            Did::Resized { at, .. } => (How::Resized, *at),
            Did::OperationFailed { at, .. } => (How::Failed, *at),
            _ => return None,
        };
        Some(Self {
            how,
            position: event.position,
            recorded_at: event.at,
            at,
        })
    }

    /// What was asked for and ends with this, and under which name; nothing that was asked for after it does.
    fn ends(self, state: &RenewalState) -> Option<(&'static str, Execute)> {
        let subscription_id = state.subscription_id?;
        if self.position < state.asked {
            return None;
        }
        let resuming = state.stage == Stage::Resuming;
        let (recorded_at, at) = (self.recorded_at, self.at);
        match self.how {
            // Where its customer stopped it meanwhile there is no readiness to wait for.
            How::Started | How::Stopped if resuming => Some((
                "resumed",
                Execute::ConfirmResume {
                    subscription_id,
                    at: recorded_at,
                },
            )),
            How::Resized if state.changing => Some((
                "change",
                Execute::ConfirmPlanChange {
                    subscription_id,
                    at,
                },
            )),
            How::Failed | How::Stopped if state.changing => Some((
                "change-failed",
                Execute::FailPlanChange {
                    subscription_id,
                    at,
                },
            )),
            How::Failed if resuming => Some((
                "resume-failed",
                Execute::FailResume {
                    subscription_id,
                    at: recorded_at,
                },
            )),
            How::Started | How::Stopped | How::Resized | How::Failed => None,
        }
    }
}

/// The end of what is only now heard to have been asked for, where it was seen before that was heard.
pub(super) fn seen_to_end(state: &RenewalState) -> Option<(String, Effect)> {
    let (name, ask) = state.seen?.ends(state)?;
    Some((format!("{name}-late-{}", state.asked), Effect::Execute(ask)))
}

pub(super) fn hear(
    mut state: RenewalState,
    event: &Recorded,
    fact: &InstanceEvent,
) -> Reaction<RenewalState> {
    use InstanceEvent as Did;
    let seen = Seen::of(event, fact);
    state.seen = seen.or(state.seen);
    if let Did::DayLost { day, .. } = fact
        && may_be_unpaid(&state, *day)
    {
        state.lost.insert(*day);
    }
    let Some(subscription_id) = state.subscription_id else {
        return keep(state);
    };
    let ask = match fact {
        Did::DayLost { day, at } if state.stage != Stage::Over => Some((
            format!("credit-{day}"),
            Execute::CreditLostDay {
                subscription_id,
                day: *day,
                at: *at,
            },
        )),
        // Staff kept it from being resumed.
        Did::Released { at, .. } if matches!(state.stage, Stage::Suspended(_)) => Some((
            format!("advance-released-{}", event.sequence),
            Execute::Advance {
                subscription_id,
                at: *at,
            },
        )),
        _ => seen
            .and_then(|seen| seen.ends(&state))
            .map(|(name, ask)| (format!("{name}-{}", event.sequence), ask)),
    };
    asking(state, ask.map(|(step, ask)| (step, Effect::Execute(ask))))
}

/// A day of grace may be seen to be lost only once it rests, or before it is heard that nobody had paid for it: whatever is
/// credited now, it is so once.
fn may_be_unpaid(state: &RenewalState, day: NaiveDate) -> bool {
    match state.stage {
        Stage::PastDue(_) | Stage::Suspended(_) | Stage::Unknown => true,
        Stage::Paid(until) => day >= until,
        Stage::Resuming | Stage::Over => false,
    }
}
