//! The streams of a story. A decision sees the ones it named, as the appender gives them to it; what
//! it comes to is folded in whole, and a refusal leaves everything as it was.

use crate::{
    Decided, Decision, Event, Refused, Rupiah, State, Stream, StreamId, Work,
    claim::{Claim, ClaimId},
    decisions::{AddPlan, FailOrder, One, Purchase, Redeemer, Register, SettleTopUp, UsedUp},
    ids::{CreditId, SubscriptionId, TopUpId, UserId, WalletId},
    parameters::Parameters,
    period::BillingCycle,
    plan_slots::{PlanSlots, PlanSlotsCommand},
    service::{Licence, Plan, Service, ServiceCommand},
    story::{budi, ghost, noon, order, plan, rp, sealed, starter, text},
    subscription::FailCause,
    top_up::{Channel, Payment, TopUp},
    user::{Locale, Role, User, UserCommand},
    wallet::{Wallet, WalletCommand},
};
use serde::de::DeserializeOwned;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

#[derive(Default)]
pub(super) struct World {
    told: BTreeSet<String>,
    streams: HashMap<StreamId, State>,
    versions: HashMap<StreamId, i64>,
}

impl World {
    /// Nobody and nothing.
    pub(super) fn empty() -> Self {
        Self::default()
    }

    /// Ghost's starter plan on sale, with so many slots.
    pub(super) fn selling(capacity: u32, max_per_customer: u32) -> Self {
        Self::selling_plan(plan(), capacity, max_per_customer)
    }

    pub(super) fn selling_plan(plan: Plan, capacity: u32, max_per_customer: u32) -> Self {
        let mut world = Self::empty();
        world.service(ServiceCommand::Create {
            service_id: ghost(),
            slug: text("ghost"),
            title: text("Ghost"),
            description: text("A place to write"),
            recipe: text("ghost"),
        });
        world.happens(&AddPlan {
            service_id: ghost(),
            plan,
            capacity,
            max_per_customer,
        });
        world.service(ServiceCommand::Publish {
            licence: Licence::Free,
        });
        world
    }

    /// With this customer, and so much in his wallet.
    pub(super) fn with(mut self, customer: UserId, balance: i64) -> Self {
        self.happens(&registration(customer, &customer.to_string()));
        if balance > 0 {
            self.happens(&One::<Wallet> {
                id: WalletId::of(customer),
                command: WalletCommand::Credit {
                    credit_id: CreditId::new(Uuid::from_u128(0xc4ed)),
                    amount: rp(balance),
                    top_up_id: TopUpId::new(Uuid::from_u128(0xc4ed)),
                    orders_from: None,
                },
            });
        }
        self
    }

    /// With this order placed by Budi.
    pub(super) fn ordered(mut self, number: u128) -> Self {
        self.happens(&purchase(budi(), number));
        self
    }

    pub(super) fn service(&mut self, command: ServiceCommand) {
        self.happens(&One::<Service> {
            id: ghost(),
            command,
        });
    }

    /// Whether the workers are seen to have room for one more of the starter plan.
    pub(super) fn room(&mut self, room: bool) {
        self.happens(&One::<PlanSlots> {
            id: starter(),
            command: PlanSlotsCommand::ObserveRoom { room },
        });
    }

    pub(super) fn deactivated(mut self, customer: UserId) -> Self {
        self.happens(&One::<User> {
            id: customer,
            command: UserCommand::Deactivate {
                reason: text("asked for it"),
            },
        });
        self
    }

