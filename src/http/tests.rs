//! The surface without a database behind it: shapes of problems, and what the document promises.

mod documented;
mod nothing;
mod panel;
mod shared;

use super::*;
use crate::{
    auth::{Keys, PasswordCost, Passwords, SessionTimes, Tokens, WorkerTokens},
    config::Secret,
    inbox::Inbox,
    payments::{Midtrans, MidtransConfig, PageSettings},
    store::{AppenderOptions, Reader, Turns},
};
use nothing::Nothing;
use poem::{Request, http::StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use uuid::Uuid;

fn app() -> impl Endpoint<Output = Response> {
    api(parts(), Route::new())
}

fn parts() -> Parts {
    crate::choose_crypto();
    let pool = crate::store::pool_to_nowhere();
    let clock = Clock::default();
    let appender = Appender::start(pool.clone(), clock.clone(), AppenderOptions::default());
    let states = Arc::new(States::new(pool.clone(), 10));
    let keys = Keys::new(&[7; 32]);
    let vault = Vault::new(pool.clone(), keys.clone());
    let gateway = Arc::new(
        Midtrans::new(MidtransConfig {
            snap_url: "http://127.0.0.1:1".into(),
            core_url: "http://127.0.0.1:1".into(),
            server_keys: vec![Secret::new("key")],
            merchant_id: "G1".into(),
            timeout_ms: 100,
        })
        .unwrap(),
    );
    let cost = PasswordCost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    Parts {
        accounts: Accounts::new(
            appender.clone(),
            states.clone(),
            vault.clone(),
            Passwords::new(cost).unwrap(),
            Tokens::new(&keys, Uuid::nil()),
            clock.clone(),
            SessionTimes::default(),
        ),
        top_ups: TopUps::new(
            appender.clone(),
            states.clone(),
            vault.clone(),
            gateway.clone(),
            clock.clone(),
            PageSettings {
                open_minutes: 60,
                finish_url: "https://panel.example.id".into(),
            },
            Turns::new(pool.clone()),
        ),
        notifications: Notifications::new(
            appender.clone(),
            states.clone(),
            vault.clone(),
            gateway,
            Inbox::new(pool.clone(), clock.clone()),
            Reader::new(pool.clone()),
        ),
        views: Views::new(pool.clone(), 10),
        pods: Arc::new(Nothing),
        hosts: Hosts::new(
            appender.clone(),
            states.clone(),
            WorkerTokens::new(vault.keys()),
            pool.clone(),
            clock.clone(),
        ),
        log_streams: Arc::new(LogStreams::new(1)),
        orphans: Arc::new(Nothing),
        sweeps: Arc::new(Nothing),
        archive: Archive::new(states.clone(), vault.clone()),
        mails: Arc::new(Nothing),
        books: Arc::new(Books::new(Reader::new(pool))),
        policy: purser_domain::decisions::Policy::default(),
        two_persons: Default::default(),
        reserved_subdomains: Default::default(),
        templates: vec![],
        offered: Default::default(),
        app_hosts: AppHosts::new("apps.example.id", "api.example.id"),
        cors: Cors::new(
            &"https://panel.example.id".parse().unwrap(),
            &"https://api.example.id".parse().unwrap(),
        ),
        readiness: Arc::new(Nothing),
        measures: Arc::new(Nothing),
        metrics: Arc::default(),
        metrics_apart: false,
        trusted_proxies: 0,
        appender,
        states,
        vault,
        clock,
    }
}

fn request(method: &str, path: &str) -> poem::RequestBuilder {
    Request::builder()
        .method(method.parse().unwrap())
        .uri(path.parse().unwrap())
}

async fn text(app: &impl Endpoint<Output = Response>, path: &str) -> String {
    let response = app.call(request("GET", path).finish()).await.unwrap();
    response.into_body().into_string().await.unwrap()
}

/// The problem that a request comes to, after a look at what every problem has in common.
async fn problem(app: &impl Endpoint<Output = Response>, request: Request) -> (u16, String) {
    let response = app.call(request).await.unwrap();
    let status = response.status();
    let header = |name: &str| response.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("content-type"), "application/problem+json");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        status == StatusCode::UNAUTHORIZED,
        header("www-authenticate") == "Bearer"
    );
    assert_eq!(
        status == StatusCode::METHOD_NOT_ALLOWED,
        !header("allow").is_empty()
    );
    let request_id = header("x-request-id");
    let body: Value =
        serde_json::from_str(&response.into_body().into_string().await.unwrap()).unwrap();
    assert_eq!(body["status"], status.as_u16());
    assert_eq!(body["request_id"], request_id);
    (status.as_u16(), body["code"].as_str().unwrap().to_owned())
}

