use super::{
    answer::Answer,
    balance::{self, Balance},
    error::{GatewayError, MidtransConfigError},
    notification::Notification,
    page::{self, Customer, Page},
    report::StatusReport,
    verdict::Expected,
};
use crate::config::Secret;
use chrono::{DateTime, Utc};
use purser_domain::Rupiah;
use reqwest::{
    Client, RequestBuilder, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// Where the gateway is and who we are there.
#[derive(Clone, Debug)]
pub struct MidtransConfig {
    /// `https://app.sandbox.midtrans.com/snap/v1`, or `https://app.midtrans.com/snap/v1` for real money.
    pub snap_url: String,
    /// `https://api.sandbox.midtrans.com`, or `https://api.midtrans.com` for real money.
    pub core_url: String,
    /// The first one signs our calls; notifications are accepted under any of them, so that a key can be
    /// changed without losing one.
    pub server_keys: Vec<Secret>,
    pub merchant_id: String,
    /// For one whole call.
    pub timeout_ms: u64,
}

/// Midtrans behind its Snap and Core APIs.
pub struct Midtrans {
    client: Client,
    config: MidtransConfig,
    key: Secret,
}

/// What became of the wish to close a payment page early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageCancellation {
    /// Closed, now or before.
    Cancelled,
    /// The customer has chosen a method: cancel or expire the order's transaction instead.
    InPayment,
    /// There is no such page.
    Unknown,
}

#[derive(Deserialize)]
struct Opened {
    token: String,
    redirect_url: String,
}

