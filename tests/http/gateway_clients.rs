//! The stand-in of the gateway as Midtrans' own client libraries find it.

use crate::support::{SERVER_KEY, tools};
use chrono::Utc;
use purser::standins::midtrans::{MidtransStandin, Options};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::process::Command;
use uuid::Uuid;

const CLIENT_KEY: &str = "SB-Mid-client-test";

/// A client library of Midtrans', and the program that runs it.
struct Library {
    name: &'static str,
    version: &'static str,
    /// What the tests need to have it.
    needs: &'static str,
    /// Runs its package manager, which puts this version into a folder.
    install: fn(&Path, &Self) -> Command,
    program: &'static str,
    /// Under `tests/support`.
    script: &'static str,
    /// The variable by which the program finds the library, and where that is in its folder.
    path: (&'static str, &'static str),
}

const PYTHON: Library = Library {
    name: "midtransclient",
    version: "1.4.2",
    needs: "python3 with pip",
    install: |folder, library| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--no-compile", "--target"])
            .arg(folder)
            .arg(format!("{}=={}", library.name, library.version))
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_NO_INPUT", "1")
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .env("PIP_USER", "0");
        pip
    },
    program: "python3",
    script: "gateway_client.py",
    path: ("PYTHONPATH", ""),
};

const NODE: Library = Library {
    name: "midtrans-client",
    version: "1.4.3",
    needs: "node with npm",
    install: |folder, library| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
            .arg("--prefix")
            .arg(folder)
            .arg(format!("{}@{}", library.name, library.version))
            .env("NO_UPDATE_NOTIFIER", "1");
        npm
    },
    program: "node",
    script: "gateway_client.js",
    path: ("NODE_PATH", "node_modules"),
};

impl Library {
    /// Where it is, installed beside the servers where it is not there yet.
    async fn folder(&self) -> PathBuf {
        let (name, needs) = (self.name, self.needs);
        let folder = tools().folder().join(format!("{name}-{}", self.version));
        if folder.exists() {
            return folder;
        }
        let draft = format!(".{name}-{}", Uuid::now_v7().simple());
        let draft = tools().folder().join(draft);
        let installed = (self.install)(&draft, self).output().await;
        let installed = installed.unwrap_or_else(|error| panic!("the tests need {needs}: {error}"));
        let said = String::from_utf8_lossy(&installed.stderr);
        assert!(installed.status.success(), "the tests need {needs}: {said}");
        // Another process may have been quicker, and its folder is as good.
        if fs::rename(&draft, &folder).is_err() {
            fs::remove_dir_all(&draft).unwrap();
        }
        folder
    }

    /// What it makes of the answers of this gateway.
    async fn asks(&self, gateway: &str) -> Value {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
        let (variable, path) = self.path;
        let mut client = Command::new(self.program);
        client
            .arg(scripts.join(self.script))
            .args([gateway, SERVER_KEY, CLIENT_KEY])
            .env(variable, self.folder().await.join(path))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // Either library goes by the lower case where both are set.
            .env("NO_PROXY", "*")
            .env("no_proxy", "*");
        let output = client.output().await;
        let output =
            output.unwrap_or_else(|error| panic!("the tests need {}: {error}", self.needs));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// What an answer says, by these names.
fn says<const N: usize>(answer: &Value, names: [&str; N]) -> [Value; N] {
    names.map(|name| answer[name].clone())
}

async fn finds_what_it_is_built_for(library: &Library) {
    purser::choose_crypto();
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
    let told = library.asks(standin.url()).await;

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

#[tokio::test(flavor = "multi_thread")]
async fn midtrans_own_python_client_finds_in_the_standin_what_it_is_built_for() {
    finds_what_it_is_built_for(&PYTHON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn midtrans_own_node_client_finds_in_the_standin_what_it_is_built_for() {
    finds_what_it_is_built_for(&NODE).await;
}
