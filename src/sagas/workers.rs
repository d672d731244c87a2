//! What staff wants of a node is done to it. **Invariant:** the newest wish wins without calling an older one off: every
//! effect asks the worker's stream what is wanted by then, and does that or nothing.

use super::{
    effect::Effect,
    saga::{Heard, Reaction, Saga, Timer},
};
use purser_domain::{Event, Recorded, ids::WorkerId, worker::WorkerEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const DEADLINE: &str = "drain";

/// Carries cordon and drain to the cluster; what is seen there closes them.
#[derive(Clone, Copy, Debug)]
pub struct NodeWishes {
    /// How long a drain may take, in milliseconds during which the cluster answers.
    pub drain_deadline_ms: i64,
}

/// The newest drain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeWishesState {
    drain: Option<Asked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    worker_id: WorkerId,
    sequence: i64,
}

impl Saga for NodeWishes {
    const NAME: &'static str = "workers";
    type State = NodeWishesState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        wish(event)?;
        event.stream.id.parse().ok()
    }

    fn react(&self, state: &NodeWishesState, heard: Heard<'_>) -> Reaction<NodeWishesState> {
        let event = match heard {
            Heard::Event(event) => event,
            Heard::Timer { .. } => return state.drain.map_or_else(Reaction::default, give_up),
            Heard::Failed { step, .. } => {
                let failed = state.drain.filter(|it| step == Wish::Drain.step(*it));
                return failed.map_or_else(Reaction::default, give_up);
            }
        };
        let (Some(wish), Ok(id)) = (wish(event), event.stream.id.parse()) else {
            return Reaction::default();
        };
        let asked = Asked {
            worker_id: WorkerId::new(id),
            sequence: event.sequence,
        };
        match wish {
            Wish::Cordon => carry_out(wish, asked),
            Wish::Drain if state.drain.is_some_and(|it| it.sequence >= asked.sequence) => {
                Reaction::default()
            }
            Wish::Drain => Reaction {
                state: Some(NodeWishesState { drain: Some(asked) }),
                timers: vec![Timer {
                    name: DEADLINE.into(),
                    due_at: None,
                    cluster_left_ms: Some(self.drain_deadline_ms),
                }],
                ..carry_out(wish, asked)
            },
        }
    }
}

fn carry_out(wish: Wish, asked: Asked) -> Reaction<NodeWishesState> {
    let worker_id = asked.worker_id;
    let effect = match wish {
        Wish::Cordon => Effect::Cordon { worker_id },
        Wish::Drain => Effect::Drain { worker_id },
    };
    Reaction {
        effects: vec![(wish.step(asked), effect)],
        ..Reaction::default()
    }
}

/// The other half of the deadline and of a refusal: what holds this drain is told, if it is still under way.
fn give_up(drain: Asked) -> Reaction<NodeWishesState> {
    let Asked {
        worker_id,
        sequence,
    } = drain;
    let effect = Effect::GiveUpDrain {
        worker_id,
        drain: sequence,
    };
    Reaction {
        effects: vec![(format!("give-up-drain:{sequence}"), effect)],
        ..Reaction::default()
    }
}

#[derive(Clone, Copy)]
enum Wish {
    /// To or fro.
    Cordon,
    Drain,
}

impl Wish {
    fn step(self, asked: Asked) -> String {
        let name = match self {
            Self::Cordon => "cordon",
            Self::Drain => "drain",
        };
        format!("{name}:{}", asked.sequence)
    }
}

fn wish(event: &Recorded) -> Option<Wish> {
    let Event::Worker(fact) = &event.event else {
        return None;
    };
    match fact {
        WorkerEvent::CordonRequested {} | WorkerEvent::UncordonRequested {} => Some(Wish::Cordon),
        WorkerEvent::DrainRequested { .. } => Some(Wish::Drain),
        WorkerEvent::Invited { .. }
        | WorkerEvent::Registered { .. }
        | WorkerEvent::CapacityChanged { .. }
        | WorkerEvent::PoolChanged { .. }
        | WorkerEvent::WentDegraded { .. }
        | WorkerEvent::WentOffline { .. }
        | WorkerEvent::CameOnline { .. }
        | WorkerEvent::Cordoned {}
        | WorkerEvent::Uncordoned {}
        | WorkerEvent::Drained { .. }
        | WorkerEvent::DrainFailed { .. }
        | WorkerEvent::Removed { .. } => None,
    }
}