impl Midtrans {
    /// Needs a rustls crypto provider installed in the process.
    pub fn new(mut config: MidtransConfig) -> Result<Self, MidtransConfigError> {
        for (name, url) in [
            ("snap_url", &mut config.snap_url),
            ("core_url", &mut config.core_url),
        ] {
            let known = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !known {
                return Err(MidtransConfigError::NotAnAddress(name));
            }
            url.truncate(url.trim_end_matches('/').len());
        }
        let key = config
            .server_keys
            .first()
            .cloned()
            .ok_or(MidtransConfigError::NoServerKey)?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(MidtransConfigError::NoCryptoProvider);
        }
        let json = HeaderValue::from_static("application/json");
        // Of every call, those without a body among them.
        let headers = HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json)]);
        let client = Client::builder()
            .default_headers(headers)
            .timeout(Duration::from_millis(config.timeout_ms))
            // The key goes to the configured host and nowhere else.
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(MidtransConfigError::Client)?;
        Ok(Self {
            client,
            config,
            key,
        })
    }

    /// Opens the page on which the customer pays. Asked again for the same order it gives a new page, and
    /// the one before is dead.
    pub async fn create_page(
        &self,
        order_id: &str,
        amount: Rupiah,
        customer: &Customer,
        expires_in_minutes: u32,
        finish_url: &str,
    ) -> Result<Page, GatewayError> {
        let body = page::request(order_id, amount, customer, expires_in_minutes, finish_url);
        let url = format!("{}/transactions", self.config.snap_url);
        let answer = self.call(self.client.post(url).json(&body)).await?;
        if answer.code >= 300 {
            let used = ["has been paid", "has already been taken", "sudah digunakan"];
            let in_use = answer.code == 406 || used.iter().any(|words| answer.says(words));
            return Err(if in_use {
                GatewayError::OrderInUse
            } else {
                answer.refused()
            });
        }
        let opened: Opened = serde_json::from_slice(&answer.body)
            .map_err(|_| answer.malformed("it names no page"))?;
        Ok(Page {
            token: opened.token,
            redirect_url: opened.redirect_url,
        })
    }

    /// How a payment stands. `None` until the customer has chosen a method: that is no failure.
    pub async fn status(
        &self,
        order_or_transaction_id: &str,
    ) -> Result<Option<StatusReport>, GatewayError> {
        let url = self.core(order_or_transaction_id, "status")?;
        let answer = self.call(self.client.get(url)).await?;
        match answer.code {
            404 => Ok(None),
            // An expired transaction is found like any other.
            407 | ..300 => report(&answer).map(Some),
            _ => Err(answer.refused()),
        }
    }

    /// How every payment of an order stands that can be found: the order shows its latest, the others have to be asked
    /// about by name; some channels are known by that alone.
    pub async fn reports(
        &self,
        order_id: &str,
        transactions: impl Iterator<Item = &str>,
    ) -> Result<Vec<StatusReport>, GatewayError> {
        let mut reports: Vec<StatusReport> = self.status(order_id).await?.into_iter().collect();
        for transaction in transactions {
            let known = |report: &StatusReport| report.transaction_id == transaction;
            if reports.iter().any(known) {
                continue;
            }
            // Nobody signed the name: it may be another order's, or nobody's, and must not stand in the way.
            let found = match self.status(transaction).await {
                Err(GatewayError::Refused { .. } | GatewayError::ImpossibleId) => None,
                found => found?,
            };
            reports.extend(found.filter(|report| report.order_id == order_id));
        }
        Ok(reports)
    }

    /// The payments that were tried of an order, as far as the gateway lists any: it does not list what it knows nothing of,
    /// and not for every merchant. Then nobody can tell but by their names, as [`Midtrans::reports`].
    ///
    /// # Errors
    /// A list that cannot be read, or the gateway's trouble with the call.
    pub async fn attempts(&self, order_id: &str) -> Result<Vec<StatusReport>, GatewayError> {
        let url = self.core(order_id, "status/b2b")?;
        let answer = match self.call(self.client.get(url)).await {
            // Whoever has no such address has no words of the gateway for it.
            Err(
                error @ GatewayError::Malformed {
                    status: 400..500, ..
                },
            ) => return Ok(unlisted(&error)),
            answer => answer?,
        };
        match answer.code {
            407 | ..300 if answer.lists => StatusReport::parse_all(&answer.body)
                .ok_or_else(|| answer.malformed("it is no list of payments")),
            404 => Ok(vec![]),
            300..400 => Err(answer.refused()),
            _ => Ok(unlisted(&answer.refused())),
        }
    }

    /// What the gateway holds for us of what customers paid, at `from` and just before `until`, in whole seconds. Not every
    /// merchant is told: then it is refused, or there is no such address.
    ///
    /// # Errors
    /// An answer that cannot be read, or is about another time, and the gateway's trouble with the call.
    pub async fn balance(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Balance, GatewayError> {
        let (start, end) = balance::ends(from, until);
        let url = format!(
            "{}/v1/balance/mutation?currency=IDR&start_time={}&end_time={}",
            self.config.core_url,
            balance::in_address(start),
            balance::in_address(end),
        );
        let answer = self.call(self.client.get(url)).await?;
        if answer.code >= 300 {
            return Err(answer.refused());
        }
        Balance::parse(&answer.body, start, end).map_err(|what| answer.malformed(what))
    }

    /// Closes a payment page before its time.
    pub async fn cancel_page(&self, token: &str) -> Result<PageCancellation, GatewayError> {
        let token = checked(token)?;
        let url = format!("{}/transactions/{token}/cancel", self.config.snap_url);
        let answer = self.call(self.client.post(url)).await?;
        if answer.says("already cancel") {
            Ok(PageCancellation::Cancelled)
        } else if answer.says("on progress") {
            Ok(PageCancellation::InPayment)
        } else if answer.code == 404 || answer.says("not found") {
            Ok(PageCancellation::Unknown)
        } else if answer.code < 300 && answer.messages.is_empty() {
            Ok(PageCancellation::Cancelled)
        } else {
            Err(answer.refused())
        }
    }

    /// Cancels a payment that is not settled yet.
    pub async fn cancel(
        &self,
        order_or_transaction_id: &str,
    ) -> Result<StatusReport, GatewayError> {
        self.end(order_or_transaction_id, "cancel").await
    }

    /// Ends a payment that is still pending.
    pub async fn expire(
        &self,
        order_or_transaction_id: &str,
    ) -> Result<StatusReport, GatewayError> {
        self.end(order_or_transaction_id, "expire").await
    }

    /// Asks for money to be sent back. The same key asks for the same refund, for seven days. `Ok` means
    /// it was accepted; it happened once [`Midtrans::status`] shows the bank's confirmation.
    pub async fn refund(
        &self,
        order_or_transaction_id: &str,
        key: &str,
        amount: Rupiah,
        reason: &str,
    ) -> Result<(), GatewayError> {
        let reason: String = reason.chars().take(255).collect();
        let body = json!({ "refund_key": key, "amount": amount.get(), "reason": reason });
        let url = self.core(order_or_transaction_id, "refund")?;
        let answer = self.call(self.client.post(url).json(&body)).await?;
        // 202 is a refund that the bank denied.
        if matches!(answer.code, 200 | 201) {
            Ok(())
        } else {
            Err(answer.refused())
        }
    }

    /// Whether Midtrans wrote the notification. It proves order, code and amount and nothing else.
    pub fn verify_signature(&self, notification: &Notification) -> bool {
        notification.is_signed_by(&self.config.server_keys)
    }

    /// What its word of an order of ours has to say.
    pub fn expected(&self, order_id: &str, amount: Rupiah) -> Expected {
        Expected {
            order_id: order_id.to_owned(),
            amount,
            merchant_id: self.config.merchant_id.clone(),
        }
    }

    async fn end(&self, id: &str, verb: &str) -> Result<StatusReport, GatewayError> {
        let url = self.core(id, verb)?;
        let answer = self.call(self.client.post(url)).await?;
        match answer.code {
            200 | 407 => report(&answer),
            _ => Err(answer.refused()),
        }
    }

    fn core(&self, id: &str, verb: &str) -> Result<String, GatewayError> {
        Ok(format!(
            "{}/v2/{}/{verb}",
            self.config.core_url,
            checked(id)?
        ))
    }

    async fn call(&self, request: RequestBuilder) -> Result<Answer, GatewayError> {
        // The address may hold a page's token, which opens it: it stays out of the error.
        let unreachable = |error: reqwest::Error| GatewayError::Unreachable(error.without_url());
        let response = request
            .basic_auth(self.key.expose(), Some(""))
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(unreachable)?;
        Answer::read(status, body.to_vec())
    }
}

/// Ids become part of an address and may come from a body that nobody signed.
pub(super) fn is_id(id: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_~.".contains(c);
    let dots = id.chars().all(|c| c == '.');
    id.len() <= 64 && !dots && id.chars().all(allowed)
}

fn checked(id: &str) -> Result<&str, GatewayError> {
    if is_id(id) {
        Ok(id)
    } else {
        Err(GatewayError::ImpossibleId)
    }
}

fn unlisted(why: &GatewayError) -> Vec<StatusReport> {
    tracing::info!("the payments of an order are not listed: {why}");
    vec![]
}

fn report(answer: &Answer) -> Result<StatusReport, GatewayError> {
    StatusReport::parse(&answer.body).ok_or_else(|| answer.malformed("it names no payment"))
}
