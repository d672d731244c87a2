//! A customer: when he comes, how soon he pays, what he changes, and how his payments go.

use super::shop::{COUPONS, CREDIT, Plan, Shop};
use crate::support::{Answer, Ask, PASSWORD, Person, Random, Wire, until};
use chrono::NaiveDate;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How soon somebody pays.
#[derive(Clone, Copy, Debug)]
enum Habit {
    Early,
    Late,
    Forgetful,
}

/// What a customer sees of his account at the beginning of a day.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// In rupiah, to be spent.
    pub(super) balance: i64,
    pub(super) app: Option<SeenApp>,
}

#[derive(Clone, Debug)]
pub(super) struct SeenApp {
    pub(super) id: String,
    pub(super) price: i64,
    pub(super) stage: Stage,
    pub(super) paid_until: NaiveDate,
    pub(super) cancelling: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Active,
    PastDue,
    Suspended,
}

pub(super) struct Customer {
    number: usize,
    random: Random,
    comes_on: u64,
    habit: Habit,
    app: &'static str,
    days: u64,
    /// Whether he has proven his address, or never will.
    proven: bool,
    pub(super) person: Option<Person>,
    /// What he was answered today.
    pub(super) answers: Vec<String>,
    /// How often it went wrong on our side today.
    pub(super) failed: usize,
}

impl Customer {
    pub(super) fn new(number: usize, mut random: Random, days: u64) -> Self {
        Self {
            number,
            comes_on: random.next() % (days / 3).max(1),
            habit: [Habit::Early, Habit::Late, Habit::Forgetful][random.below(3)],
            app: ["ghost", "n8n"][random.below(2)],
            days: 0,
            proven: false,
            person: None,
            answers: Vec::new(),
            failed: 0,
            random,
        }
    }

    pub(super) fn id(&self) -> Option<Uuid> {
        self.person.as_ref().map(|person| person.id)
    }

    pub(super) async fn lives(&mut self, wire: &Wire, shop: &Shop, today: NaiveDate, seen: Seen) {
        self.days += 1;
        if self.days <= self.comes_on {
            return;
        }
        if self.person.is_none() {
            return self.signs_up(wire, shop).await;
        }
        if !self.proven {
            self.may_prove().await;
        }
        match &seen.app {
            None => self.shops(shop, &seen).await,
            Some(app) => match app.stage {
                Stage::Active => self.uses(shop, today, &seen, app).await,
                Stage::PastDue => {
                    let likely = match self.habit {
                        Habit::Early => 60,
                        Habit::Late => 25,
                        Habit::Forgetful => 5,
                    };
                    self.may_pay(likely, app.price).await;
                }
                Stage::Suspended => self.may_pay(6, app.price * 2).await,
            },
        }
    }

