//! What a customer chooses of an app, above all his own mail server.

use super::{app_mail::relay, sealed::rows};
use crate::support::{Answer, Order, Person, TestApp, app, app_with, becomes};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use purser::auth::{Vault, VaultError, field};
use purser::standins::kubernetes::{Behaviour, Fault, Scope};
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "hunter2-$(N8N_ENCRYPTION_KEY)";
const USERNAME: &str = "wulandari-mail";
const SENDER: &str = "kusumaningtyas";

fn smtp(port: u16) -> Value {
    json!({
        "smtp_host": "SMTP.Example.com",
        "smtp_port": port,
        "smtp_username": USERNAME,
        "smtp_password": PASSWORD,
        "smtp_from": format!("Toko <{SENDER}@example.com>"),
    })
}

async fn object(app: &TestApp, instance: &str, path: &str) -> Answer {
    let (group, name) = path.rsplit_once("/NS/").unwrap();
    let cluster = &app.wire.kubernetes;
    let url = format!("{cluster}/{group}/namespaces/customer-{instance}/{name}");
    app.wire.get(&url).await.is(200)
}

/// Nothing of the mail server that could tell who its customer is, or let anybody in, lies open in the database.
async fn nothing_lies_open(app: &TestApp) {
    let rows = rows(&app.database.superuser).await;
    assert!(rows.iter().any(|(_, row)| row.contains("smtp_password")));
    for (table, row) in rows {
        for text in ["hunter2", USERNAME, SENDER, "smtp.example.com"] {
            assert!(!row.to_lowercase().contains(text), "{text} in {table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customers_own_mail_server_wins_over_the_operators() {
    let app = app_with(|settings| settings.app_mail = Some(relay())).await;
    let dewi = app.customer().await.with_credit(200_000).await;
    for (service, port) in [("ghost", 465), ("wordpress", 587), ("n8n", 2_525)] {
        app.sells(service).await;
        let order = Order::of(&dewi.chooses(service, &smtp(port)).await);
        dewi.sees(&order, "active").await;
        let web = object(&app, &order.instance, "apis/apps/v1/NS/deployments/web").await;
        let variables = &web["spec"]["template"]["spec"]["containers"][0]["env"];
        let told = |value: &str| {
            let mut values = variables.as_array().unwrap().iter();
            values.any(|it| it["value"] == value)
        };
        assert!(told("smtp.example.com") && told(USERNAME), "{service}");
        assert!(told(&port.to_string()), "{service}");
        assert!(
            !told("relay.mail.svc") && !web.text.contains("hunter2"),
            "{service}"
        );

        let secret = object(&app, &order.instance, "api/v1/NS/secrets/app").await;
        let password = secret["data"]["smtp-password"].as_str().unwrap();
        assert_eq!(
            BASE64_STANDARD.decode(password).unwrap(),
            PASSWORD.as_bytes()
        );

        let policy = "apis/networking.k8s.io/v1/NS/networkpolicies/web-to-mail";
        let policy = object(&app, &order.instance, policy).await;
        let way = &policy["spec"]["egress"];
        assert_eq!(way.as_array().unwrap().len(), 1);
        assert_eq!(
            way[0]["ports"],
            json!([{ "port": port, "protocol": "TCP" }])
        );
        assert_eq!(way[0]["to"][0]["ipBlock"]["cidr"], "0.0.0.0/0");
        assert_eq!(way[0]["to"][0]["ipBlock"]["except"][0], "10.0.0.0/8");
    }
    nothing_lies_open(&app).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_does_not_take_buys_nothing() {
    let app = app().await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let with = |name: &str, value: Value| {
        let mut parameters = smtp(587);
        parameters[name] = value;
        parameters
    };
    for (parameters, wrong) in [
        (json!({ "colour": "red" }), vec!["colour"]),
        (json!({ "a/b~c": "red" }), vec!["a~1b~0c"]),
        (
            json!({ "keep_executions_hours": 1 }),
            vec!["keep_executions_hours"],
        ),
        (json!({ "egress_ports": 25 }), vec!["egress_ports"]),
        (json!({ "timezone": "Mars/Base" }), vec!["timezone"]),
        (json!({ "timezone": 7 }), vec!["timezone"]),
        (json!({ "timezone": ["UTC"] }), vec!["timezone"]),
        (
            json!({ "smtp_host": "smtp.example.com" }),
            vec!["smtp_port", "smtp_username", "smtp_password", "smtp_from"],
        ),
        (with("smtp_port", json!(25)), vec!["smtp_port"]),
        (with("smtp_port", json!("587")), vec!["smtp_port"]),
        (with("smtp_port", json!(587.5)), vec!["smtp_port"]),
        (with("smtp_host", json!("10.96.0.1")), vec!["smtp_host"]),
        (
            with("smtp_host", json!("relay.mail.svc")),
            vec!["smtp_host"],
        ),
        (
            with("smtp_host", json!("smtp.cluster.local")),
            vec!["smtp_host"],
        ),
        (with("smtp_host", json!("localhost")), vec!["smtp_host"]),
        (
            with("smtp_from", json!("a@example.com\r\nBcc: b@example.com")),
            vec!["smtp_from"],
        ),
        (
            with("smtp_password", json!("hunter2\n")),
            vec!["smtp_password"],
        ),
        (
            with("smtp_password", json!("hunter2".repeat(30))),
            vec!["smtp_password"],
        ),
        (with("smtp_username", json!("")), vec!["smtp_username"]),
    ] {
        let refused = dewi.chooses("n8n", &parameters).await;
        assert!(!refused.text.contains("hunter2"), "{}", refused.text);
        let refused = refused.refuses(400, "request.invalid");
        let errors = refused["errors"].as_array().unwrap().iter();
        let pointers: Vec<&str> = errors.map(|it| it["pointer"].as_str().unwrap()).collect();
        let expected: Vec<String> = wrong
            .iter()
            .map(|name| format!("/parameters/{name}"))
            .collect();
        assert_eq!(pointers, expected, "{}", refused.text);
    }
    dewi.chooses("n8n", &json!([]))
        .await
        .refuses(400, "request.invalid");
    assert_eq!(app.times("subscription.ordered").await, 0);
    dewi.has(50_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_made_as_its_customer_chose() {
    let app = app().await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let chosen = dewi
        .chooses("n8n", &json!({ "timezone": "Asia/Makassar" }))
        .await;
    let order = Order::of(&chosen);
    dewi.sees(&order, "active").await;
    let web = object(&app, &order.instance, "apis/apps/v1/NS/deployments/web").await;
    let variables = web["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
    let zone = variables
        .unwrap()
        .iter()
        .find(|it| it["name"] == "TZ")
        .unwrap();
    assert_eq!(zone["value"], "Asia/Makassar");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_is_gone_with_its_customer() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = Order::of(&dewi.chooses("ghost", &smtp(587)).await);
    dewi.sees(&order, "active").await;
    app.settle().await;
    let pool = purser::app::pool(&app.database.urls.app, 1).unwrap();
    let sealed =
        "select payload::jsonb #>> '{instance.requested,wanted,parameters,smtp_password,sealed}'
        from events where event_type = 'instance.requested'";
    let sealed: String = sqlx::query_scalar(sealed).fetch_one(&pool).await.unwrap();
    let sealed = sealed.try_into().unwrap();
    let vault = Vault::new(pool.clone(), app.settings.keys.clone());
    let field = field::parameter("smtp_password");
    assert_eq!(vault.open(&sealed, &field).await.unwrap(), PASSWORD);
    vault.erase(dewi.id).await.unwrap();
    let gone = vault.open(&sealed, &field).await;
    assert!(matches!(gone, Err(VaultError::Erased)), "{gone:?}");
    pool.close().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_tells_what_its_customers_may_choose() {
    let app = app().await;
    for service in ["ghost", "n8n", "wordpress"] {
        let template = app
            .wire
            .get(&format!("/api/v1/templates/{service}"))
            .await
            .is(200);
        let parameters = template["parameters"].as_array().unwrap();
        let named = |name: &str| parameters.iter().find(|it| it["name"] == name).unwrap();
        let mail = parameters.iter().filter(|it| it["group"] == "smtp");
        let mail: Vec<&str> = mail.map(|it| it["name"].as_str().unwrap()).collect();
        let names = [
            "smtp_host",
            "smtp_port",
            "smtp_username",
            "smtp_password",
            "smtp_from",
        ];
        assert_eq!(mail, names);
        let port = named("smtp_port");
        assert_eq!(port["one_of"], json!(["465", "587", "2525"]));
        assert_eq!(
            (&port["customer"], &port["required"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(named("smtp_password")["type"], "secret");
        assert_eq!(named("egress_ports")["customer"], false);
    }
    app.finish().await;
}

async fn chooses_anew(dewi: &Person, order: &Order, parameters: &Value) -> Answer {
    let path = format!("/pods/{}/parameters", order.instance);
    let body = json!({ "parameters": parameters });
    dewi.ask(Method::PUT, &path).json(&body).await
}

/// What the app's Secret has as the password of the mail server.
async fn password_of(app: &TestApp, order: &Order) -> Option<String> {
    let secret = object(app, &order.instance, "api/v1/NS/secrets/app").await;
    let password = secret["data"]["smtp-password"].as_str()?;
    let password = BASE64_STANDARD.decode(password).unwrap();
    Some(String::from_utf8(password).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_runs_gets_another_mail_server_and_loses_it_again() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    assert_eq!(password_of(&app, &order).await, None);
    let pod = async || {
        let pods = object(&app, &order.instance, "api/v1/NS/pods").await;
        let pods = pods["items"].as_array().unwrap().clone();
        let web = |pod: &&Value| pod["metadata"]["labels"]["app.kubernetes.io/component"] == "web";
        pods.iter()
            .find(web)
            .map(|pod| pod["metadata"]["uid"].clone())
    };
    let first = pod().await;
    let shows = async |status: &str| {
        let path = format!("/pods/{}", order.instance);
        becomes(&format!("the pod is {status}"), async || {
            dewi.get(&path).await["status"] == status
        })
        .await;
    };

    let asked = chooses_anew(&dewi, &order, &smtp(2_525)).await.is(200);
    assert_eq!(asked["status"], "reconfiguring");
    let done = async |times| {
        becomes("it runs with what was chosen", async || {
            app.times("instance.reconfigured").await == times
        })
        .await;
    };
    done(1).await;
    shows("ready").await;
    assert_eq!(password_of(&app, &order).await.as_deref(), Some(PASSWORD));
    becomes("another pod runs", async || {
        pod().await.is_some_and(|uid| Some(uid) != first)
    })
    .await;
    let policy = "apis/networking.k8s.io/v1/NS/networkpolicies/web-to-mail";
    let way = object(&app, &order.instance, policy).await;
    assert_eq!(way["spec"]["egress"][0]["ports"][0]["port"], 2_525);
    nothing_lies_open(&app).await;

    let other = app.customer().await;
    let refused = chooses_anew(&other, &order, &smtp(587)).await;
    refused.refuses(404, "instance.not_found");
    let refused = chooses_anew(&dewi, &order, &json!({ "smtp_port": 25 })).await;
    let refused = refused.refuses(400, "request.invalid");
    assert!(
        refused.text.contains("/parameters/smtp_host"),
        "{}",
        refused.text
    );
    assert_eq!(app.times("instance.parameters_changed").await, 1);

    chooses_anew(&dewi, &order, &json!({})).await.is(200);
    done(2).await;
    assert_eq!(password_of(&app, &order).await, None);
    for (group, kind, name) in [
        (
            "apis/networking.k8s.io/v1",
            "networkpolicies",
            "web-to-mail",
        ),
        ("api/v1", "configmaps", "mail"),
    ] {
        let cluster = &app.wire.kubernetes;
        let namespace = format!("customer-{}", order.instance);
        let url = format!("{cluster}/{group}/namespaces/{namespace}/{kind}/{name}");
        app.wire.get(&url).await.is(404);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_does_not_come_to_its_end_is_said_to_have_failed_and_can_be_tried_again() {
    let app = app_with(|settings| settings.readiness_deadline_ms = Some(4_000)).await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::ImagePull,
    });
    chooses_anew(&dewi, &order, &smtp(587)).await.is(200);
    let path = format!("/pods/{}", order.instance);
    becomes("it is given up", async || {
        dewi.get(&path).await["status"] == "degraded"
    })
    .await;
    let pod = dewi.get(&path).await;
    assert!(pod["trouble"].is_string(), "{}", pod.text);
    app.kubernetes.clear_behaviours();
    chooses_anew(&dewi, &order, &smtp(465)).await.is(200);
    becomes("it is ready", async || {
        dewi.get(&path).await["status"] == "ready"
    })
    .await;
    assert_eq!(password_of(&app, &order).await.as_deref(), Some(PASSWORD));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_rests_gets_what_was_chosen_when_it_starts() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    let path = format!("/pods/{}", order.instance);
    dewi.ask(Method::POST, &format!("{path}/stop"))
        .await
        .is(200);
    becomes("it rests", async || {
        dewi.get(&path).await["status"] == "stopped"
    })
    .await;
    let asked = chooses_anew(&dewi, &order, &smtp(465)).await.is(200);
    assert_eq!(asked["status"], "stopped");
    let chosen = format!("{path}/parameters");
    let shown = dewi.get(&chosen).await.is(200);
    assert_eq!(shown["parameters"]["smtp_host"], "smtp.example.com");
    assert_eq!(shown["parameters"]["smtp_port"], 465);
    assert_eq!(shown["secrets"], json!(["smtp_password"]));
    assert!(!shown.text.contains(PASSWORD), "{}", shown.text);
    let stranger = app.customer().await;
    let by = stranger.get(&chosen).await;
    by.refuses(404, "instance.not_found");
    dewi.ask(Method::POST, &format!("{path}/start"))
        .await
        .is(200);
    becomes("it is ready", async || {
        dewi.get(&path).await["status"] == "ready"
    })
    .await;
    assert_eq!(password_of(&app, &order).await.as_deref(), Some(PASSWORD));
    app.finish().await;
}
