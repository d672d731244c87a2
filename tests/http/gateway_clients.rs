//! The stand-in of the gateway as Midtrans' own client library finds it.

use crate::support::{SERVER_KEY, tools};
use chrono::Utc;
use purser::standins::midtrans::{MidtransStandin, Options};
use serde_json::{Value, json};
use std::{fs, path::PathBuf, sync::Arc};
use tokio::process::Command;
use uuid::Uuid;

/// The library for Python and its version.
const LIBRARY: (&str, &str) = ("midtransclient", "1.4.2");
const CLIENT_KEY: &str = "SB-Mid-client-test";

/// Where the library is, installed with pip beside the servers where it is not there yet.
async fn library() -> PathBuf {
    let (name, version) = LIBRARY;
    let folder = tools().folder().join(format!("{name}-{version}"));
    if folder.exists() {
        return folder;
    }
    let draft = format!(".{name}-{}", Uuid::now_v7().simple());
    let draft = tools().folder().join(draft);
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--no-compile", "--target"])
        .arg(&draft)
        .arg(format!("{name}=={version}"))
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_NO_INPUT", "1")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .env("PIP_USER", "0");
    let installed = pip.output().await.expect("the tests need python3");
    let said = String::from_utf8_lossy(&installed.stderr);
    assert!(
        installed.status.success(),
        "the tests need python3 with pip: {said}"
    );
    // Another process may have been quicker, and its folder is as good.
    if fs::rename(&draft, &folder).is_err() {
        fs::remove_dir_all(&draft).unwrap();
    }
    folder
}

/// What the library makes of the answers of this gateway.
async fn asks(gateway: &str) -> Value {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/support/gateway_client.py"
    );
    let mut python = Command::new("python3");
    python
        .arg(script)
        .args([gateway, SERVER_KEY, CLIENT_KEY])
        .env("PYTHONPATH", library().await)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "*");
    let output = python.output().await.expect("the tests need python3");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What an answer says, by these names.
fn says<const N: usize>(answer: &Value, names: [&str; N]) -> [Value; N] {
    names.map(|name| answer[name].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn midtrans_own_client_finds_in_the_standin_what_it_is_built_for() {
    let standin = MidtransStandin::start(Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        server_key: SERVER_KEY.into(),
        client_key: CLIENT_KEY.into(),
        merchant_id: "G000000001".into(),
        notification_url: None,
        retry_scale: 1.0,
        state_file: None,
        now: Arc::new(Utc::now),
    });
    let standin = standin.await.unwrap();
    let told = asks(standin.url()).await;

    let page = told["opened"]["redirect_url"].as_str().unwrap();
    let token = told["opened"]["token"].as_str().unwrap();
    assert_eq!(page, format!("{}/snap/v4/r/{token}", standin.url()));
    let state = ["order_id", "transaction_status", "gross_amount"];
    let settled = [json!("paid"), json!("settlement"), json!("50000.00")];
    for answer in ["paid", "notified", "notified_as_text"] {
        assert_eq!(says(&told[answer], state), settled, "{answer}");
    }
    assert_eq!(told["signed"], true);
    assert_eq!(told["tries"]["transactions"].as_array().unwrap().len(), 1);

    let given_back = ["status_code", "refund_key", "refund_amount"];
    let part = says(&told["refunded"], given_back);
    assert_eq!(part, ["200", "part", "20000.00"]);
    let rest = says(&told["refunded_directly"], given_back);
    assert_eq!(rest, ["200", "rest", "30000.00"]);
    let back = says(&told["back"], ["transaction_status", "refund_amount"]);
    assert_eq!(back, ["refund", "50000.00"]);

    for (order, status, code) in [("cancelled", "cancel", "200"), ("expired", "expire", "407")] {
        let before = &told[format!("{order}_before")];
        assert_eq!(before["transaction_status"], "pending", "{order}");
        let (done, after) = (&told[order], &told[format!("{order}_after")]);
        let names = ["status_code", "transaction_status"];
        assert_eq!(says(done, names), [code, status], "{order}");
        assert_eq!(after["transaction_status"], status, "{order}");
    }
    for (answer, http, code) in [
        ("unknown", 200, "404"),
        ("over", 200, "412"),
        ("too_much", 200, "412"),
        ("wrong_key", 401, "401"),
    ] {
        assert_eq!(
            told[answer],
            json!({ "http": http, "code": code }),
            "{answer}"
        );
    }
    standin.stop().await;
}
