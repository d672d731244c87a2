//! The shop, its customers, and what they order: over HTTP, as a panel would.

use super::product::{PASSWORD, STAFF};
use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

const PRICE: usize = 40_000;
/// What one top-up may be at most, in rupiah.
const TOP_UP: usize = 10_000_000;
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(crate) struct Api {
    client: reqwest::Client,
    base: String,
    gateway: String,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Customer {
    token: String,
    pub(crate) name: String,
}

/// An order that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) subscription: String,
    pub(crate) customer: String,
    pub(crate) asked_at: DateTime<Utc>,
}

impl Api {
    pub(crate) fn new(base: &str, gateway: &str) -> anyhow::Result<Self> {
        Ok(Self {
            client: reqwest::Client::builder().no_proxy().build()?,
            base: base.to_owned(),
            gateway: gateway.to_owned(),
        })
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let key = Uuid::now_v7().to_string();
        let answer = request.header("Idempotency-Key", key).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("{status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    async fn post(&self, token: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}/api/v1{path}", self.base));
        let request = match token {
            "" => request,
            token => request.bearer_auth(token),
        };
        self.ask(request.json(body)).await
    }

    async fn get(&self, token: &str, path: &str) -> anyhow::Result<Value> {
        let request = self.client.get(format!("{}/api/v1{path}", self.base));
        self.ask(request.bearer_auth(token)).await
    }

    async fn sign_in(&self, email: &str) -> anyhow::Result<String> {
        let login = json!({ "email": email, "password": PASSWORD });
        let tokens = self.post("", "/auth/login", &login).await?;
        text(&tokens, "access_token")
    }

    /// Moves business time on.
    pub(crate) async fn advance(&self, seconds: u64) -> anyhow::Result<()> {
        let request = self.client.post(format!("{}/bench/clock", self.base));
        let by = json!({ "seconds": seconds });
        self.ask(request.json(&by)).await?;
        Ok(())
    }

    /// Puts an app up for sale; the plan.
    pub(crate) async fn sell(&self, app: &str) -> anyhow::Result<String> {
        let staff = self.sign_in(STAFF).await?;
        let service = json!({ "slug": app, "title": app, "description": "An app", "recipe": app });
        let service = self.post(&staff, "/admin/services", &service).await?;
        let id = text(&service, "service_id")?;
        let plan = json!({
            "slug": "starter", "title": "Starter", "monthly_price": PRICE, "yearly_price": PRICE * 10,
            "cpu_millicores": 500, "memory_mib": 768, "storage_mib": 5_120,
            "capacity": 100_000, "max_per_customer": 10_000,
        });
        let path = format!("/admin/services/{id}/plans");
        self.post(&staff, &path, &plan).await?;
        let path = format!("/admin/services/{id}/publish");
        let knowing = json!({ "licence_acknowledged": true });
        let published = self.post(&staff, &path, &knowing).await?;
        let path = format!("/services/{app}?min_position={}", published["position"]);
        let service = self.get(&staff, &path).await?;
        text(&service["plans"][0], "id")
    }

    /// Somebody signs up and pays for so many apps in advance.
    pub(crate) async fn customer(&self, name: &str, apps: usize) -> anyhow::Result<Customer> {
        let email = format!("{name}@example.com");
        let account = json!({ "name": name, "email": email, "password": PASSWORD, "locale": "en" });
        self.post("", "/auth/register", &account).await?;
        let token = self.sign_in(&email).await?;
        let (mut left, needed) = (apps * PRICE, apps * PRICE);
        while left > 0 {
            let amount = left.clamp(10_000, TOP_UP);
            let amount_of = json!({ "amount": amount });
            let top_up = self.post(&token, "/top-ups", &amount_of).await?;
            let order = text(&top_up, "order_id")?;
            let pay = format!("{}/standin/pay/{order}", self.gateway);
            let by = json!({ "payment_type": "qris" });
            self.ask(self.client.post(pay).json(&by)).await?;
            left = left.saturating_sub(amount);
        }
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let wallet = self.get(&token, "/wallet").await?;
            if wallet["balance"].as_u64() >= Some(u64::try_from(needed)?) {
                let name = name.to_owned();
                return Ok(Customer { token, name });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the credit of {name} does not come")
    }

    /// Orders so many apps at once.
    pub(crate) async fn order(
        &self,
        customer: &Customer,
        plan: &str,
        apps: usize,
    ) -> anyhow::Result<Vec<Order>> {
        let body = json!({ "plan_id": plan, "billing_cycle": "monthly" });
        let orders = (0..apps).map(async |_| {
            let asked_at = Utc::now();
            let order = self.post(&customer.token, "/subscriptions", &body).await?;
            anyhow::Ok(Order {
                subscription: text(&order, "subscription_id")?,
                customer: customer.name.clone(),
                asked_at,
            })
        });
        try_join_all(orders).await
    }
}

/// So many apps shared out among so many customers.
pub(crate) fn shares(apps: usize, customers: usize) -> Vec<usize> {
    let share = |number: usize| apps / customers + usize::from(number < apps % customers);
    (0..customers).map(share).collect()
}

fn text(body: &Value, name: &str) -> anyhow::Result<String> {
    let text = body[name].as_str();
    Ok(text
        .with_context(|| format!("no {name} in {body}"))?
        .to_owned())
}
