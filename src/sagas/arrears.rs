//! Credit that comes in pays what lapsed: what is past due first, then what is suspended, each by its date, each whole or
//! not at all (billing rule 15). What could not be started again keeps its place. What a failed resumption gives back pays for others, and for none that failed since credit
//! last came from elsewhere: two that cannot start would pay for one another without end.
//!
//! A subscription's or the wallet's stream may wait for an operator while the others go on: what is heard late is paid as soon
//! as it is heard.

use super::{
    effect::Effect,
    progress::Progress,
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use purser_domain::{
    Event, Recorded, StreamId,
    ids::{ChargeId, CreditId, SubscriptionId, WalletId},
    period::jakarta_date,
    subscription::{Subscription, SubscriptionEvent},
    wallet::{Wallet, WalletEvent},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The name of the timer that rings at once: what is paid late is paid by the day on which that is done.
const LATE: &str = "late";

/// The saga `arrears`; one instance a wallet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrears;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArrearsState {
    lapsed: BTreeMap<SubscriptionId, Lapsed>,
    /// What is being started again, and what was charged for it.
    #[serde(default)]
    resuming: BTreeMap<SubscriptionId, ChargeId>,
    /// When what is being started again was due: its place, where that fails.
    #[serde(default)]
    due: BTreeMap<SubscriptionId, NaiveDate>,
    /// What could not be started again since credit last came in.
    #[serde(default)]
    failed: BTreeSet<SubscriptionId>,
    #[serde(flatten)]
    progress: Progress,
}

/// In the order in which they are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Lapsed {
    PastDue(NaiveDate),
    Suspended(NaiveDate),
}

impl Lapsed {
    const fn due(self) -> NaiveDate {
        match self {
            Self::PastDue(due) | Self::Suspended(due) => due,
        }
    }
}

impl Saga for Arrears {
    const NAME: &'static str = "arrears";
    type State = ArrearsState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Wallet(fact) if brings_credit(fact) => event.stream.id.parse().ok(),
            Event::Subscription(fact) => wallet_of(fact).map(WalletId::uuid),
            _ => None,
        }
    }

    fn react(&self, state: &ArrearsState, heard: Heard<'_>) -> Reaction<ArrearsState> {
        match heard {
            Heard::Event(event) => hear(state.clone(), event),
            Heard::Timer { name: LATE, at } => Reaction {
                effects: pay(state, format!("pay-late-{}", state.progress.last()), at),
                ..Reaction::default()
            },
            // What cannot be decided is for an operator: nothing was charged.
            Heard::Timer { .. } | Heard::Failed { .. } => Reaction::default(),
        }
    }
}

fn hear(mut state: ArrearsState, event: &Recorded) -> Reaction<ArrearsState> {
    if !state.progress.hears(event) {
        return Reaction::default();
    }
    let (mut effects, mut late) = (vec![], false);
    match (&event.event, event.stream.id.parse()) {
        (Event::Subscription(fact), Ok(id)) => {
            let id = SubscriptionId::new(id);
            note(&mut state, id, fact);
            late = state.lapsed.contains_key(&id) && credited_since(&state, fact, event);
            if late {
                state.failed.remove(&id);
            }
        }
        (Event::Wallet(fact), _) => {
            if !gives_back_resumption(&state, fact) {
                // What failed after this credit had it to be paid with; that it failed was the last word of its stream.
                let progress = &state.progress;
                let failed_after = |id: &SubscriptionId| {
                    let stream = StreamId::of::<Subscription>(id);
                    progress.of(&stream) > event.position
                };
                state.failed.retain(failed_after);
            }
            late = state.progress.is_past(event);
            if !late {
                effects = pay(&state, format!("pay-{}", event.sequence), event.at);
            }
        }
        _ => {}
    }
    let late = late.then(|| Timer {
        name: LATE.into(),
        due_at: Some(event.at),
        cluster_left_ms: None,
    });
    Reaction {
        state: Some(state),
        effects,
        timers: late.into_iter().collect(),
        stop: false,
    }
}

/// Whether credit was heard of that came in later than what this event tells.
fn credited_since(state: &ArrearsState, fact: &SubscriptionEvent, event: &Recorded) -> bool {
    let wallet = wallet_of(fact).map(|id| StreamId::of::<Wallet>(&id));
    wallet.is_some_and(|wallet| state.progress.of(&wallet) > event.position)
}

fn pay(state: &ArrearsState, step: String, at: DateTime<Utc>) -> Vec<(String, Effect)> {
    let subscriptions = payable(state);
    match subscriptions.is_empty() {
        true => vec![],
        false => vec![(step, Effect::PayArrears { subscriptions, at })],
    }
}

/// What is paid now, in its order.
fn payable(state: &ArrearsState) -> Vec<SubscriptionId> {
    let lapsed = state.lapsed.iter();
    let mut lapsed: Vec<_> = lapsed
        .filter(|(id, _)| !state.failed.contains(id))
        .collect();
    lapsed.sort_by_key(|(id, lapsed)| (**lapsed, **id));
    lapsed.into_iter().map(|(id, _)| *id).collect()
}

fn gives_back_resumption(state: &ArrearsState, fact: &WalletEvent) -> bool {
    let WalletEvent::Refunded {
        credit_id,
        charge_id,
        subscription_id,
        ..
    } = fact
    else {
        return false;
    };
    state.resuming.get(subscription_id) == Some(charge_id)
        && *credit_id == CreditId::of_refund(*charge_id)
}

fn note(state: &mut ArrearsState, id: SubscriptionId, fact: &SubscriptionEvent) {
    use SubscriptionEvent as Did;
    let lapsed = state.lapsed.remove(&id);
    let due = state.due.remove(&id);
    state.resuming.remove(&id);
    state.failed.remove(&id);
    match fact {
        Did::BecamePastDue { due_on, .. } => {
            state.lapsed.insert(id, Lapsed::PastDue(*due_on));
        }
        // By the day on which it was due.
        Did::Suspended { on, grace_days, .. } => {
            let due = on.checked_sub_days(Days::new(grace_days.unsigned_abs()));
            state
                .lapsed
                .insert(id, Lapsed::Suspended(due.unwrap_or(*on)));
        }
        // What came back of it is heard before, so that it does not pay for the next attempt at once.
        Did::ResumeFailed { at, .. } => {
            // A state of before the due date was kept does not know it.
            let due = due.unwrap_or_else(|| jakarta_date(*at));
            state.lapsed.insert(id, Lapsed::Suspended(due));
            state.failed.insert(id);
        }
        Did::ResumeOrdered { charge_id, .. } => {
            state.due.extend(lapsed.map(|lapsed| (id, lapsed.due())));
            state.resuming.extend(charge_id.map(|charge| (id, charge)));
        }
        _ => {}
    }
}

fn wallet_of(fact: &SubscriptionEvent) -> Option<WalletId> {
    use SubscriptionEvent as Did;
    match fact {
        Did::BecamePastDue { wallet_id, .. }
        | Did::Suspended { wallet_id, .. }
        | Did::Renewed { wallet_id, .. }
        | Did::ResumeOrdered { wallet_id, .. }
        | Did::ResumeFailed { wallet_id, .. }
        | Did::Resumed { wallet_id, .. }
        | Did::Ended { wallet_id, .. } => Some(*wallet_id),
        _ => None,
    }
}

/// Whether there may be more to spend after it.
fn brings_credit(fact: &WalletEvent) -> bool {
    fact.change().balance() > 0
        || matches!(
            fact,
            WalletEvent::ReceivableWrittenOff { .. } | WalletEvent::PromotionUnfrozen { .. }
        )
}
