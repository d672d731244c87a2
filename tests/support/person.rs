//! People and what they do, over the wire.

use super::{
    becomes, until,
    wire::{Answer, Ask, Wire},
};
use purser::{auth::TotpSecret, clock::Clock};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) wire: Wire,
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    /// Where he has a second factor.
    pub(crate) authenticator: Option<Authenticator>,
}

/// What shows somebody his codes.
#[derive(Clone, Debug)]
pub(crate) struct Authenticator {
    pub(crate) secret: TotpSecret,
    pub(crate) clock: Clock,
}

impl Authenticator {
    /// The code of now.
    pub(crate) fn shows(&self) -> String {
        self.secret.code(self.clock.now())
    }

    /// The code after it, which is taken already.
    pub(crate) fn shows_next(&self) -> String {
        let next = chrono::Duration::seconds(TotpSecret::STEP_SECONDS);
        self.secret.code(self.clock.now() + next)
    }
}

/// An order that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) instance: String,
    pub(crate) position: i64,
}

/// A letter as it lies in the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) message_id: String,
    pub(crate) text: String,
    /// As it was sent, as far as it is text.
    pub(crate) raw: String,
}

impl Person {
    /// Signs up under a new address, and in.
    pub(crate) async fn signs_up(wire: &Wire) -> Self {
        let email = format!("dewi-{}@example.com", Uuid::now_v7().simple());
        let account =
            json!({ "name": "Dewi Lestari", "email": email, "password": PASSWORD, "locale": "en" });
        wire.post("/api/v1/auth/register", &account).await.is(201);
        Self::signs_in(wire, &email, PASSWORD).await
    }

    pub(crate) async fn signs_in(wire: &Wire, email: &str, password: &str) -> Self {
        let login = json!({ "email": email, "password": password });
        let tokens = wire.post("/api/v1/auth/login", &login).await.is(200);
        Self::with(wire, email, &tokens)
    }

