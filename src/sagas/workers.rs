//! What staff wants of a node is done to it. **Invariant:** the newest wish wins without calling an older one off: every
//! effect asks the worker's stream what is wanted by then, and does that or nothing.

use super::{
    effect::Effect,
    saga::{Heard, Reaction, Saga},
};
use purser_domain::{Event, Recorded, ids::WorkerId, worker::WorkerEvent};
use uuid::Uuid;

/// Carries cordon and drain to the cluster; what is seen there closes them.
#[derive(Clone, Copy, Debug)]
pub struct NodeWishes;

impl Saga for NodeWishes {
    const NAME: &'static str = "workers";
    type State = ();

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        wish(event)?;
        event.stream.id.parse().ok()
    }

    fn react(&self, (): &(), heard: Heard<'_>) -> Reaction<()> {
        let Heard::Event(event) = heard else {
            return Reaction::default();
        };
        let (Some(wish), Ok(id)) = (wish(event), event.stream.id.parse()) else {
            return Reaction::default();
        };
        let worker_id = WorkerId::new(id);
        let effect = match wish {
            Wish::Cordon => Effect::Cordon { worker_id },
            Wish::Drain => Effect::Drain { worker_id },
        };
        Reaction {
            effects: vec![(format!("{}:{}", wish.name(), event.sequence), effect)],
            ..Reaction::default()
        }
    }
}

#[derive(Clone, Copy)]
enum Wish {
    /// To or fro.
    Cordon,
    Drain,
}

impl Wish {
    const fn name(self) -> &'static str {
        match self {
            Self::Cordon => "cordon",
            Self::Drain => "drain",
        }
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
        | WorkerEvent::Removed { .. } => None,
    }
}
