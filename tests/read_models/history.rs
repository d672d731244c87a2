//! A history with every kind of event that read models heed, and every kind of value.

use chrono::{DateTime, Days, TimeDelta, Utc};
use purser_domain::{
    Metadata, Recorded, Rupiah, Stream, StreamId,
    ids::{
        ChargeId, CreditId, InstanceId, PlanId, ServiceId, SubscriptionId, TopUpId, UserId,
        WalletId, WorkerId,
    },
    instance::{HoldKind, Instance, InstanceEvent, Resource, Step, StopCause, Wanted},
    period::{BillingCycle, Period},
    plan_slots::{PlanSlots, PlanSlotsEvent},
    resources::Resources,
    sealed::Sealed,
    service::{Plan, PriceList, Service, ServiceEvent},
    subscription::{FailCause, Subscription, SubscriptionEvent, Terms},
    top_up::{CloseCause, TopUp, TopUpEvent},
    user::{Locale, Role, User, UserEvent},
    wallet::{Wallet, WalletEvent},
    worker::{Capacity, Origin, Worker, WorkerEvent},
};
use std::collections::HashMap;
use uuid::Uuid;

/// Texts that a careless encoding would lose or change.
pub(super) const TEXTS: &[&str] = &[
    "",
    " ",
    "plain",
    "null",
    "NULL",
    r"\N",
    r"\.",
    "line\n\\.\nline",
    "carriage\r\nreturn\rand\ttab",
    r#"a "quoted", comma'd and \back\\slashed"#,
    r#"""#,
    "{}[],:",
    "kopi ☕ 日本 \u{10FFFF} e\u{301}",
];

/// Events with the positions and sequences that the store would give them.
#[derive(Default)]
pub(super) struct History {
    events: Vec<Recorded>,
    versions: HashMap<StreamId, i64>,
}

impl History {
    pub(super) fn then<A: Stream>(&mut self, id: A::Id, event: A::Event) {
        let stream = StreamId::of::<A>(&id);
        let sequence = self.versions.entry(stream.clone()).or_default();
        *sequence += 1;
        let position = self.events.len() as i64 + 1;
        self.events.push(Recorded {
            position,
            stream,
            sequence: *sequence,
            at: at(position),
            event: A::wrap(event),
            metadata: Metadata {
                event_id: Uuid::from_u128(0xE0_0000 + position as u128),
                actor: "system:test".into(),
                correlation_id: Uuid::nil(),
                causation_id: Uuid::nil(),
                command_id: Uuid::nil(),
            },
        });
    }
}

pub(super) fn history() -> Vec<Recorded> {
    let mut history = History::default();
    for number in 1..=3 {
        register(&mut history, user(number));
    }
    let reason = "asked for it".parse().unwrap();
    history.then::<User>(user(2), UserEvent::Deactivated { reason });
    for (number, text) in (1..).zip(TEXTS) {
        top_up(&mut history, number, text);
        service(&mut history, number, text);
        pod(&mut history, number, text);
    }
    super::money::tell(&mut history);
    super::paper::tell(&mut history);
    let id = InstanceId::new(number(8, 99));
    let wanted = wanted();
    history.then::<Instance>(id, InstanceEvent::Requested { wanted, at: at(5) });
    for end in [None, Some(true), Some(false)] {
        order(&mut history, end);
    }
    for number in 1..=3 {
        worker(&mut history, number);
    }
    history.events
}

fn register(history: &mut History, user_id: UserId) {
    let sealed = Sealed::try_from(format!("v1.{user_id}.{}", "A".repeat(60))).unwrap();
    history.then::<User>(
        user_id,
        UserEvent::Registered {
            user_id,
            name: sealed.clone(),
            email: sealed.clone(),
            phone: None,
            password: sealed,
            roles: vec![Role::Customer, Role::Admin, Role::Operator, Role::Auditor],
            locale: Locale::Id,
            at: at(0),
        },
    );
    let owner = user_id;
    history.then::<Wallet>(WalletId::of(owner), WalletEvent::Opened { owner });
}