/// A notification signed with the key of this API.
fn genuine() -> String {
    let order = format!("topup-{}", Uuid::nil());
    let signature = hex::encode(Sha512::digest(format!("{order}20010000.00key")));
    json!({ "order_id": order, "status_code": "200", "gross_amount": "10000.00", "signature_key": signature })
        .to_string()
}

#[tokio::test]
async fn every_failure_has_the_one_shape() {
    let app = app();
    let post = |path: &str, body: &str| {
        request("POST", path)
            .content_type("application/json")
            .body(body.to_owned())
    };
    let login = "/api/v1/auth/login";
    let cases = [
        (request("GET", "/nothing").finish(), 404, "route.not_found"),
        (
            request("GET", "/api/v1/nothing").finish(),
            404,
            "route.not_found",
        ),
        (
            request("PATCH", "/api/v1/services").finish(),
            405,
            "method.not_allowed",
        ),
        (
            request("POST", "/healthz").finish(),
            405,
            "method.not_allowed",
        ),
        (
            request("GET", "/api/v1/auth/me").finish(),
            401,
            "token.missing",
        ),
        (
            request("GET", "/api/v1/auth/me")
                .header("authorization", "Bearer x.y.z")
                .finish(),
            401,
            "token.invalid",
        ),
        (
            request("POST", login).content_type("text/plain").body("x"),
            415,
            "content_type.unsupported",
        ),
        (post(login, "{"), 400, "request.invalid"),
        (post(login, r#"{"email":7}"#), 400, "request.invalid"),
        (
            post(login, r#"{"email":"a@b.cd","password":7}"#),
            400,
            "request.invalid",
        ),
        (
            request("GET", "/api/v1/services/%ff").finish(),
            400,
            "request.invalid",
        ),
        (
            request("POST", login)
                .content_type("application/json")
                .header("content-length", "99999999")
                .body("{}"),
            413,
            "body.too_large",
        ),
        (
            post(login, &" ".repeat(64 * 1024 + 1)),
            413,
            "body.too_large",
        ),
        (
            request("GET", "/api/v1/services?limit=x").finish(),
            400,
            "request.invalid",
        ),
        (
            request("GET", "/api/v1/services?limit=101").finish(),
            400,
            "request.invalid",
        ),
        (
            request("GET", "/api/v1/services?min_position=9007199254740992").finish(),
            400,
            "request.invalid",
        ),
        (
            post(
                login,
                r#"{"email":"a@b.cd","password":"x","password":"correct horse"}"#,
            ),
            400,
            "request.invalid",
        ),
        (
            request("POST", login)
                .content_type("application/json")
                .header("content-encoding", "gzip")
                .body("{}"),
            415,
            "content_encoding.unsupported",
        ),
        (
            request("POST", login)
                .content_type("application/json")
                .header("if-match", "\"v1\"")
                .body("{}"),
            400,
            "precondition.unsupported",
        ),
        (
            request("GET", "/api/v1/services").finish(),
            503,
            "store.unavailable",
        ),
        (
            request("GET", "/api/v1/services").body(" ".repeat(64 * 1024 + 1)),
            503,
            "store.unavailable",
        ),
        // Nothing is made of what could not be kept. The gateway repeats it for hours.
        (
            post("/api/v1/payments/midtrans/notifications", "{}"),
            503,
            "store.unavailable",
        ),
        (
            post("/api/v1/payments/midtrans/notifications", &genuine()),
            503,
            "store.unavailable",
        ),
        (request("GET", "/readyz").finish(), 503, "not_ready"),
    ];
    for (request, status, code) in cases {
        let asked = format!("{} {}", request.method(), request.uri());
        let found = problem(&app, request).await;
        assert_eq!(found, (status, code.to_owned()), "{asked}");
    }
}

#[tokio::test]
async fn the_document_keeps_the_rules_of_the_api() {
    let document: Value = serde_json::from_str(&text(&app(), "/openapi.json").await).unwrap();
    let mut names = std::collections::HashSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let asked = format!("{method} {path}");
            let name = operation["operationId"].as_str().unwrap();
            assert!(
                name.contains('_') && names.insert(name.to_owned()),
                "{asked}"
            );
            assert!(operation["summary"].is_string(), "{asked}");
            assert!(operation["tags"].is_array(), "{asked}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                let fails = status.as_str() >= "400";
                let problem = response["content"].get("application/problem+json");
                assert_eq!(fails, problem.is_some(), "{asked} {status}");
                let content = response["content"].as_object().into_iter().flatten();
                for (kind, _) in content {
                    assert!(!kind.contains(';'), "{asked} {status}: {kind}");
                }
            }
            let parameters = operation["parameters"].as_array();
            let has = |name: &str| {
                parameters.is_some_and(|all| all.iter().any(|known| known["name"] == name))
            };
            for segment in path.split('/') {
                let name = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
                assert!(name.is_none_or(has), "{asked}");
            }
            // What proves itself and can be repeated as it is.
            let own = [
                "/payments/midtrans/notifications",
                "/workers/{id}/heartbeat",
            ];
            let changes = method != "get" && !own.contains(&path.as_str());
            assert_eq!(changes, has("Idempotency-Key"), "{asked}");
            assert!(operation["security"].is_array(), "{asked}");
        }
    }
}

#[tokio::test]
async fn every_format_is_one_of_the_registry() {
    let document = text(&app(), "/openapi.json").await;
    let found = document.split("\"format\":\"").skip(1);
    let found: std::collections::BTreeSet<_> =
        found.filter_map(|rest| rest.split('"').next()).collect();
    let registered = [
        "binary",
        "date",
        "date-time",
        "email",
        "int32",
        "int64",
        "password",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "uuid",
    ];
    let unknown: Vec<_> = found
        .iter()
        .filter(|format| !registered.contains(format))
        .collect();
    assert!(found.len() > 4 && unknown.is_empty(), "{unknown:?}");
}

#[tokio::test]
async fn prometheus_reads_requests_and_the_lag_of_readers() {
    let app = app();
    text(&app, "/healthz").await;
    let metrics = text(&app, "/metrics").await;
    for line in [
        r#"purser_http_requests_total{method="GET",operation="/healthz",status="200"} 1"#,
        "purser_relay_lag_events 2",
        r#"purser_reader_lag_events{reader="users_v1"} 1"#,
        r#"purser_effects{status="waiting"} 2"#,
        "purser_effects_allowed 1",
        "purser_effects_overdue 3",
        "purser_effects_failing 4",
        "purser_oldest_due_effect_seconds 601",
        "purser_parked_streams 1",
        r#"purser_workers{status="online"} 3"#,
        r#"purser_pool_headroom_cpu_millicores{pool="default"} 1500"#,
        r#"purser_pool_headroom_memory_mib{pool="default"} 2048"#,
        r#"purser_pool_headroom_pods{pool="default"} 7"#,
        "purser_reconciliation_age_seconds 3600",
        "purser_unspent_paid_credit 90000",
        "purser_cases_unowned 2",
        "purser_usage_available 1",
        "purser_usage_pods 5",
        "purser_usage_failed_rounds 0",
        r#"purser_usage_warnings{resource="cpu",mark="80"} 2"#,
        r#"purser_cluster_support{part="network_policies"} 0"#,
        "purser_cluster_reachable 1",
        r#"purser_cluster_errors{code="cluster.timed_out"} 4"#,
        "# EOF",
    ] {
        assert!(metrics.lines().any(|known| known == line), "{line}");
    }
}
