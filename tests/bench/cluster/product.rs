//! The part of Purser itself: the whole application and nothing else in one process.

use super::role;
use anyhow::Context as _;
use poem::{
    EndpointExt as _, Route, handler, post,
    web::{Data, Json},
};
use purser::{
    app::App,
    auth::NewAccount,
    clock::Clock,
    config::{Environment, Settings},
    store::Asking,
    telemetry,
};
use purser_domain::{
    Actor,
    user::{Locale, Role},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use tokio::net::TcpListener;
use uuid::Uuid;

pub(crate) const STAFF: &str = "staff@purser.test";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Runs until told to end. `given` has the names and values of settings.
pub(crate) async fn play(given: Value) -> anyhow::Result<()> {
    // As `purser serve` logs: that is a part of what it costs.
    telemetry::to_stderr("info,sqlx=warn,async_nats=warn", true);
    let settings: BTreeMap<String, String> = serde_json::from_value(given)?;
    let settings = Settings::read(Environment::new("", settings))?;
    let listener = TcpListener::bind(settings.listen).await?;
    let clock = Clock::default();
    let clocks = Route::new().at("/bench/clock", post(advance).data(clock.clone()));
    let app = App::start(settings, clock, listener, Some(clocks)).await?;
    let (id, account) = (Uuid::now_v7(), staff()?);
    let asking = Asking {
        key: None,
        body_hash: [0; 32],
        request_id: id,
        correlation_id: id,
    };
    let context = asking.by(Actor::System("bench"), "add-person");
    app.accounts.add(&context, account).await?;
    role::say(&json!({}));
    role::until_told().await;
    app.stop().await;
    Ok(())
}

fn staff() -> anyhow::Result<NewAccount> {
    Ok(NewAccount {
        name: "Ani Admin".parse()?,
        email: STAFF.parse()?,
        phone: None,
        password: PASSWORD.into(),
        roles: vec![Role::Admin],
        locale: Locale::En,
    })
}

/// Moves business time on by so many `seconds`.
#[handler]
fn advance(clock: Data<&Clock>, by: Json<Value>) -> Json<Value> {
    let seconds = by.0["seconds"].as_u64().unwrap_or(0);
    clock.advance(Duration::from_secs(seconds));
    Json(json!({}))
}

/// The settings of an installation on these servers and with this outside.
pub(crate) fn settings(
    listen: SocketAddr,
    database_url: &str,
    nats_url: &str,
    kubeconfig: &str,
    outside: &super::role::Role,
    workers: usize,
) -> anyhow::Result<Value> {
    let api = format!("http://{listen}");
    Ok(json!({
        "LISTEN": listen.to_string(),
        "PUBLIC_URL": api,
        "DATABASE_URL": database_url,
        "NATS_URL": nats_url,
        "MASTER_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "KUBECONFIG_PATH": kubeconfig,
        "K8S_CLUSTER_DOMAIN": "apps.purser.test",
        // The administrator is held back by nothing.
        "CLUSTER_BOUNDARY": "warn",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": outside.text("smtp_port")?,
        "SMTP_TLS": "none",
        // Everybody comes from one place here.
        "SIGN_IN_ATTEMPTS": "0",
        "SIGN_UPS_AN_HOUR": "0",
        "MAIL_FROM": "Purser <no-reply@purser.test>",
        "MIDTRANS_SERVER_KEY": super::outside::SERVER_KEY,
        "MIDTRANS_MERCHANT_ID": super::outside::MERCHANT,
        "MIDTRANS_SNAP_URL": outside.text("snap").context("snap")?,
        "MIDTRANS_CORE_URL": outside.text("core")?,
        "WORKERS": workers.to_string(),
    }))
}
