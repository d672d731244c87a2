//! What is held for a second person: whoever may decide it is written to, and when its time is over it is nothing any more.

use super::{
    effect::{Effect, Execute, Letter},
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::{DateTime, Utc};
use purser_domain::{
    Event, Recorded,
    approval::{ApprovalEvent, Held},
    ids::{ApprovalId, UserId},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The saga `approvals`; one instance a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Approvals;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApprovalsState {
    /// What waits, and who asked for it.
    asked: Option<(ApprovalId, UserId)>,
    decided: bool,
}

impl Saga for Approvals {
    const NAME: &'static str = "approvals";
    type State = ApprovalsState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Approval(_) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &ApprovalsState, heard: Heard<'_>) -> Reaction<ApprovalsState> {
        match (heard, state.asked) {
            (Heard::Event(event), None) => match (&event.event, event.stream.id.parse()) {
                (Event::Approval(ApprovalEvent::Requested { held, .. }), Ok(id)) => ask(id, held),
                _ => Reaction::default(),
            },
            (Heard::Event(event), Some(asked)) if !state.decided => match &event.event {
                Event::Approval(ApprovalEvent::Requested { .. }) => Reaction::default(),
                _ => decided(asked),
            },
            (Heard::Timer { at, .. }, Some((id, _))) if !state.decided => expire(id, at),
            // A letter that cannot be sent undoes nothing, and what has an end is over.
            _ => Reaction::default(),
        }
    }
}

fn ask(approval_id: ApprovalId, held: &Held) -> Reaction<ApprovalsState> {
    let letters = held.asked.iter().map(|to| {
        let letter = Letter::ApprovalWanted { approval_id };
        (format!("ask-{to}"), send(*to, letter))
    });
    let expires = Timer {
        name: "expires".into(),
        due_at: Some(held.expires_at),
        cluster_left_ms: None,
    };
    Reaction {
        state: Some(ApprovalsState {
            asked: Some((approval_id, held.requested_by)),
            decided: false,
        }),
        effects: letters.collect(),
        timers: vec![expires],
        ..Reaction::default()
    }
}

fn expire(approval_id: ApprovalId, at: DateTime<Utc>) -> Reaction<ApprovalsState> {
    let expire = Effect::Execute(Execute::ExpireApproval { approval_id, at });
    Reaction {
        effects: vec![("expire".into(), expire)],
        ..Reaction::default()
    }
}

/// Who asked is told, and nobody else is asked any more.
fn decided((approval_id, requested_by): (ApprovalId, UserId)) -> Reaction<ApprovalsState> {
    let letter = Letter::ApprovalDecided { approval_id };
    Reaction {
        state: Some(ApprovalsState {
            asked: Some((approval_id, requested_by)),
            decided: true,
        }),
        effects: vec![("decided".into(), send(requested_by, letter))],
        stop: true,
        ..Reaction::default()
    }
}

fn send(to: UserId, letter: Letter) -> Effect {
    Effect::Send {
        to,
        letter: Box::new(letter),
    }
}
