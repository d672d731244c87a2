//! Years of business in minutes: customers who pay early, late, twice or never, a gateway and a cluster that fail, and
//! deaths of the product, all by a seed. After every day an auditor reads the history and holds it against what the
//! gateway took in and what the cluster runs.
//!
//! `SIMULATION_CUSTOMERS`, `SIMULATION_DAYS` and `PURSER_SEED` make it as large as wanted. The seed repeats who does what
//! on which day and what goes wrong then; how the tasks of the product interleave is another matter every time.

mod auditor;
mod customer;
mod mishap;
mod shop;

use crate::support::{Person, Random, TestApp, app_with, becomes};
use auditor::Auditor;
use chrono::{Days, NaiveDate};
use customer::{Customer, Seen};
use futures_util::{StreamExt as _, stream};
use mishap::Mishap;
use purser::{reconcile::last_compared, sagas::WelcomeBonus};
use purser_domain::Rupiah;
use shop::Shop;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::sync::watch;

const SEED: u64 = 20_300_101;
/// How many customers do something at the same time.
const AT_ONCE: usize = 8;
const ATTEMPT_MS: u64 = 5_000;

struct Size {
    customers: usize,
    days: u64,
}

impl Size {
    fn read() -> Self {
        let read = |name: &str, default: u64| match std::env::var(name) {
            Ok(given) => given.parse().unwrap(),
            Err(_) => default,
        };
        Self {
            customers: read("SIMULATION_CUSTOMERS", 12).try_into().unwrap(),
            days: read("SIMULATION_DAYS", 30),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rupiah_and_every_app_is_accounted_for_after_every_day() {
    let size = Size::read();
    let mut random = Random::seeded_or(SEED);
    let mut simulation = Simulation::new(&size, &mut random).await;
    let begun = Instant::now();
    for day in 0..size.days {
        simulation.day(day).await;
    }
    let took = begun.elapsed().as_secs_f64();
    println!(
        "{} customers, {} days: {:.2} days a second, {} events, {} deaths",
        size.customers,
        size.days,
        size.days as f64 / took,
        simulation.auditor.position(),
        simulation.deaths
    );
    println!("what happened: {:?}", simulation.auditor.counts);
    println!("what was answered: {:?}", simulation.answers);
    simulation.end().await;
}

struct Simulation {
    app: TestApp,
    shop: Shop,
    customers: Vec<Customer>,
    auditor: Auditor,
    random: Random,
    first: NaiveDate,
    deaths: u64,
    answers: BTreeMap<String, u64>,
}

impl Simulation {
    async fn new(size: &Size, random: &mut Random) -> Self {
        let mut app = app_with(|settings| {
            let amount = Rupiah::try_from(12_000).unwrap();
            settings.welcome = Some(WelcomeBonus { amount, days: 25 });
            // What was being done at a death is claimed for twice as long.
            settings.workers.attempt_ms = ATTEMPT_MS;
        })
        .await;
        app.kubernetes.make_room();
        let first = NaiveDate::from_ymd_opt(2030, 1, 1).unwrap();
        app.day_comes(&first.to_string());
        app.starts_apart().await;
        let shop = Shop::opens(&app).await;
        let customers = (0..size.customers)
            .map(|number| Customer::new(number, random.fork(), size.days))
            .collect();
        Self {
            auditor: Auditor::new(&app),
            customers,
            shop,
            random: random.fork(),
            first,
            deaths: 0,
            answers: BTreeMap::new(),
            app,
        }
    }

    async fn day(&mut self, number: u64) {
        let today = self.first + Days::new(number);
        if number > 0 {
            self.app.day_comes(&today.to_string());
        }
        self.rests().await;
        if number > 0 {
            self.is_compared(today).await;
        }
        self.shop.manages(&self.app, number, &mut self.random).await;
        let mishap = Mishap::of(&mut self.random, self.customers.len());
        println!("{today}: {mishap:?}, {} events", self.auditor.position());
        self.acts(today, &mishap).await;
        mishap.ends(&mut self.app, &mut self.auditor).await;
        self.rests().await;
        self.auditor.audit(&self.app, today).await;
    }

    /// Everybody does what he does on such a day, while it goes wrong.
    async fn acts(&mut self, today: NaiveDate, mishap: &Mishap) {
        let auditor = &self.auditor;
        let seen = |customer: &Customer| -> Seen { auditor.seen_by(customer.id()) };
        let turns: Vec<_> = self
            .customers
            .iter_mut()
            .map(|customer| (seen(customer), customer))
            .collect();
        let (wire, shop) = (self.app.wire.clone(), &self.shop);
        let (all, (done, mut seen_done)) = (turns.len(), watch::channel(0));
        let turns = stream::iter(turns)
            .map(async |(seen, customer)| {
                customer.lives(&wire, shop, today, seen).await;
                done.send_modify(|done| *done += 1);
            })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>();
        let (app, deaths) = (&mut self.app, &mut self.deaths);
        let strikes = async {
            if let Mishap::Death { after } = mishap {
                let after = (*after).min(all);
                seen_done.wait_for(|done| *done >= after).await.unwrap();
                app.dies_and_starts().await;
                *deaths += 1;
            } else {
                mishap.begins(app).await;
            }
        };
        tokio::join!(turns, strikes);
        let dies = matches!(mishap, Mishap::Death { .. });
        for customer in &mut self.customers {
            let failed = std::mem::take(&mut customer.failed);
            assert!(dies || failed == 0, "it went wrong {failed} times");
            for answer in customer.answers.drain(..) {
                *self.answers.entry(answer).or_default() += 1;
            }
        }
    }

    /// Until nothing is due, nothing is left to do and nobody's app is on its way.
    async fn rests(&mut self) {
        let (mut moved, mut last) = (Instant::now(), self.auditor.position());
        loop {
            let at_rest = self.app.is_at_rest().await;
            self.auditor.reads(&self.app).await;
            if at_rest && self.auditor.nobody_waits() && self.app.is_at_rest().await {
                return;
            }
            if self.auditor.position() > last {
                (moved, last) = (Instant::now(), self.auditor.position());
            }
            assert!(
                moved.elapsed() < Duration::from_secs(180),
                "it does not come to rest: {:?}; {:?}",
                self.auditor.who_waits(),
                self.app.what_is_left().await
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Until the day before is compared, and what that led to is done: a day is over here sooner than in life.
    async fn is_compared(&mut self, today: NaiveDate) {
        let pool = self.app.app().pool.clone();
        becomes("the day before is compared", async || {
            last_compared(&pool).await.unwrap() == today.pred_opt()
        })
        .await;
        self.rests().await;
    }

    async fn end(mut self) {
        self.app.minutes_pass(60 * 24 * 10);
        self.rests().await;
        self.auditor.audit_gateway(&self.app);
        self.auditor.complains();
        for customer in &self.customers {
            let Some(person) = &customer.person else {
                continue;
            };
            let person: Person = person.again().await;
            let seen = self.auditor.seen_by(customer.id());
            assert_eq!(person.balance().await, seen.balance, "{}", person.email);
        }
        self.app.finish().await;
    }
}
