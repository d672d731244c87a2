//! Promotional credit is over after its last day, whether or not anybody looks (billing rule 21).

use super::{
    effect::{Effect, Execute},
    saga::{Heard, Reaction, Saga, Timer},
};
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
            _ => None,
        }
    }

    fn react(&self, state: &ExpiryState, heard: Heard<'_>) -> Reaction<ExpiryState> {
        match heard {
            Heard::Event(event) if event.position <= state.heard => Reaction::default(),
            Heard::Event(event) => granted(event),
            // What comes back to a grant later is over at once: that needs no timer.
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

/// One timer a date, whatever is over on it.
fn granted(event: &Recorded) -> Reaction<ExpiryState> {
    let Event::Wallet(WalletEvent::PromotionGranted { expires_on, .. }) = &event.event else {
        return Reaction::default();
    };
    let timer = expires_on.succ_opt().map(|day| Timer {
        name: format!("expire-{expires_on}"),
        due_at: Some(day_begins(day)),
        cluster_left_ms: None,
    });
    let wallet_id = event.stream.id.parse().ok();
    Reaction {
        state: Some(ExpiryState {
            wallet_id,
            heard: event.position,
        }),
        timers: timer.into_iter().collect(),
        ..Reaction::default()
    }
}
