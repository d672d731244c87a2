//! What cannot be meant is refused, all of it at once.

use super::{Environment, Settings};

/// What `purser serve` needs at least.
const NEEDED: &[(&str, &str)] = &[
    ("PUBLIC_URL", "https://purser.example.id"),
    ("DATABASE_URL", "postgres://purser@localhost/purser"),
    ("NATS_URL", "nats://localhost:4222"),
    ("MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ("K8S_CLUSTER_DOMAIN", "apps.example.id"),
    ("SMTP_HOST", "smtp.example.id"),
    ("MAIL_FROM", "Purser <no-reply@example.id>"),
    ("MIDTRANS_SERVER_KEY", "key"),
    ("MIDTRANS_MERCHANT_ID", "G1"),
    ("MIDTRANS_SNAP_URL", "https://app.example.id/snap/v1"),
    ("MIDTRANS_CORE_URL", "https://api.example.id"),
];

/// Every number, and whether none at all can be meant by it.
const NUMBERS: &[(&str, bool)] = &[
    ("APPROVAL_ABOVE", true),
    ("APPROVAL_HOURS", false),
    ("APP_SMTP_PORT", false),
    ("DATABASE_CONNECTIONS", false),
    ("E_METERAI_ABOVE", true),
    ("FLOAT_ALERT", true),
    ("FULL_REFUND_HOURS", true),
    ("GRACE_DAYS", true),
    ("HEALING_ALARM_MS", false),
    ("HEALING_CALM_MS", false),
    ("HEALING_PATIENCE_MS", false),
    ("HEALING_RESTARTS", true),
    ("K8S_TIMEOUT_MS", false),
    ("LOG_STREAMS_PER_CUSTOMER", true),
    ("LOST_DAY_MINUTES", false),
    ("LOW_CREDIT_DAYS", false),
    ("MIDTRANS_TIMEOUT_MS", false),
    ("NATS_REPLICAS", false),
    ("ORPHAN_AFTER_MINUTES", false),
    ("PAPER_KEPT_YEARS", false),
    ("PRICE_NOTICE_DAYS", true),
    ("QUERY_PATIENCE_MS", true),
    ("READINESS_DEADLINE_MS", false),
    ("REMOVAL_ALARM_MINUTES", false),
    ("SECOND_FACTOR_HOURS", false),
    ("SIGN_IN_ATTEMPTS", true),
    ("SIGN_UPS_AN_HOUR", true),
    ("SMTP_PORT", false),
    ("SMTP_TIMEOUT_MS", false),
    ("SUBDOMAIN_QUARANTINE_DAYS", true),
    ("SUSPENDED_DAYS", false),
    ("SWEEP_REPAIRS", false),
    ("SWEEP_SECONDS", false),
    ("TOPUP_MINUTES", false),
    ("TOPUP_WAIT_MINUTES", true),
    ("TRUSTED_PROXIES", true),
    ("USAGE_DAYS_KEPT_DAYS", false),
    ("USAGE_HOURS_KEPT_DAYS", false),
    ("USAGE_INTERVAL_SECONDS", false),
    ("USAGE_SAMPLES_KEPT_HOURS", false),
    ("USAGE_WARN_MINUTES", false),
    ("WELCOME_BONUS", true),
    ("WELCOME_BONUS_DAYS", false),
    ("WORKERS", false),
    ("WORKER_DEGRADED_AFTER_MS", false),
    ("WORKER_DRAIN_MS", false),
    ("WORKER_OFFLINE_AFTER_MS", false),
];

/// What is said of the settings with these in place of the needed ones; nothing where they can be used.
fn said(others: &[(&str, &str)]) -> Option<String> {
    let values = NEEDED.iter().chain(others);
    let values = values.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let read = Settings::read(Environment::new("", values));
    read.err().map(|problems| problems.to_string())
}

/// How many problems there are, if this one is among them.
fn problems(said: Option<String>, name: &str) -> usize {
    let said = said.unwrap_or_default();
    match said.contains(&format!("\n  - {name} ")) {
        true => said.matches("\n  - ").count(),
        false => 0,
    }
}

#[test]
fn what_is_needed_is_enough() {
    assert_eq!(said(&[]), None);
}

#[test]
fn a_number_that_cannot_be_meant_is_refused() {
    for (name, none) in NUMBERS {
        assert_eq!(problems(said(&[(name, "0")]), name) == 0, *none, "{name}");
        let most = [u32::MAX.into(), i64::MAX.unsigned_abs(), u64::MAX];
        let most = most.map(|most| most.to_string());
        for value in most.iter().map(String::as_str).chain(["-1", "many"]) {
            // As many rupiah as four bytes hold are an amount like others.
            let amounts = ["APPROVAL_ABOVE", "E_METERAI_ABOVE", "FLOAT_ALERT"];
            if amounts.contains(name) && value == most[0] {
                assert_eq!(said(&[(name, value)]), None, "{name}");
                continue;
            }
            assert!(problems(said(&[(name, value)]), name) > 0, "{name} {value}");
        }
    }
}

#[test]
fn an_attempt_lasts_longer_than_the_call_to_the_mail_server() {
    let attempt_ms = |timeout: &[(&str, &str)]| {
        let values = NEEDED.iter().chain(timeout);
        let values = values.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::read(Environment::new("", values)).unwrap();
        assert!(settings.workers.attempt_ms > settings.mail.timeout_ms);
        settings.workers.attempt_ms
    };
    let usual = attempt_ms(&[]);
    assert_eq!(attempt_ms(&[("SMTP_TIMEOUT_MS", "1000")]), usual);
    assert!(attempt_ms(&[("SMTP_TIMEOUT_MS", "90000")]) > usual);
}

#[test]
fn a_line_break_at_the_end_of_a_setting_is_no_part_of_it() {
    assert_eq!(said(&[("ALERT_EMAIL", "ops@example.com\n")]), None);
    assert_eq!(said(&[("SMTP_TIMEOUT_MS", " 1000\n")]), None);
}

#[test]
fn paper_is_kept_for_as_long_as_the_law_asks() {
    assert!(problems(said(&[("PAPER_KEPT_YEARS", "9")]), "PAPER_KEPT_YEARS") > 0);
    assert_eq!(said(&[("PAPER_KEPT_YEARS", "30")]), None);
}

#[test]
fn addresses_are_read_with_everything_else() {
    let wrong = [
        ("PUBLIC_URL", "purser.example.id"),
        ("PANEL_URL", "panel.example.id"),
        ("DATABASE_URL", "nonsense of s3cret"),
        ("NATS_URL", "http://user:s3cret@localhost"),
        ("MAIL_FROM", "nobody"),
        ("WORKERS", "0"),
    ];
    let said = said(&wrong);
    for (name, _) in wrong {
        assert_eq!(problems(said.clone(), name), wrong.len(), "{name} {said:?}");
    }
    assert!(!said.unwrap().contains("s3cret"));
}

#[test]
fn the_installations_own_places_among_the_apps_are_nobodys() {
    let values = NEEDED.iter().copied().chain([
        ("PUBLIC_URL", "https://Api.Apps.example.id:8443/"),
        ("PANEL_URL", "https://my.panel.apps.example.id/app"),
        ("K8S_CLUSTER_DOMAIN", "Apps.Example.id"),
        ("RESERVED_SUBDOMAINS", "status, Shop"),
    ]);
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::read(Environment::new("", values)).unwrap();
    let reserved: Vec<&str> = settings
        .reserved_subdomains
        .iter()
        .map(String::as_str)
        .collect();
    assert_eq!(reserved, ["api", "panel", "shop", "status"]);
    assert_eq!(
        settings.public_url.as_str(),
        "https://api.apps.example.id:8443"
    );
    assert_eq!(
        settings.house.panel_url.as_str(),
        "https://my.panel.apps.example.id/app"
    );
}