    fn happens(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    /// Once in so many days.
    fn once_in(&mut self, days: usize) -> bool {
        self.random.below(days) == 0
    }

    async fn signs_up(&mut self, wire: &Wire, shop: &Shop) {
        let email = format!("customer-{}@example.com", self.number);
        let account =
            json!({ "name": "Dewi", "email": email, "password": PASSWORD, "locale": "en" });
        let ask = || wire.post("/api/v1/auth/register", &account);
        repeats(ask, &mut self.random, &mut self.failed)
            .await
            .is(201);
        self.person = Some(signs_in(wire, &email).await);
        let price = shop.of_app(self.app)[0].price;
        self.may_pay(90, price * 2).await;
    }

    /// Every other customer follows the link in the letter, and tries an app or redeems a coupon then.
    async fn may_prove(&mut self) {
        self.proven = true;
        if self.happens(50) {
            return;
        }
        let Some(person) = self.signed_in().await else {
            return;
        };
        let letters = person.letters().await;
        let token = |text: &str| {
            let (_, rest) = text.split_once("verify-email?token=")?;
            Some(rest.split_whitespace().next()?.to_owned())
        };
        let token = letters.iter().find_map(|letter| token(&letter.text));
        let token = json!({ "token": token.expect("the first letter has a link") });
        let ask = || person.wire.post("/api/v1/auth/verify-email", &token);
        let answer = repeats(ask, &mut self.random, &mut self.failed).await;
        self.notes(&Method::POST, "/verify-email", &answer);
    }

    async fn signed_in(&mut self) -> Option<Person> {
        let person = self.person.clone()?;
        let person = signs_in(&person.wire, &person.email).await;
        self.person = Some(person.clone());
        Some(person)
    }

    /// He has no app: he buys one if he can, and else pays for one some day.
    async fn shops(&mut self, shop: &Shop, seen: &Seen) {
        let plans = shop.of_app(self.app);
        let plan: &Plan = plans[self.random.below(plans.len())];
        if self.happens(6) {
            let trial = json!({ "plan_id": shop.trial_of(self.app), "billing_cycle": "monthly" });
            return self.asks(Method::POST, "/subscriptions", &trial).await;
        }
        if self.happens(5) {
            let coupon = json!({ "code": CREDIT });
            return self.asks(Method::POST, "/wallet/coupons", &coupon).await;
        }
        if seen.balance < plan.price * 11 / 10 {
            return self.may_pay(10, plan.price * 2).await;
        }
        if !self.happens(50) {
            return;
        }
        let cycle = match seen.balance > plan.price * 11 {
            true => "yearly",
            false => "monthly",
        };
        let mut order = json!({ "plan_id": plan.id, "billing_cycle": cycle });
        if self.happens(40) {
            order["coupon"] = COUPONS[self.random.below(COUPONS.len())].into();
        }
        self.asks(Method::POST, "/subscriptions", &order).await;
    }

    async fn uses(&mut self, shop: &Shop, today: NaiveDate, seen: &Seen, app: &SeenApp) {
        let left = (app.paid_until - today).num_days();
        if left <= 3 && seen.balance < app.price {
            let likely = match self.habit {
                Habit::Early => 60,
                Habit::Late => 10,
                Habit::Forgetful => 2,
            };
            self.may_pay(likely, app.price).await;
        }
        let path = format!("/subscriptions/{}", app.id);
        if app.cancelling && self.once_in(20) {
            let path = format!("{path}/cancellation");
            return self.asks(Method::DELETE, &path, &Value::Null).await;
        }
        match self.random.below(160) {
            0..2 => self.asks(Method::DELETE, &path, &Value::Null).await,
            2 => {
                let path = format!("{path}?when=now");
                self.asks(Method::DELETE, &path, &Value::Null).await;
            }
            3..6 => {
                let path = format!("{path}/renew");
                self.asks(Method::PUT, &path, &Value::Null).await;
            }
            6..9 => {
                let automatic = json!({ "automatic": self.happens(70) });
                let path = format!("{path}/auto-renew");
                self.asks(Method::PUT, &path, &automatic).await;
            }
            9..14 => {
                let plans = shop.of_app(self.app);
                let plan = plans[self.random.below(plans.len())];
                if seen.balance < plan.price {
                    self.may_pay(80, plan.price * 2).await;
                }
                let cycle = ["monthly", "monthly", "yearly"][self.random.below(3)];
                let change = json!({ "plan_id": plan.id, "billing_cycle": cycle });
                let path = format!("{path}/plan");
                self.asks(Method::PUT, &path, &change).await;
            }
            _ => {}
        }
    }

    /// Asks for something; refusals are a part of life, and no failure of ours is.
    async fn asks(&mut self, method: Method, path: &str, body: &Value) {
        let Some(person) = self.signed_in().await else {
            return;
        };
        let ask = || match body {
            Value::Null => person.ask(method.clone(), path),
            body => person.ask(method.clone(), path).json(body),
        };
        let answer = repeats(ask, &mut self.random, &mut self.failed).await;
        self.notes(&method, path, &answer);
    }

    fn notes(&mut self, method: &Method, path: &str, answer: &Answer) {
        assert!(
            answer.status < 500 || answer.status == 503,
            "{method} {path}: {}",
            answer.text
        );
        let what = path.rsplit('/').next().unwrap_or_default();
        let what = match what.parse::<Uuid>() {
            Ok(_) => "end",
            Err(_) => what.split_once('?').map_or(what, |(_, query)| query),
        };
        let code = answer["code"].as_str().unwrap_or("done");
        self.answers.push(format!("{method} {what}: {code}"));
    }

    /// Tops up with this likelihood, by about so much.
    async fn may_pay(&mut self, percent: usize, amount: i64) {
        if !self.happens(percent) {
            return;
        }
        let Some(person) = self.signed_in().await else {
            return;
        };
        let amount = amount * (10 + self.random.below(30) as i64) / 10 / 1_000 * 1_000;
        let body = json!({ "amount": amount.clamp(10_000, 5_000_000) });
        let ask = || person.post("/top-ups", &body);
        let answer = repeats(ask, &mut self.random, &mut self.failed).await;
        self.notes(&Method::POST, "/top-ups", &answer);
        if answer.status == 201 {
            self.pays(&person.wire, &answer.text_of("order_id")).await;
        }
    }

    /// How it goes at the gateway.
    async fn pays(&mut self, wire: &Wire, order: &str) {
        let quirks = match self.random.below(100) {
            0..10 => json!({ "duplicates": 2 }),
            10..15 => json!({ "disorder": true }),
            15..25 => json!({ "drop_notifications": true }),
            25..28 => json!({ "reversal": true }),
            28..30 => json!({ "chargeback": true }),
            _ => json!({}),
        };
        let url = format!("{}/standin/quirks?order_id={order}", wire.midtrans);
        wire.ask(Method::PUT, &url).json(&quirks).await.is(204);
        let method = match self.random.below(8) {
            0..3 => "qris",
            3 => "gopay",
            4 => "permata_va",
            5 => "indomaret",
            6 => "credit_card",
            _ => "bca_va",
        };
        if !self.happens(95) {
            return;
        }
        let url = format!("{}/standin/pay/{order}", wire.midtrans);
        let by = json!({ "payment_type": method });
        // What he may still do with a page that answered is the gateway's to say.
        wire.post(&url, &by).await;
        if self.happens(2) {
            let url = format!("{}/standin/pay_again/{order}", wire.midtrans);
            wire.post(&url, &by).await;
        }
    }
}

/// Asks with one key until there is an answer, as a client does that was cut off; 503 is an answer once it comes the
/// third time. What dies may still say that it went wrong, which is as good as no answer.
pub(super) async fn repeats(
    ask: impl Fn() -> Ask,
    random: &mut Random,
    failed: &mut usize,
) -> Answer {
    let key = Uuid::from_u64_pair(random.next(), random.next()).to_string();
    let (mut refused, begun) = (0, Instant::now());
    loop {
        match ask().key(&key).answer().await {
            Some(answer) if answer.status == 503 && refused < 2 => refused += 1,
            Some(answer) if answer.status == 500 && *failed < 3 => *failed += 1,
            Some(answer) => return answer,
            None => assert!(begun.elapsed() < Duration::from_secs(90), "nobody answers"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn signs_in(wire: &Wire, email: &str) -> Person {
    let login = json!({ "email": email, "password": PASSWORD });
    let tokens = until("somebody is signed in", async || {
        let tokens = wire.post("/api/v1/auth/login", &login).answer().await?;
        (tokens.status == 200).then_some(tokens)
    });
    Person::with(wire, email, &tokens.await)
}