    /// Who was given these tokens.
    pub(crate) fn with(wire: &Wire, email: &str, tokens: &Answer) -> Self {
        Self {
            wire: wire.clone(),
            id: tokens.text_of("user_id").parse().unwrap(),
            email: email.to_owned(),
            token: tokens.text_of("access_token"),
            refresh_token: tokens.text_of("refresh_token"),
            authenticator: None,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Ask {
        self.wire.get(&format!("/api/v1{path}")).token(&self.token)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Ask {
        self.ask(Method::POST, path).json(body)
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask {
        self.wire
            .ask(method, &format!("/api/v1{path}"))
            .token(&self.token)
    }

    /// Signs in anew: a session does not live for weeks.
    pub(crate) async fn again(&self) -> Self {
        let mut login = json!({ "email": self.email, "password": PASSWORD });
        if let Some(authenticator) = &self.authenticator {
            login["code"] = authenticator.shows_next().into();
        }
        let tokens = self.wire.post("/api/v1/auth/login", &login).await.is(200);
        Self {
            authenticator: self.authenticator.clone(),
            ..Self::with(&self.wire, &self.email, &tokens)
        }
    }

    /// Stays signed in, with the next pair of tokens.
    pub(crate) async fn refreshed(&self) -> Self {
        let body = json!({ "refresh_token": self.refresh_token });
        let tokens = self.wire.post("/api/v1/auth/refresh", &body).await.is(200);
        Self {
            authenticator: self.authenticator.clone(),
            ..Self::with(&self.wire, &self.email, &tokens)
        }
    }

    /// Gets a second factor, which proves this session.
    pub(crate) async fn enrols(mut self, clock: &Clock) -> Self {
        let password = json!({ "password": PASSWORD });
        let offered = self.post("/auth/second-factor", &password).await.is(201);
        let authenticator = Authenticator {
            secret: TotpSecret::parse(&offered.text_of("secret")).unwrap(),
            clock: clock.clone(),
        };
        let code = json!({ "code": authenticator.shows() });
        let confirmed = self.post("/auth/second-factor/confirm", &code).await;
        confirmed.is(200);
        self.authenticator = Some(authenticator);
        self
    }

    /// Proves that the address is his, by what the first letter carried.
    pub(crate) async fn verifies(&self) {
        let letter = self.gets("Welcome to Purser").await;
        self.proves(&letter).await.is(200);
    }

    /// Sends back what a letter carried.
    pub(crate) async fn proves(&self, letter: &Letter) -> Answer {
        let (_, token) = letter.text.split_once("verify-email?token=").unwrap();
        let token = token.split_whitespace().next().unwrap();
        let token = json!({ "token": token });
        self.wire.post("/api/v1/auth/verify-email", &token).await
    }

    pub(crate) async fn with_credit(self, amount: i64) -> Self {
        let before = self.balance().await;
        let order = self.orders_credit(amount).await;
        self.pays(&order).await;
        self.has(before + amount).await;
        self
    }

    /// Opens a payment page; what the gateway knows it by.
    pub(crate) async fn orders_credit(&self, amount: i64) -> String {
        let top_up = self.post("/top-ups", &json!({ "amount": amount })).await;
        top_up.is(201).text_of("order_id")
    }

    pub(crate) async fn pays(&self, order: &str) {
        let by = json!({ "payment_type": "qris" });
        self.wire.at_the_gateway("pay", order, &by).await;
    }

    pub(crate) async fn balance(&self) -> i64 {
        let wallet = until("the wallet is there", async || {
            let wallet = self.get("/wallet").answer().await?;
            wallet["balance"].as_i64()
        });
        wallet.await
    }

    /// Waits until the wallet holds so much.
    pub(crate) async fn has(&self, balance: i64) {
        let what = format!("the wallet holds {balance}");
        becomes(&what, async || self.balance().await == balance).await;
    }

    /// A request for the first plan of a service.
    pub(crate) async fn order_of(&self, service: &str) -> Value {
        let service = self.get(&format!("/services/{service}")).await.is(200);
        let plan = &service["plans"][0]["id"];
        json!({ "plan_id": plan, "billing_cycle": "monthly" })
    }

    pub(crate) async fn buys(&self, service: &str) -> Order {
        let order = self.order_of(service).await;
        Order::of(&self.post("/subscriptions", &order).await)
    }

    /// Orders with these choices.
    pub(crate) async fn chooses(&self, service: &str, parameters: &Value) -> Answer {
        let mut order = self.order_of(service).await;
        order["parameters"] = parameters.clone();
        self.post("/subscriptions", &order).await
    }

    /// Waits until the subscription is as expected; anything else than on its way is final.
    pub(crate) async fn sees(&self, order: &Order, status: &str) -> Answer {
        let path = format!("/subscriptions/{}", order.id);
        let seen = until("the order is no longer on its way", async || {
            let subscription = self.get(&path).answer().await?;
            let settled = subscription["status"].as_str()? != "provisioning";
            settled.then_some(subscription)
        });
        let seen = seen.await;
        assert_eq!(seen["status"], status, "{}", seen.text);
        seen
    }

    /// Waits until the subscription has come to this, from whatever it was.
    pub(crate) async fn comes_to(&self, order: &Order, status: &str) -> Answer {
        let path = format!("/subscriptions/{}", order.id);
        until(&format!("the subscription is {status}"), async || {
            let subscription = self.get(&path).answer().await?;
            (subscription["status"] == status).then_some(subscription)
        })
        .await
    }

    /// What the subscription cost and what came back, oldest first.
    pub(crate) async fn movements(&self) -> Vec<(String, i64)> {
        let list = self.get("/wallet/transactions?limit=100").await.is(200);
        let items = list["items"].as_array().unwrap().iter().rev();
        let movement = |item: &Value| {
            let kind = item["kind"].as_str().unwrap().to_owned();
            (kind, item["amount"].as_i64().unwrap())
        };
        items.map(movement).collect()
    }

    /// Every letter so far, oldest first.
    pub(crate) async fn letters(&self) -> Vec<Letter> {
        let list = format!("{}/api/messages?to={}", self.wire.mailbox, self.email);
        let list = self.wire.get(&list).await.is(200);
        let mut letters = Vec::new();
        for summary in list.body.as_array().unwrap().iter().rev() {
            let one = format!("{}/api/messages/{}", self.wire.mailbox, summary["id"]);
            let letter = self.wire.get(&one).await.is(200);
            let headers = letter["headers"].as_array().unwrap();
            let id = headers
                .iter()
                .find(|header| header["name"] == "Message-ID")
                .unwrap();
            letters.push(Letter {
                subject: letter.text_of("subject"),
                message_id: id["value"].as_str().unwrap().to_owned(),
                text: letter.text_of("text"),
                raw: letter.text_of("raw"),
            });
        }
        letters
    }

    /// Waits for a letter with this subject.
    pub(crate) async fn gets(&self, subject: &str) -> Letter {
        until(&format!("the letter {subject:?} arrives"), async || {
            let letters = self.letters().await;
            letters.into_iter().find(|letter| letter.subject == subject)
        })
        .await
    }
}

impl Order {
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 201, "{}", answer.text);
        Self {
            id: answer.text_of("subscription_id"),
            instance: answer.text_of("instance_id"),
            position: answer.position(),
        }
    }
}
