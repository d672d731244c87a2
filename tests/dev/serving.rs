//! `purser serve` starts on what is real and complete, or says what is missing.

use crate::support::{Place, app, becomes, program};
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, process::Stdio};

/// Where nobody listens.
const NOWHERE: &str = "127.0.0.1:1";
/// The way to a cluster that is away.
const AWAY: &str = "{apiVersion: v1, kind: Config, current-context: away,
    contexts: [{name: away, context: {cluster: away, user: nobody}}],
    clusters: [{name: away, cluster: {server: 'http://127.0.0.1:1'}}], users: [{name: nobody, user: {}}]}";

#[tokio::test(flavor = "multi_thread")]
async fn every_missing_setting_is_named_at_once() {
    let serve = program(&["serve"])
        .env("SMTP_PORT", "mail")
        .output()
        .await
        .unwrap();
    assert!(!serve.status.success());
    let text = String::from_utf8_lossy(&serve.stderr).into_owned();
    for name in [
        "DATABASE_URL",
        "K8S_CLUSTER_DOMAIN",
        "MAIL_FROM",
        "MASTER_KEY",
        "MIDTRANS_CORE_URL",
        "MIDTRANS_MERCHANT_ID",
        "MIDTRANS_SERVER_KEY",
        "MIDTRANS_SNAP_URL",
        "NATS_URL",
        "PUBLIC_URL",
        "SMTP_HOST",
    ] {
        assert!(
            text.contains(&format!("{name} is missing")),
            "{name}: {text}"
        );
    }
    assert!(text.contains("SMTP_PORT cannot be read"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn production_does_not_start_on_standins() {
    let app = app().await;
    let place = Place::new().await;
    let kubeconfig = place.folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, app.kubernetes.kubeconfig()).unwrap();
    let smtp = app.mailbox.smtp_addr();
    let mut serve = place.program(&["serve"]);
    serve.envs([
        ("PUBLIC_URL", "https://purser.example"),
        ("MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("K8S_CLUSTER_DOMAIN", "apps.example"),
        ("MAIL_FROM", "Purser <no-reply@purser.example>"),
        ("MIDTRANS_SERVER_KEY", crate::support::SERVER_KEY),
        ("MIDTRANS_MERCHANT_ID", "G000000001"),
        ("SMTP_TLS", "none"),
    ]);
    serve
        .env("LISTEN", "127.0.0.1:0")
        .env("KUBECONFIG_PATH", &kubeconfig);
    serve
        .env("SMTP_HOST", smtp.ip().to_string())
        .env("SMTP_PORT", smtp.port().to_string());
    serve.env("MIDTRANS_SNAP_URL", app.midtrans.snap_url());
    serve.env("MIDTRANS_CORE_URL", app.midtrans.core_url());
    let serve = serve.output().await.unwrap();
    let text = String::from_utf8_lossy(&serve.stderr).into_owned();
    assert!(!serve.status.success(), "{text}");
    for name in [
        "SMTP_HOST",
        "MIDTRANS_SNAP_URL",
        "MIDTRANS_CORE_URL",
        "KUBECONFIG_PATH",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_death_of_a_server_of_its_own_is_no_success() {
    let place = Place::embedded();
    let folder = place.folder.path();
    let kubeconfig = folder.join("kubeconfig");
    fs::write(&kubeconfig, AWAY).unwrap();
    let mut serve = place.program(&["serve", "--embedded", "--data-dir"]);
    serve.arg(folder).env("KUBECONFIG_PATH", &kubeconfig);
    serve.envs([
        ("PUBLIC_URL", "https://purser.example"),
        ("MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("K8S_CLUSTER_DOMAIN", "apps.example"),
        ("MAIL_FROM", "Purser <no-reply@purser.example>"),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_PORT", "1"),
        ("MIDTRANS_SERVER_KEY", crate::support::SERVER_KEY),
        ("MIDTRANS_MERCHANT_ID", "G000000001"),
        ("LISTEN", "127.0.0.1:0"),
    ]);
    for name in ["MIDTRANS_SNAP_URL", "MIDTRANS_CORE_URL"] {
        serve.env(name, format!("http://{NOWHERE}"));
    }
    let output = folder.join("output");
    let log = fs::File::create(&output).unwrap();
    let serve = serve.stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    let mut serve = serve.spawn().unwrap();
    let said = || fs::read_to_string(&output).unwrap();
    becomes("it serves", async || {
        assert!(serve.try_wait().unwrap().is_none(), "{}", said());
        said().contains("serving on")
    })
    .await;

    let noted = fs::read_to_string(folder.join("nats.pid")).unwrap();
    let pid = noted.split(' ').next().unwrap().parse().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let ended = serve.wait().await.unwrap();
    assert_eq!(ended.code(), Some(1), "{}", said());
    let words = "error: nats-server ended by itself";
    assert!(said().contains(words), "{}", said());
}