    /// The names of all events so far.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        self.told.iter().cloned()
    }

    /// What it came to; nothing where it is refused.
    pub(super) fn tries(&mut self, decision: &dyn Decision) -> Vec<(StreamId, Event)> {
        match self.run(decision) {
            Ok(_) => self.happens(decision).events,
            Err(_) => vec![],
        }
    }

    /// Decides, and folds in what it came to.
    pub(super) fn happens(&mut self, decision: &dyn Decision) -> Decided {
        let decided = self.run(decision).unwrap();
        let names = decided.events.iter().map(|(_, event)| event.event_type());
        self.told.extend(names);
        for (stream, event) in &decided.events {
            let empty = State::empty(stream.kind);
            let state = self.streams.entry(stream.clone()).or_insert(empty);
            state.apply(event.clone());
            *self.versions.entry(stream.clone()).or_default() += 1;
        }
        decided
    }

    /// The names of the events that it came to, in order.
    pub(super) fn story(&mut self, decision: &dyn Decision) -> Vec<String> {
        let events = self.happens(decision).events;
        events.iter().map(|(_, event)| event.event_type()).collect()
    }

    /// The answer, as the caller reads it.
    pub(super) fn answer<T: DeserializeOwned>(&mut self, decision: &dyn Decision) -> T {
        serde_json::from_value(self.happens(decision).answer).unwrap()
    }

    /// It already took effect, so that deciding it again comes to nothing.
    pub(super) fn changes_nothing(&mut self, decision: &dyn Decision) {
        assert_eq!(self.happens(decision).events, []);
    }

    /// It is refused with this code, and every stream stays as it was.
    pub(super) fn refuses(&mut self, decision: &dyn Decision, code: &str) {
        let before = self.streams.clone();
        let refused = self.run(decision).unwrap_err();
        assert_eq!(refused.code, code, "{refused}");
        assert_eq!(self.streams, before);
    }

    fn run(&self, decision: &dyn Decision) -> Result<Decided, Refused> {
        let named = decision.streams();
        let state = |stream: &StreamId| {
            let known = self.streams.get(stream).cloned();
            known.unwrap_or_else(|| State::empty(stream.kind))
        };
        let loaded: HashMap<StreamId, (State, i64)> = named
            .iter()
            .map(|stream| (stream.clone(), (state(stream), self.version(stream))))
            .collect();
        assert_eq!(loaded.len(), named.len(), "a stream is named twice");
        let decided = Work::run(decision, &loaded);
        if let Ok(Decided { events, .. }) = &decided {
            let stranger = events.iter().find(|(stream, event)| {
                !loaded.contains_key(stream) || stream.kind != event.kind()
            });
            assert_eq!(stranger, None, "an event outside the named streams");
        }
        decided
    }

    pub(super) fn state<A: Stream>(&self, id: &A::Id) -> A {
        let state = self.streams.get(&StreamId::of::<A>(id));
        state.and_then(A::of).cloned().unwrap_or_default()
    }

    pub(super) fn version(&self, stream: &StreamId) -> i64 {
        self.versions.get(stream).copied().unwrap_or_default()
    }

    pub(super) fn balance(&self, customer: UserId) -> Rupiah {
        self.state::<Wallet>(&WalletId::of(customer)).balance()
    }

    pub(super) fn holder(&self, name: &str) -> Option<Uuid> {
        self.state::<Claim>(&claim(name)).holder()
    }

    pub(super) fn top_up(&self, id: TopUpId) -> TopUp {
        self.state(&id)
    }
}

/// The claim on a name, by a stand-in for the hash.
pub(super) fn claim(name: &str) -> ClaimId {
    let digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    let padded = format!("{digits:0>64}");
    padded[padded.len() - 64..].parse().unwrap()
}

/// Signing up with this address.
pub(super) fn registration(user_id: UserId, address: &str) -> Register {
    Register {
        user_id,
        address: claim(address),
        name: sealed("name"),
        email: sealed("email"),
        phone: None,
        password: sealed("password"),
        roles: vec![Role::Customer],
        locale: Locale::Id,
        at: noon(),
    }
}

/// This customer's order of the starter plan for a month, under a subdomain of its own.
pub(super) fn purchase(user_id: UserId, number: u128) -> Purchase {
    let subdomain = format!("toko-{number}");
    Purchase {
        subscription_id: order(number),
        user_id,
        service_id: ghost(),
        plan_id: starter(),
        billing_cycle: BillingCycle::Monthly,
        name: claim(&subdomain),
        subdomain: text(&subdomain),
        parameters: Parameters::default(),
        vat: Default::default(),
        coupon: None,
        redeemer: Redeemer::default(),
        trial: vec![],
        at: noon(),
    }
}

/// The end of Budi's order for a reason of the operator's.
pub(super) fn failure(subscription_id: SubscriptionId) -> FailOrder {
    FailOrder {
        subscription_id,
        wallet_id: WalletId::of(budi()),
        cause: FailCause::NotReadyInTime,
        on_behalf_of: None,
        used: UsedUp::default(),
        at: noon(),
    }
}

pub(super) fn payment(top_up_id: TopUpId, transaction: &str, amount: i64) -> SettleTopUp {
    SettleTopUp {
        top_up_id,
        payer: budi(),
        payment: Payment {
            transaction_id: transaction.into(),
            payment_type: "qris".into(),
            channel: Channel::Qris,
            amount: rp(amount),
            settled_at: Some(noon()),
        },
        orders_from: None,
    }
}

/// The events of one stream among those of a decision.
pub(super) fn of<'a>(decided: &'a Decided, kind: &str) -> Vec<&'a Event> {
    let of_kind = |(stream, _): &&(StreamId, Event)| stream.kind.as_str() == kind;
    let events = decided.events.iter().filter(of_kind);
    events.map(|(_, event)| event).collect()
}
