//! Somebody who trusts nobody: folds the history by himself and holds it against the gateway and the cluster.

mod app;
mod cluster;
mod gateway;
mod inbox;
mod paper;
mod purse;

use super::customer::{Seen, SeenApp, Stage};
use crate::support::TestApp;
use app::{App, Phase};
use chrono::NaiveDate;
use paper::Papers;
use purse::Purses;
use purser::store::Reader;
use purser_domain::{
    Event, Recorded,
    ids::{ChargeId, CreditId, SubscriptionId, WalletId},
    ledger::{Account, Ledger},
    subscription::SubscriptionEvent,
    top_up::TopUpEvent,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

pub(super) struct Auditor {
    reader: Reader,
    position: i64,
    ledger: Ledger,
    purses: Purses,
    papers: Papers,
    /// By subscription.
    apps: BTreeMap<String, App>,
    of_user: HashMap<Uuid, Vec<String>>,
    of_instance: HashMap<String, String>,
    /// What each charge is for; a second use of one is found when it is claimed.
    claimed: HashMap<ChargeId, i64>,
    /// The top-up of each order at the gateway.
    orders: HashMap<String, String>,
    disputed: HashSet<String>,
    /// What happened to each top-up and each app.
    stories: HashMap<String, Vec<String>>,
    /// Apps that were down for so long today that their customers get the day back.
    struck: Vec<(String, NaiveDate)>,
    /// Days that were given back since the last audit.
    given: Vec<(String, NaiveDate)>,
    /// Deliveries of the gateway that are accounted for.
    accounted: HashSet<u64>,
    /// The digests of the notifications that stand in the history.
    notified: HashSet<String>,
    findings: Vec<String>,
    pub(super) counts: BTreeMap<String, u64>,
}

impl Auditor {
    pub(super) fn new(app: &TestApp) -> Self {
        Self {
            reader: Reader::new(app.app().pool.clone()),
            position: 0,
            ledger: Ledger::default(),
            purses: Purses::default(),
            papers: Papers::default(),
            apps: BTreeMap::new(),
            of_user: HashMap::new(),
            of_instance: HashMap::new(),
            claimed: HashMap::new(),
            orders: HashMap::new(),
            disputed: HashSet::new(),
            stories: HashMap::new(),
            struck: Vec::new(),
            given: Vec::new(),
            accounted: HashSet::new(),
            notified: HashSet::new(),
            findings: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    pub(super) const fn position(&self) -> i64 {
        self.position
    }

    /// Reads what is new.
    pub(super) async fn reads(&mut self, app: &TestApp) {
        self.reader = Reader::new(app.app().pool.clone());
        loop {
            let events = self.reader.after(self.position, 1_000).await.unwrap();
            if events.is_empty() {
                return;
            }
            for stored in events {
                let event = stored.decode().unwrap();
                assert_eq!(event.position, self.position + 1, "a gap in the history");
                self.position = event.position;
                self.folds(&event);
            }
        }
    }

    fn folds(&mut self, recorded: &Recorded) {
        let Recorded {
            stream,
            event,
            at,
            position,
            ..
        } = recorded;
        *self.counts.entry(event.event_type()).or_default() += 1;
        let lines = self.ledger.book(stream, event, *at);
        let sum: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        if sum != 0 {
            self.finds(format!("position {position} is out of balance by {sum}"));
        }
        let teller = match event {
            Event::TopUp(_) | Event::Subscription(_) => Some(&stream.id),
            Event::Instance(_) => self.of_instance.get(&stream.id),
            _ => None,
        };
        if let Some(id) = teller {
            let story = self.stories.entry(id.clone()).or_default();
            story.push(format!("{at} {}", event.event_type()));
        }
        match event {
            Event::Wallet(fact) => {
                let found = self.purses.folds(&stream.id, fact);
                self.findings
                    .extend(found.map(|what| format!("position {position}: {what}")));
            }
            Event::Series(fact) => self.findings.extend(self.papers.numbers(&stream.id, fact)),
            Event::Document(fact) => self.findings.extend(self.papers.folds(&stream.id, fact)),
            Event::Subscription(fact) => self.folds_app(&stream.id, fact),
            Event::TopUp(TopUpEvent::Requested { order_id, .. }) => {
                self.orders.insert(order_id.clone(), stream.id.clone());
            }
            Event::TopUp(TopUpEvent::Notified { digest, .. }) => {
                self.notified.insert(digest.clone());
            }
            Event::TopUp(TopUpEvent::Disputed { .. }) => {
                self.disputed.insert(stream.id.clone());
            }
            Event::Instance(fact) => {
                let id = self.of_instance.get(&stream.id);
                if let Some(app) = id.and_then(|id| self.apps.get_mut(id)) {
                    app.folds_instance(fact);
                }
            }
            _ => {}
        }
    }

    fn folds_app(&mut self, id: &str, fact: &SubscriptionEvent) {
        if let SubscriptionEvent::Ordered { terms, .. } = fact {
            let app = App::new(terms);
            let ids = self.of_user.entry(app.user).or_default();
            ids.push(id.to_owned());
            self.of_instance.insert(app.instance.clone(), id.to_owned());
            self.apps.insert(id.to_owned(), app);
        }
        if let SubscriptionEvent::DayCredited { day, .. } = fact {
            self.given.push((id.to_owned(), *day));
        }
        let app = self.apps.get_mut(id).expect("it was ordered");
        for (charge_id, amount) in app.folds(fact) {
            if self.claimed.insert(charge_id, amount).is_some() {
                self.finds(format!("{charge_id} pays for two things"));
            }
        }
    }

    fn finds(&mut self, what: String) {
        self.findings.push(what);
    }

    /// What the customer sees when he looks at his account.
    pub(super) fn seen_by(&self, user: Option<Uuid>) -> Seen {
        let Some(user) = user else {
            return Seen::default();
        };
        let wallet = WalletId::of(purser_domain::ids::UserId::new(user)).to_string();
        let ids = self.of_user.get(&user).into_iter().flatten();
        let mut apps = ids.map(|id| (id, &self.apps[id]));
        let alive = apps.find(|(_, app)| app.phase != Phase::Over);
        Seen {
            balance: self.purses.balance(&wallet),
            app: alive.and_then(|(id, app)| {
                Some(SeenApp {
                    id: id.clone(),
                    price: app.price,
                    stage: match app.phase {
                        Phase::Active => Stage::Active,
                        Phase::PastDue { .. } => Stage::PastDue,
                        Phase::Suspended => Stage::Suspended,
                        _ => return None,
                    },
                    paid_until: app.paid_until?,
                    cancelling: app.cancelling,
                })
            }),
        }
    }

    pub(super) fn nobody_waits(&self) -> bool {
        !self.apps.values().any(App::waits)
    }

    pub(super) fn who_waits(&self) -> Vec<String> {
        let waiting = self.apps.iter().filter(|(_, app)| app.waits());
        waiting.map(|(id, app)| format!("{id} {app:?}")).collect()
    }

    /// At the end of a day.
    pub(super) async fn audit(&mut self, app: &TestApp, today: NaiveDate) {
        let balance = self.ledger.at(today);
        if balance.sum() != 0 {
            self.finds(format!("the books are out of balance by {}", balance.sum()));
        }
        let aside = balance.of(Account::Held) + balance.of(Account::PayoutsPending);
        let owed = balance.of(Account::CustomerPaid) + balance.of(Account::CustomerPromotional);
        for (what, booked, counted) in [
            ("credit", owed, -self.purses.total()),
            ("what is set aside", aside, -self.purses.aside()),
            (
                "what is owed",
                balance.of(Account::Receivables),
                self.purses.owed(),
            ),
        ] {
            if booked != counted {
                self.finds(format!(
                    "{what} is booked as {booked} and counted as {counted}"
                ));
            }
        }
        if balance.of(Account::DeferredRevenue) > 0 {
            self.finds("more is earned than was charged".into());
        }
        let charged = self.purses.charges();
        if charged != &self.claimed {
            let odd = charged
                .iter()
                .filter(|(id, sum)| self.claimed.get(id) != Some(sum));
            let odd: Vec<_> = odd.collect();
            let free = self
                .claimed
                .iter()
                .filter(|(id, sum)| charged.get(id) != Some(sum));
            let free: Vec<_> = free.collect();
            self.finds(format!(
                "charged for nothing: {odd:?}; given for nothing: {free:?}"
            ));
        }
        let late = |(id, app): (&String, &App)| {
            let why = app.runs_free(today)?;
            Some(format!("{id} {why} on {today}"))
        };
        let late: Vec<_> = self.apps.iter().filter_map(late).collect();
        self.findings.extend(late);
        self.audit_lost_days(today);
        self.audit_given_days();
        self.audit_paper();
        self.audit_cluster(app, today).await;
        self.audit_gateway(app);
        self.audit_inbox(app).await;
        self.complains();
    }

    pub(super) fn complains(&self) {
        assert!(self.findings.is_empty(), "{:#?}", self.findings);
    }

    /// A day that was lost by our fault is given back once it is over.
    fn audit_lost_days(&mut self, today: NaiveDate) {
        let (over, open): (Vec<_>, _) = self.struck.drain(..).partition(|(_, day)| *day < today);
        self.struck = open;
        for (id, day) in over {
            let app = &self.apps[&id];
            if app.was_charged(day) && !app.given_back.contains_key(&day) {
                let story = &self.stories[&id];
                self.finds(format!(
                    "{id} lost {day} and did not get it back: {story:#?}"
                ));
            }
        }
    }

    /// What was given back of a day is what it cost, and it is in the wallet.
    fn audit_given_days(&mut self) {
        for (id, day) in std::mem::take(&mut self.given) {
            let app = &self.apps[&id];
            let given = app.given_back[&day];
            let subscription: SubscriptionId = id.parse().unwrap();
            let refunded = self
                .purses
                .refunded(&CreditId::of_lost_day(subscription, day));
            let worth = app.value_on(day).unwrap_or(given);
            if given != worth || refunded != given.get() {
                self.finds(format!(
                    "{id} got {given} back for {day}, which cost {worth}; {refunded} is in the wallet"
                ));
            }
        }
    }
}
