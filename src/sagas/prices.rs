//! A new price of a plan: whoever has it is told before he pays it (billing rule 9). Nobody has to have heard of a
//! subscription for that: who has the plan is looked up, a page after another, once the read model has come as far.

use super::{
    effect::{Effect, Repriced},
    saga::{Heard, Reaction, Saga},
};
use purser_domain::{Event, Recorded, service::ServiceEvent};
use uuid::Uuid;

/// The saga `prices`; one instance a service.
#[derive(Clone, Copy, Debug)]
pub struct Prices;

impl Saga for Prices {
    const NAME: &'static str = "prices";
    type State = ();

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        repriced(event).map(|repriced| repriced.service_id.uuid())
    }

    fn react(&self, (): &(), heard: Heard<'_>) -> Reaction<()> {
        let asked = match heard {
            Heard::Event(event) => repriced(event),
            // What cannot be told is for an operator: nothing was charged.
            Heard::Timer { .. } | Heard::Failed { .. } => None,
        };
        let page = |repriced: Repriced| (repriced.step(), Effect::AnnouncePrice(repriced));
        Reaction {
            effects: asked.map(page).into_iter().collect(),
            ..Reaction::default()
        }
    }
}

fn repriced(event: &Recorded) -> Option<Repriced> {
    let Event::Service(ServiceEvent::PlanRepriced {
        plan_id,
        at: Some(at),
        ..
    }) = &event.event
    else {
        return None;
    };
    Some(Repriced {
        service_id: event.stream.id.parse().ok()?,
        plan_id: *plan_id,
        at: *at,
        sequence: event.sequence,
        position: event.position,
        after: None,
    })
}
