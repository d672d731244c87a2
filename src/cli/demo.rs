//! The walk of a customer from sign-up to a running, mailed-about app, through the public API alone.

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};
use uuid::Uuid;

#[derive(Args)]
pub(super) struct DemoArgs {
    /// Where Purser's API is, as `purser dev` prints it.
    #[arg(long)]
    url: Url,
    /// How long to wait for each step, in seconds.
    #[arg(long, default_value_t = 60)]
    patience_s: u64,
}

pub(super) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let client = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()?;
    let patience = Duration::from_secs(args.patience_s);
    let mut walk = Walk {
        client,
        url: args.url,
        token: None,
        patience,
        run: Uuid::now_v7(),
        steps: 0,
        since: Instant::now(),
    };
    walk.go().await?;
    Ok(ExitCode::SUCCESS)
}

struct Walk {
    client: Client,
    url: Url,
    token: Option<String>,
    patience: Duration,
    run: Uuid,
    steps: u32,
    since: Instant,
}

impl Walk {
    async fn go(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        let directory = self.get("/dev").await.context("this is no `purser dev`")?;
        let mailbox = text(&directory, "mailbox_url")?;
        let email = format!("demo-{}@purser.test", self.run.simple());
        let password = "correct horse battery";

        let body =
            json!({ "name": "Dewi Demo", "email": email, "password": password, "locale": "en" });
        self.post("/api/v1/auth/register", body).await?;
        self.done("signed up");
        self.letter(&mailbox, &email, "welcome letter").await?;

        let tokens = self
            .post(
                "/api/v1/auth/login",
                json!({ "email": email, "password": password }),
            )
            .await?;
        self.token = Some(text(&tokens, "access_token")?);
        self.done("signed in");

        let plan = self.plan("wordpress").await?;
        self.done("found WordPress in the catalogue");
        let top_up = self
            .post("/api/v1/top-ups", json!({ "amount": 100_000 }))
            .await?;
        let (top_up_id, page) = (text(&top_up, "top_up_id")?, text(&top_up, "redirect_url")?);
        self.done("opened a payment page for Rp 100.000");
        self.pay(&page).await?;
        self.done("paid by QRIS");
        let wait = format!("/api/v1/top-ups/{top_up_id}");
        self.until(&wait, |top_up| top_up["status"] == "paid")
            .await
            .context("the payment was not booked")?;
        self.until("/api/v1/wallet", |wallet| wallet["balance"] == 100_000)
            .await
            .context("the credit is missing")?;
        self.done("credit is there");
        self.letter(&mailbox, &email, "payment letter").await?;

        let order = json!({ "plan_id": plan, "billing_cycle": "monthly" });
        let subscription = self.post("/api/v1/subscriptions", order).await?;
        let id = text(&subscription, "subscription_id")?;
        self.done("subscribed");
        let path = format!("/api/v1/subscriptions/{id}");
        let active = self
            .until(&path, |subscription| {
                subscription["status"] != "provisioning"
            })
            .await
            .context("the app did not become ready")?;
        ensure!(
            active["status"] == "active",
            "the subscription is {}",
            active["status"]
        );
        self.done("the app is ready, the subscription active");
        let pod = text(&active, "instance_id")?;
        let sign_in = self
            .post(&format!("/api/v1/pods/{pod}/credentials"), json!({}))
            .await?;
        ensure!(
            !text(&sign_in, "password")?.is_empty(),
            "the sign-in is empty"
        );
        self.done(&format!(
            "sign-in shown once, for {}",
            text(&sign_in, "url")?
        ));
        self.until("/api/v1/wallet", |wallet| wallet["balance"] == 60_000)
            .await
            .context("the balance is off")?;
        self.done("Rp 60.000 left");
        self.letter(&mailbox, &email, "order letter").await?;
        self.letter(&mailbox, &email, "ready letter").await?;
        println!(
            "all {} steps in {:.2} s",
            self.steps,
            started.elapsed().as_secs_f32()
        );
        Ok(())
    }

    fn done(&mut self, what: &str) {
        self.steps += 1;
        println!(
            "{:>3}  {:>8.0} ms  {what}",
            self.steps,
            self.since.elapsed().as_secs_f64() * 1_000.0
        );
        self.since = Instant::now();
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self.client.request(method.clone(), self.url.join(path)?);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request
                .header("Idempotency-Key", format!("{}-{}", self.run, self.steps))
                .json(&body);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("{method} {path} was not answered"))?;
        let status = answer.status();
        let body = answer.text().await?;
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {body}");
        }
        serde_json::from_str(&body).with_context(|| format!("{method} {path} answered no JSON"))
    }

    /// Asks until it is so, or patience ends.
    async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let deadline = Instant::now() + self.patience;
        loop {
            let last = match self.get(path).await {
                Ok(value) if is_so(&value) => return Ok(value),
                Ok(value) => value.to_string(),
                Err(error) => format!("{error:#}"),
            };
            if Instant::now() > deadline {
                bail!(
                    "after {} s {path} still says {last}",
                    self.patience.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn plan(&self, slug: &str) -> anyhow::Result<String> {
        let service = self.get(&format!("/api/v1/services/{slug}")).await?;
        let plan = service["plans"]
            .as_array()
            .and_then(|plans| plans.first())
            .context("it has no plan")?;
        text(plan, "id")
    }

    /// Pays as the payment page's own button does.
    async fn pay(&self, page: &str) -> anyhow::Result<()> {
        let page: Url = page.parse()?;
        let token = page
            .path_segments()
            .and_then(Iterator::last)
            .context("the page has no token")?
            .to_owned();
        let pay = page.join(&format!("/standin/pay/{token}"))?;
        let paid = self
            .client
            .post(pay)
            .json(&json!({ "payment_type": "qris" }))
            .send()
            .await?;
        ensure!(
            paid.status().is_success(),
            "paying answered {}",
            paid.status()
        );
        Ok(())
    }

    async fn letter(&mut self, mailbox: &str, to: &str, which: &str) -> anyhow::Result<()> {
        let expected = match which {
            "welcome letter" => 1,
            "payment letter" => 2,
            "order letter" => 3,
            _ => 4,
        };
        let url: Url = Url::parse_with_params(&format!("{mailbox}/api/messages"), [("to", to)])?;
        let deadline = Instant::now() + self.patience;
        loop {
            let messages: Value = self.client.get(url.clone()).send().await?.json().await?;
            if messages
                .as_array()
                .is_some_and(|messages| messages.len() >= expected)
            {
                self.done(&format!("{which} arrived"));
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "the {which} did not arrive; {expected} letters were expected"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    value[name]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{name} is missing in {value}"))
}
