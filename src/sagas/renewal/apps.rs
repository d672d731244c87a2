//! What becomes of the app tells how what was paid for it ends.

use super::{RenewalState, Stage, asking, keep};
use crate::sagas::{
    effect::{Effect, Execute},
    saga::Reaction,
};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{Recorded, instance::InstanceEvent};

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

pub(super) fn hear(
    state: RenewalState,
    event: &Recorded,
    fact: &InstanceEvent,
) -> Reaction<RenewalState> {
    use InstanceEvent as Did;
    let Some(subscription_id) = state.subscription_id else {
        return keep(state);
    };
    let resuming = state.stage == Stage::Resuming;
    let mut state = state;
    // A day of grace may be seen to be lost only once it rests: whatever is credited now, it is so once.
    if let (Did::DayLost { day, .. }, Stage::PastDue(_) | Stage::Suspended(_)) = (fact, state.stage)
    {
        state.lost.insert(*day);
    }
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
        // Where its customer stopped it meanwhile there is no readiness to wait for.
        Did::Started { .. } | Did::Stopped { .. } if resuming => Some((
            format!("resumed-{}", event.sequence),
            Execute::ConfirmResume {
                subscription_id,
                at: event.at,
            },
        )),
        Did::Resized { at, .. } if state.changing => Some((
            format!("change-{}", event.sequence),
            Execute::ConfirmPlanChange {
                subscription_id,
                at: *at,
            },
        )),
        Did::OperationFailed { at, .. } | Did::Stopped { at, .. } if state.changing => Some((
            format!("change-failed-{}", event.sequence),
            Execute::FailPlanChange {
                subscription_id,
                at: *at,
            },
        )),
        Did::OperationFailed { .. } if resuming => Some((
            format!("resume-failed-{}", event.sequence),
            Execute::FailResume {
                subscription_id,
                at: event.at,
            },
        )),
        _ => None,
    };
    asking(state, ask.map(|(step, ask)| (step, Effect::Execute(ask))))
}
