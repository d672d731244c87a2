//! Promotional credit is over after its last day, whether or not anybody looks (billing rule 21).

use super::{
    effect::{Effect, Execute},
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::NaiveDate;
use purser_domain::{Event, Recorded, ids::WalletId, period::day_begins, wallet::WalletEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The saga `expiry`; one instance a wallet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expiry;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExpiryState {
    wallet_id: Option<WalletId>,
    /// The position of the last event heard: an older one heard again is no news.
    heard: i64,
}

impl Saga for Expiry {
    const NAME: &'static str = "expiry";
    type State = ExpiryState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Wallet(WalletEvent::PromotionGranted { .. }) => event.stream.id.parse().ok(),
            Event::Wallet(fact) if comes_back(fact) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &ExpiryState, heard: Heard<'_>) -> Reaction<ExpiryState> {
        match heard {
            Heard::Event(event) if event.position <= state.heard => Reaction::default(),
            Heard::Event(event) => match &event.event {
                Event::Wallet(WalletEvent::PromotionGranted { expires_on, .. }) => {
                    granted(event, *expires_on)
                }
                _ => came_back(event),
            },
            Heard::Timer { name, at } => {
                let expire = |wallet_id| Effect::Execute(Execute::ExpireGrants { wallet_id, at });
                let expire = state.wallet_id.map(expire);
                Reaction {
                    // Each ring asks anew: a grant may be heard of when its date is over.
                    effects: expire
                        .map(|ask| (format!("{name}-{}", state.heard), ask))
                        .into_iter()
                        .collect(),
                    ..Reaction::default()
                }
            }
            // What cannot be decided is for an operator: expired credit is not spent in any case.
            Heard::Failed { .. } => Reaction::default(),
        }
    }
}

/// Whether something of this went back to promotional credit.
fn comes_back(fact: &WalletEvent) -> bool {
    match fact {
        WalletEvent::Refunded { promotional, .. } | WalletEvent::Released { promotional, .. } => {
            !promotional.is_empty()
        }
        _ => false,
    }
}

/// One timer a date, whatever is over on it.
fn granted(event: &Recorded, expires_on: NaiveDate) -> Reaction<ExpiryState> {
    let timer = expires_on.succ_opt().map(|day| Timer {
        name: format!("expire-{expires_on}"),
        due_at: Some(day_begins(day)),
        cluster_left_ms: None,
    });
    Reaction {
        timers: timer.into_iter().collect(),
        ..heard(event)
    }
}

/// What was asked for before the last day was over may be decided after the timer of that day has rung, and is not over by
/// the moment at which it was asked for: it is looked at as of the moment at which it came back.
fn came_back(event: &Recorded) -> Reaction<ExpiryState> {
    let wallet_id = event.stream.id.parse().ok();
    let expire = wallet_id.map(|wallet_id| {
        let at = event.at;
        let expire = Effect::Execute(Execute::ExpireGrants { wallet_id, at });
        (format!("came-back-{}", event.sequence), expire)
    });
    Reaction {
        effects: expire.into_iter().collect(),
        ..heard(event)
    }
}

fn heard(event: &Recorded) -> Reaction<ExpiryState> {
    Reaction {
        state: Some(ExpiryState {
            wallet_id: event.stream.id.parse().ok(),
            heard: event.position,
        }),
        ..Reaction::default()
    }
}
