//! Stories, told to sagas without a runner: what they have done, and that telling it twice changes nothing.

mod approvals;
mod arrears;
mod erasure;
mod expiry;
mod healing;
mod holds;
mod letters;
mod observer;
mod operation;
mod paper;
mod payment;
mod prices;
mod purchase;
mod renewal;
mod signing_in;
mod trials;
mod usage_letters;
mod welcome;
mod workers;

use super::{Effect, Heard, Reaction, Saga, Timer};
use chrono::{DateTime, Utc};
use purser_domain::{
    Metadata, Recorded, Rupiah, Stream, StreamId,
    ids::{InstanceId, SubscriptionId, UserId, WalletId},
    instance::{Instance, InstanceEvent, Wanted},
    period::BillingCycle,
    resources::Resources,
    subscription::{Subscription, SubscriptionEvent, Terms},
};
use uuid::Uuid;

/// What a saga is told.
#[derive(Clone, Debug)]
enum Beat {
    Event(Box<Recorded>),
    Timer(&'static str),
    Failed(String),
}

impl Beat {
    fn heard(&self) -> Heard<'_> {
        match self {
            Self::Event(event) => Heard::Event(event),
            Self::Timer(name) => Heard::Timer { name, at: noon() },
            Self::Failed(step) => Heard::Failed { step, at: noon() },
        }
    }
}

/// A saga in the middle of a story, as the runner keeps it.
#[derive(Clone)]
struct Told<S: Saga + Clone> {
    saga: S,
    state: S::State,
    /// Every effect that was asked for, each step once, and which of them still stand.
    effects: Vec<(String, Effect)>,
    standing: Vec<String>,
    timers: Vec<Timer>,
}

impl<S: Saga + Clone> Told<S> {
    fn new(saga: S) -> Self {
        Self {
            saga,
            state: S::State::default(),
            effects: vec![],
            standing: vec![],
            timers: vec![],
        }
    }

    fn tell(&mut self, beat: &Beat) -> Reaction<S::State> {
        if let Beat::Event(event) = beat {
            assert!(
                self.saga.instance(event).is_some(),
                "nobody hears {event:?}"
            );
        }
        let reaction = self.saga.react(&self.state, beat.heard());
        if reaction.stop {
            self.timers.clear();
            self.standing.clear();
        }
        if let Some(state) = reaction.state.clone() {
            let stored = serde_json::to_value(&state).unwrap();
            assert_eq!(serde_json::from_value::<S::State>(stored).unwrap(), state);
            self.state = state;
        }
        for (step, effect) in reaction.effects.clone() {
            let stored = serde_json::to_value(&effect).unwrap();
            assert_eq!(serde_json::from_value::<Effect>(stored).unwrap(), effect);
            if self.effects.iter().all(|(known, _)| *known != step) {
                self.effects.push((step.clone(), effect));
                self.standing.push(step);
            }
        }
        for timer in reaction.timers.clone() {
            self.timers.retain(|known| known.name != timer.name);
            self.timers.push(timer);
        }
        reaction
    }

    fn after(mut self, story: &[Beat]) -> Self {
        for beat in story {
            self.tell(beat);
        }
        self
    }

    fn steps(&self) -> Vec<&str> {
        self.effects.iter().map(|(step, _)| step.as_str()).collect()
    }
}

/// Whatever is heard again, at once or when all is over, asks for nothing new and changes nothing.
fn hearing_twice_changes_nothing<S: Saga + Clone>(saga: S, story: &[Beat]) {
    let once = Told::new(saga.clone()).after(story);
    let same = |twice: &Told<S>, how: &str| {
        assert_eq!(twice.state, once.state, "{how}");
        assert_eq!(twice.effects, once.effects, "{how}");
        assert_eq!(twice.standing, once.standing, "{how}");
        assert_eq!(twice.timers, once.timers, "{how}");
    };
    for index in 0..story.len() {
        let mut at_once = story.to_vec();
        at_once.insert(index, story[index].clone());
        same(
            &Told::new(saga.clone()).after(&at_once),
            &format!("{index} twice"),
        );
        let mut at_the_end = once.clone();
        at_the_end.tell(&story[index]);
        same(&at_the_end, &format!("{index} again at the end"));
    }
    let all_twice: Vec<Beat> = story
        .iter()
        .flat_map(|beat| [beat.clone(), beat.clone()])
        .collect();
    same(&Told::new(saga).after(&all_twice), "everything twice");
}

