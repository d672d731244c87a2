//! Credit that comes in pays what lapsed: what is past due first, then what is suspended, each by its date, each whole or
//! not at all (billing rule 15). What could not be started again keeps its place. What a failed resumption gives back pays for others, and for none that failed since credit
//! last came from elsewhere: two that cannot start would pay for one another without end.

use super::{
    effect::Effect,
    saga::{Heard, Reaction, Saga},
};
use chrono::{Days, NaiveDate};
use purser_domain::{
    Event, Recorded,
    ids::{ChargeId, CreditId, SubscriptionId, WalletId},
    period::jakarta_date,
    subscription::SubscriptionEvent,
    wallet::WalletEvent,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

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
    /// The position of the last event heard: an older one heard again is no news.
    heard: i64,
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
        let event = match heard {
            Heard::Event(event) if event.position > state.heard => event,
            // What cannot be decided is for an operator: nothing was charged.
            Heard::Event(_) | Heard::Timer { .. } | Heard::Failed { .. } => {
                return Reaction::default();
            }
        };
        let mut state = state.clone();
        state.heard = event.position;
        let mut effects = vec![];
        match (&event.event, event.stream.id.parse()) {
            (Event::Subscription(fact), Ok(id)) => note(&mut state, SubscriptionId::new(id), fact),
            (Event::Wallet(fact), _) => {
                if !gives_back_resumption(&state, fact) {
                    state.failed.clear();
                }
                let subscriptions = payable(&state);
                if !subscriptions.is_empty() {
                    let at = event.at;
                    let pay = Effect::PayArrears { subscriptions, at };
                    effects.push((format!("pay-{}", event.sequence), pay));
                }
            }
            _ => {}
        }
        Reaction {
            state: Some(state),
            effects,
            ..Reaction::default()
        }
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
