//! Sends the queued notifications, each order's in turn, and notes what came back.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{Client, StatusCode, header, redirect::Policy, tls};
use tokio::task::JoinSet;

use super::{delivery::Attempt, gateway::Gateway};

/// 307 and 308 are followed so many times, with the POST they answered.
const MOST_HOPS: usize = 5;
/// Longest sleep: the machine's clock may be set while a retry waits.
const NAP: Duration = Duration::from_secs(5);

pub(super) fn client() -> anyhow::Result<Client> {
    let client = Client::builder()
        .user_agent("Veritrans")
        .redirect(Policy::none())
        .tls_version_max(tls::Version::TLS_1_2)
        .no_proxy()
        .build()?;
    Ok(client)
}

pub(super) async fn run(gateway: Arc<Gateway>, client: Client) {
    let mut under_way = JoinSet::new();
    loop {
        let configured = gateway.notification_url();
        let (due, next) = {
            let mut book = gateway.book();
            (
                book.take_due(Utc::now(), configured.as_deref()),
                book.next_due(configured.is_some()),
            )
        };
        for (id, url, body) in due {
            under_way.spawn(send(client.clone(), id, url, body, gateway.answer_limit()));
        }
        let nap = next.map_or(NAP, |due_at| until(due_at).min(NAP));
        tokio::select! {
            () = gateway.queued.notified() => {}
            () = tokio::time::sleep(nap) => {}
            Some(Ok((id, attempt))) = under_way.join_next() => gateway.note_attempt(id, attempt),
        }
    }
}

fn until(due_at: DateTime<Utc>) -> Duration {
    (due_at - Utc::now()).to_std().unwrap_or_default()
}

async fn send(
    client: Client,
    id: u64,
    url: String,
    body: String,
    limit: Duration,
) -> (u64, Attempt) {
    let at = Utc::now();
    let answer = match tokio::time::timeout(limit, post(&client, &url, &body)).await {
        Ok(Ok(status)) => Ok(status.as_u16()),
        Ok(Err(error)) => Err(format!("{:#}", anyhow::Error::new(error))),
        Err(_) => Err(format!("no answer within {} ms", limit.as_millis())),
    };
    (id, Attempt { at, url, answer })
}

async fn post(client: &Client, url: &str, body: &str) -> reqwest::Result<StatusCode> {
    let mut url = url.to_owned();
    let mut hops = 0;
    loop {
        let request = client
            .post(&url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json");
        let response = request.body(body.to_owned()).send().await?;
        let status = response.status();
        let moved = matches!(
            status,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        ) && hops < MOST_HOPS;
        let target = response
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        let next = target
            .filter(|_| moved)
            .and_then(|target| response.url().join(target).ok());
        // The sender reads the answer to its end before it calls the notification delivered.
        let next = next.map(|url| url.to_string());
        response.bytes().await?;
        match next {
            Some(next) => url = next,
            None => return Ok(status),
        }
        hops += 1;
    }
}