/// A host; the second did not join yet.
fn worker(history: &mut History, n: u128) {
    let (id, pool) = (WorkerId::new(number(9, n)), "High.Mem_1".parse().unwrap());
    let expires_at = at(9);
    history.then::<Worker>(id, WorkerEvent::Invited { pool, expires_at });
    if n == 2 {
        return;
    }
    let capacity = Capacity {
        cpu_millicores: 8_000,
        memory_mib: u32::MAX,
        pods: 110,
    };
    let registered = WorkerEvent::Registered {
        name: "host-1.example".parse().unwrap(),
        origin: Origin::Host,
        pool: "High.Mem_1".parse().unwrap(),
        capacity,
        allocatable: capacity,
        at: at(8),
    };
    history.then::<Worker>(id, registered);
    history.then::<Worker>(id, WorkerEvent::Cordoned {});
}

/// The first stays open; of the others each ends in another way.
fn top_up(history: &mut History, n: u128, text: &str) {
    let (id, wallet_id) = (TopUpId::new(number(4, n)), WalletId::of(user(1)));
    let (amount, order_id) = (rp(50_000 + n as i64), text.to_owned());
    history.then::<TopUp>(
        id,
        TopUpEvent::Requested {
            user_id: user(1),
            wallet_id,
            amount,
            order_id,
            expires_at: at(1),
        },
    );
    let (redirect_url, transaction_id) = (text.to_owned(), text.to_owned());
    let (payment_type, finding) = (text.to_owned(), text.to_owned());
    let cause = [
        CloseCause::Expired,
        CloseCause::Cancelled,
        CloseCause::Failed,
    ];
    let cause = cause[(n % 3) as usize];
    let end = match n {
        1 => TopUpEvent::PageOpened { redirect_url },
        2 => TopUpEvent::Disputed {
            transaction_id,
            finding,
        },
        n if n % 2 == 0 => TopUpEvent::Closed { cause },
        _ => TopUpEvent::Settled {
            transaction_id,
            payment_type,
            amount,
            late: n == 3,
            again: false,
            channel: None,
            settled_at: None,
        },
    };
    if matches!(end, TopUpEvent::Settled { .. }) {
        let credited = WalletEvent::Credited {
            credit_id: CreditId::of_transaction(id, text),
            amount,
            top_up_id: id,
            orders_from: None,
        };
        history.then::<Wallet>(wallet_id, credited);
    }
    history.then::<TopUp>(id, end);
}

/// The first is published with two plans, one of them withdrawn; the others stay drafts.
fn service(history: &mut History, n: u128, text: &str) {
    let id = ServiceId::new(number(5, n));
    let printable: String = text.chars().filter(|c| !c.is_control()).collect();
    let lines: String = text
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    history.then::<Service>(
        id,
        ServiceEvent::Created {
            service_id: id,
            slug: "app".parse().unwrap(),
            title: format!("x{printable}").parse().unwrap(),
            description: lines.parse().unwrap(),
            recipe: "wordpress".parse().unwrap(),
        },
    );
    if n > 1 {
        return;
    }
    for (k, slug) in [(1, "small"), (2, "large")] {
        let plan_id = PlanId::new(number(6, k));
        let plan = Plan {
            plan_id,
            slug: slug.parse().unwrap(),
            title: r#"the "best", \really"#.parse().unwrap(),
            price: PriceList {
                monthly: Rupiah::ZERO,
                yearly: Rupiah::MAX,
            },
            resources: Resources::new(500, 512, 16_777_216).unwrap(),
            free: None,
        };
        history.then::<Service>(id, ServiceEvent::PlanAdded { plan });
        let opened = PlanSlotsEvent::Opened {
            service_id: id,
            capacity: 4,
            max_per_customer: u32::MAX,
        };
        history.then::<PlanSlots>(plan_id, opened);
    }
    let plan_id = PlanId::new(number(6, 2));
    history.then::<Service>(id, ServiceEvent::PlanWithdrawn { plan_id });
    history.then::<Service>(id, ServiceEvent::Published {});
}

fn pod(history: &mut History, n: u128, text: &str) {
    let id = InstanceId::new(number(8, n));
    let (wanted, trouble) = (wanted(), text.to_owned());
    let at = at(5);
    history.then::<Instance>(id, InstanceEvent::Requested { wanted, at });
    for step in [Step::Namespace, Step::Guards] {
        history.then::<Instance>(id, InstanceEvent::StepCompleted { step, at });
    }
    let step = Step::Secret;
    history.then::<Instance>(id, InstanceEvent::TroubleObserved { step, trouble, at });
    if n == 1 {
        history.then::<Instance>(id, InstanceEvent::BecameReady { at });
        history.then::<Instance>(id, InstanceEvent::CredentialsRevealed { at });
        live(history, id, at);
        history.then::<Instance>(id, InstanceEvent::RemovalRequested { at });
        history.then::<Instance>(id, InstanceEvent::Removed { at });
    }
}