fn noon() -> DateTime<Utc> {
    "2027-01-31T05:00:00Z".parse().unwrap()
}

fn budi() -> UserId {
    UserId::new(Uuid::from_u128(0xb0d1))
}

fn order() -> SubscriptionId {
    SubscriptionId::new(Uuid::from_u128(0x0de7))
}

fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

fn event<A: Stream>(id: &A::Id, event: A::Event) -> Beat {
    Beat::Event(Box::new(Recorded {
        position: 1,
        stream: StreamId::of::<A>(id),
        sequence: 1,
        at: noon(),
        event: A::wrap(event),
        metadata: Metadata {
            event_id: Uuid::nil(),
            actor: "system:test".into(),
            correlation_id: Uuid::nil(),
            causation_id: Uuid::nil(),
            command_id: Uuid::nil(),
        },
    }))
}

fn of_instance(fact: InstanceEvent) -> Beat {
    event::<Instance>(&InstanceId::of(order()), fact)
}

fn of_order(fact: SubscriptionEvent) -> Beat {
    event::<Subscription>(&order(), fact)
}

fn ordered() -> Beat {
    of_order(SubscriptionEvent::Ordered {
        terms: terms(),
        at: noon(),
    })
}

fn terms() -> Box<Terms> {
    Box::new(Terms {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        service_id: purser_domain::ids::ServiceId::new(Uuid::from_u128(1)),
        service: "Ghost".parse().unwrap(),
        plan_id: purser_domain::ids::PlanId::new(Uuid::from_u128(2)),
        plan: "Starter".parse().unwrap(),
        billing_cycle: BillingCycle::Monthly,
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        promise: None,
        coupon_claim: None,
        trial: None,
        charge_id: None,
        instance_id: InstanceId::of(order()),
        subdomain: "toko-budi".parse().unwrap(),
    })
}

fn requested(recipe: &str) -> Beat {
    of_instance(InstanceEvent::Requested {
        wanted: Box::new(Wanted {
            subscription_id: order(),
            user_id: budi(),
            recipe: recipe.parse().unwrap(),
            service: "Ghost".parse().unwrap(),
            resources: Resources::new(500, 512, 5_120).unwrap(),
            subdomain: "toko-budi".parse().unwrap(),
            parameters: Default::default(),
        }),
        at: noon(),
    })
}

/// One after another in the history, for sagas that go by positions.
fn in_order(mut beats: Vec<Beat>) -> Vec<Beat> {
    for (position, beat) in (1..).zip(&mut beats) {
        if let Beat::Event(event) = beat {
            event.position = position;
            event.sequence = position;
        }
    }
    beats
}

/// One after another in the history, where a stream waits for an operator from some event on: these are heard last.
fn with_late(story: Vec<Beat>, late: impl Fn(&Recorded) -> bool) -> Vec<Beat> {
    let waits = |beat: &Beat| matches!(beat, Beat::Event(event) if late(event));
    let (late, rest): (Vec<_>, Vec<_>) = in_order(story).into_iter().partition(waits);
    [rest, late].concat()
}

/// These events, one after another in the stream.
fn stream(facts: Vec<InstanceEvent>) -> Vec<Beat> {
    let mut beats: Vec<Beat> = facts.into_iter().map(of_instance).collect();
    for (sequence, beat) in (1..).zip(&mut beats) {
        if let Beat::Event(event) = beat {
            event.sequence = sequence;
        }
    }
    beats
}
