//! Telling whoever has his subscription go on by itself again what is ahead of it: meanwhile he was told of no price. Nor was
//! who waited for another plan.

use super::{Effect, Reaction, Recorded, Renewal, RenewalState, Stage, keep, paid};
use chrono::NaiveDate;

/// What rests has no next period yet: of that its customer is told once it runs.
pub(super) fn goes_on(mut state: RenewalState, event: &Recorded) -> Reaction<RenewalState> {
    state.untold = matches!(state.stage, Stage::Suspended(_) | Stage::Resuming);
    let effects = match state.stage {
        Stage::Paid(until) => ahead(&state, until, event),
        _ => vec![],
    };
    Reaction {
        effects,
        ..keep(state)
    }
}

pub(super) fn resumed(
    saga: Renewal,
    mut state: RenewalState,
    until: NaiveDate,
    event: &Recorded,
) -> Reaction<RenewalState> {
    let effects = match std::mem::take(&mut state.untold) {
        true => ahead(&state, until, event),
        false => vec![],
    };
    Reaction {
        effects,
        ..paid(saga, state, until)
    }
}

/// A price of the plan that was announced while he waited for it.
pub(super) fn changed(
    saga: Renewal,
    state: RenewalState,
    until: NaiveDate,
    event: &Recorded,
) -> Reaction<RenewalState> {
    let tell = state.subscription_id.map(|subscription_id| {
        let tell = Effect::TellNewPrice {
            subscription_id,
            next: true,
        };
        (format!("new-price-{}", event.sequence), tell)
    });
    Reaction {
        effects: tell.into_iter().collect(),
        ..paid(saga, state, until)
    }
}

/// What the next period costs and when it begins, and a price that was announced for a later one.
fn ahead(state: &RenewalState, on: NaiveDate, event: &Recorded) -> Vec<(String, Effect)> {
    let Some(subscription_id) = state.subscription_id else {
        return vec![];
    };
    let remind = Effect::Remind {
        subscription_id,
        on,
        first: true,
    };
    let tell = Effect::TellNewPrice {
        subscription_id,
        next: false,
    };
    vec![
        (format!("switched-on-{}", event.sequence), remind),
        (format!("new-price-{}", event.sequence), tell),
    ]
}
