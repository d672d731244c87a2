//! `purser serve` starts on what is real and complete, or says what is missing.

use crate::support::{Place, app, program};

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