/// A restart that fails, and two holds; one of them stays.
fn live(history: &mut History, id: InstanceId, at: DateTime<Utc>) {
    let reason = || r#"said "no", \really"#.parse().unwrap();
    let held = |kind, until| InstanceEvent::Held {
        kind,
        reason: reason(),
        until,
        at,
    };
    let warned = |resource| InstanceEvent::UsageWarned {
        resource,
        mark: 80,
        percent: 83,
        limit: 50,
        at,
    };
    let operation = 1;
    let (kind, cause) = (HoldKind::Billing, StopCause::Hold);
    for event in [
        InstanceEvent::RestartRequested { operation, at },
        InstanceEvent::OperationFailed {
            operation,
            reason: reason(),
            at,
        },
        held(HoldKind::Staff, Some(at)),
        warned(Resource::Storage),
        warned(Resource::Cpu),
        InstanceEvent::StopRequested {
            operation: 2,
            cause,
            at,
        },
        held(kind, None),
        InstanceEvent::Stopped { operation: 2, at },
        InstanceEvent::Released {
            kind,
            reason: None,
            at,
        },
    ] {
        history.then::<Instance>(id, event);
    }
}

/// An order that is still waited for, that became active, or that failed and was given back.
fn order(history: &mut History, end: Option<bool>) {
    let n = end.map_or(1, |active| if active { 2 } else { 3 });
    let (subscription_id, plan_id) = (SubscriptionId::new(number(7, n)), PlanId::new(number(6, 1)));
    let (wallet_id, charge_id) = (WalletId::of(user(1)), ChargeId::of_order(subscription_id));
    let (amount, at) = (rp(10_000), at(7));
    history.then::<Wallet>(
        wallet_id,
        WalletEvent::Charged {
            charge_id,
            amount,
            subscription_id,
            promotional: vec![],
        },
    );
    let terms = Box::new(Terms {
        user_id: user(1),
        wallet_id,
        service_id: ServiceId::new(number(5, 1)),
        service: r#"x "y", \z"#.parse().unwrap(),
        plan_id,
        plan: "Small".parse().unwrap(),
        billing_cycle: BillingCycle::Monthly,
        price: amount,
        vat: Default::default(),
        discount: None,
        promise: None,
        coupon_claim: None,
        trial: None,
        charge_id: Some(charge_id),
        instance_id: InstanceId::of(subscription_id),
        subdomain: "toko-budi".parse().unwrap(),
    });
    history.then::<Subscription>(subscription_id, SubscriptionEvent::Ordered { terms, at });
    let taken = PlanSlotsEvent::Taken {
        subscription_id,
        user_id: user(1),
    };
    match end {
        None => history.then::<PlanSlots>(plan_id, taken),
        Some(true) => {
            let anchor = "2028-02-29".parse().unwrap();
            let period = Period::nth(anchor, BillingCycle::Monthly, 0).unwrap();
            history
                .then::<Subscription>(subscription_id, SubscriptionEvent::Activated { period, at });
        }
        Some(false) => {
            let failed = SubscriptionEvent::Failed {
                cause: FailCause::Refused,
                refunded: amount,
                at,
            };
            history.then::<Subscription>(subscription_id, failed);
            history.then::<Wallet>(
                wallet_id,
                WalletEvent::Refunded {
                    credit_id: CreditId::of_refund(charge_id),
                    charge_id,
                    amount,
                    subscription_id,
                    promotional: vec![],
                },
            );
        }
    }
}

fn wanted() -> Box<Wanted> {
    Box::new(Wanted {
        subscription_id: SubscriptionId::new(number(7, 1)),
        user_id: user(1),
        recipe: "wordpress".parse().unwrap(),
        service: "WordPress".parse().unwrap(),
        resources: Resources::new(50, 64, 128).unwrap(),
        subdomain: "toko-budi".parse().unwrap(),
        parameters: Default::default(),
    })
}

pub(super) fn user(n: u128) -> UserId {
    UserId::new(number(1, n))
}

pub(super) fn number(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128(kind * 1_000 + n)
}

pub(super) fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

/// Finer than the database keeps.
pub(super) fn at(day: i64) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2027-01-31T02:00:00.123456Z".parse().unwrap();
    first + Days::new(day.unsigned_abs()) + TimeDelta::nanoseconds(789)
}
