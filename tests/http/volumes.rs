//! How full the volume of an app is, asked of the kubelets where the settings say so.

use crate::support::{
    Answer, Order, Person, TestApp, app_as_installed, app_with, becomes,
    deploy::{apply, manifests},
    until,
};
use purser::{
    config::Settings,
    kubernetes::{KubeletConfig, KubeletTrust},
    sagas::Alerts,
    standins::kubernetes::Filling,
};
use purser_domain::user::Locale;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OPERATORS: &str = "ops@purser.test";
/// For how long so much has to be used here before it is worth a word, in milliseconds.
const LONG_MS: u64 = 4_000;

fn quickly(settings: &mut Settings) {
    settings.usage.interval_ms = 100;
    settings.usage.warn_over_ms = LONG_MS;
}

async fn with_an_app(app: &TestApp) -> (Person, Order) {
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    (dewi, order)
}

/// Lets the stand-in's kubelets be asked, with this token.
async fn with_kubelets(app: &mut TestApp, token: &str) {
    app.stops().await;
    app.kubernetes.serve_kubelets().await.unwrap();
    let file = app.folder().join("token");
    std::fs::write(&file, token).unwrap();
    app.settings.kubelets = Some(KubeletConfig {
        trust: KubeletTrust::Plain,
        ca_file: file.clone(),
        token_file: file,
        timeout_ms: 5_000,
    });
    app.starts().await;
}

/// The token that `deploy/optional/` makes for it.
async fn token_of_its_own(app: &TestApp) -> String {
    for account in optional("ServiceAccount") {
        apply(&app.wire, &account).await;
    }
    let token = app.kubernetes.token_of("purser", "purser-kubelet-stats");
    token.unwrap()
}

fn optional(kind: &str) -> impl Iterator<Item = Value> {
    let all = manifests("optional").into_iter();
    all.filter(move |object| object["kind"] == kind)
}

fn fills(app: &TestApp, used_mib: u64) {
    fills_of(app, "web", used_mib);
}

fn fills_of(app: &TestApp, claim: &str, used_mib: u64) {
    app.kubernetes.set_filling(Filling {
        namespace: Some("customer-*".into()),
        claim: claim.into(),
        used_mib,
    });
}

/// Waits until the figures of this moment are as described.
async fn shows(person: &Person, order: &Order, what: &str, is: impl Fn(&Answer) -> bool) -> Answer {
    let path = format!("/pods/{}/metrics", order.instance);
    until(what, async || {
        let metrics = person.get(&path).answer().await?;
        is(&metrics).then_some(metrics)
    })
    .await
}

fn is_warned(metrics: &Answer, mark: u32) -> bool {
    let warnings = metrics["warnings"].as_array();
    let mut warnings = warnings.into_iter().flatten();
    warnings.any(|it| it["resource"] == "storage" && it["mark"] == mark)
}

#[tokio::test(flavor = "multi_thread")]
async fn how_full_a_volume_is_is_asked_of_the_kubelets_and_warned_of() {
    let mut app = app_as_installed(quickly).await;
    let (dewi, order) = with_an_app(&app).await;
    let token = token_of_its_own(&app).await;
    with_kubelets(&mut app, &token).await;
    // The right is not part of what is always installed: the rest is measured all the same.
    let seen = shows(&dewi, &order, "it is measured", |metrics| {
        metrics["available"] == true
    });
    assert_eq!(seen.await["storage_mib"]["used"], Value::Null);
    for object in manifests("optional") {
        apply(&app.wire, &object).await;
    }
    fills(&app, 4_300);
    let seen = shows(&dewi, &order, "its volume is known", |metrics| {
        metrics["storage_mib"]["used"] == 4_300
    });
    assert_eq!(seen.await["storage_mib"]["percent"], 83);
    shows(&dewi, &order, "it is warned of at 80", |metrics| {
        is_warned(metrics, 80)
    })
    .await;
    fills(&app, 4_700);
    shows(&dewi, &order, "it is warned of at 90", |metrics| {
        is_warned(metrics, 90)
    })
    .await;
    let asked = |account: &str| {
        let user = format!("system:serviceaccount:purser:{account}");
        let asked = app.kubernetes.asked_by(&user).into_keys();
        asked.map(|asked| format!("{} {}", asked.verb, asked.resource))
    };
    let by_it: BTreeSet<String> = asked("purser-kubelet-stats").collect();
    let only = BTreeSet::from(["get nodes/stats".to_owned()]);
    assert_eq!(by_it, only, "and never nodes/proxy");
    assert!(
        !asked("purser").any(|it| it.contains("nodes/")),
        "with the token of Purser itself"
    );
    app.finish().await;
}

/// No plan sells it: its customer sees it, and the operators are told.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fills_its_volume_is_told_to_the_operators() {
    let mut app = app_as_installed(|settings| {
        quickly(settings);
        settings.alerts = Some(Alerts {
            to: OPERATORS.parse().unwrap(),
            locale: Locale::En,
        });
    })
    .await;
    for object in manifests("optional") {
        apply(&app.wire, &object).await;
    }
    let (dewi, order) = with_an_app(&app).await;
    let token = token_of_its_own(&app).await;
    with_kubelets(&mut app, &token).await;
    let of_database = |used_mib: u64, percent: u64| {
        json!([{
            "claim": "database", "used_mib": used_mib, "capacity_mib": 5_120, "percent": percent,
        }])
    };
    fills_of(&app, "database", 4_300);
    shows(&dewi, &order, "the database's volume is known", |metrics| {
        metrics["volumes"] == of_database(4_300, 83)
    })
    .await;
    operators_got(&app, "wordpress: its volume database is 83% full").await;
    fills_of(&app, "database", 4_400);
    shows(&dewi, &order, "it is a little fuller", |metrics| {
        metrics["volumes"] == of_database(4_400, 85)
    })
    .await;
    assert_eq!(app.times("instance.volume_warned").await, 1);
    fills_of(&app, "database", 4_700);
    operators_got(&app, "wordpress: its volume database is 91% full").await;
    fills_of(&app, "database", 500);
    becomes("there is room again", async || {
        app.times("instance.volume_eased").await == 1
    })
    .await;
    assert_eq!(app.times("instance.volume_warned").await, 2);
    let seen = shows(
        &dewi,
        &order,
        "his plan is not short of storage",
        |metrics| metrics["available"] == true,
    );
    assert!(!is_warned(&seen.await, 80));
    app.finish().await;
}

async fn operators_got(app: &TestApp, subject: &str) {
    let list = format!("{}/api/messages?to={OPERATORS}", app.wire.mailbox);
    becomes(&format!("the operators got {subject}"), async || {
        let letters = app.wire.get(&list).await.is(200);
        let mut letters = letters.body.as_array().unwrap().iter();
        letters.any(|letter| letter["subject"] == subject)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kubelets_that_do_not_let_purser_in_keep_nobody_from_measuring() {
    let mut app = app_with(quickly).await;
    let (dewi, order) = with_an_app(&app).await;
    with_kubelets(&mut app, "of somebody else").await;
    let seen = shows(&dewi, &order, "it is measured", |metrics| {
        metrics["available"] == true
    });
    assert_eq!(seen.await["storage_mib"]["used"], Value::Null);
    app.finish().await;
}
