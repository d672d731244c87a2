//! Apps send their mail through the operator's server.

use crate::support::{Order, app, app_with, becomes};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use purser::{
    config::Secret,
    kubernetes::{AppMail, MailOf, MailSecurity},
};
use serde_json::{Value, json};

const PASSWORD: &str = "the-relays-own-password";

pub(super) fn relay() -> AppMail {
    AppMail {
        of: MailOf::Operator,
        host: "relay.mail.svc".into(),
        networks: Vec::new(),
        port: 2_525,
        user: Some("apps".into()),
        password: Some(Secret::new(PASSWORD)),
        from: "Apps <apps@example.id>".into(),
        security: MailSecurity::StartTls,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_app_is_told_the_mail_server_and_its_password_stays_in_the_secret() {
    let app = app_with(|settings| settings.app_mail = Some(relay())).await;
    let dewi = app.customer().await.with_credit(200_000).await;
    for service in ["ghost", "wordpress", "n8n"] {
        app.sells(service).await;
        let order = dewi.buys(service).await;
        dewi.sees(&order, "active").await;
        let url = |kind: &str| {
            let cluster = &app.wire.kubernetes;
            format!("{cluster}/{kind}").replace("NS", &format!("customer-{}", order.instance))
        };
        let web = app
            .wire
            .get(&url("apis/apps/v1/namespaces/NS/deployments/web"))
            .await
            .is(200);
        let variables = &web["spec"]["template"]["spec"]["containers"][0]["env"];
        let values = variables.as_array().unwrap().iter();
        let told = values.filter(|it| it["value"] == "relay.mail.svc").count();
        assert_eq!(told, 1, "{service}");
        assert!(!web.text.contains(PASSWORD), "{service}");
        let secret = app
            .wire
            .get(&url("api/v1/namespaces/NS/secrets/app"))
            .await
            .is(200);
        let password = secret["data"]["smtp-password"].as_str().unwrap();
        assert_eq!(
            BASE64_STANDARD.decode(password).unwrap(),
            PASSWORD.as_bytes()
        );
        let policy = url("apis/networking.k8s.io/v1/namespaces/NS/networkpolicies/web-to-mail");
        let policy = app.wire.get(&policy).await.is(200);
        assert_eq!(policy["spec"]["egress"][0]["ports"][0]["port"], 2_525);
    }
    let sql = format!("select count(*) from events where payload::text like '%{PASSWORD}%'");
    assert_eq!(app.number(&sql).await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_no_app_is_told_one() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    let url = format!(
        "{}/apis/apps/v1/namespaces/customer-{}/deployments/web",
        app.wire.kubernetes, order.instance
    );
    let web = app.wire.get(&url).await.is(200);
    let variables = &web["spec"]["template"]["spec"]["containers"][0]["env"];
    let mail = |it: &&Value| it["name"].as_str().unwrap().starts_with("mail__");
    assert_eq!(variables.as_array().unwrap().iter().filter(mail).count(), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_coupon_pays_whole_sends_no_mail_until_something_was_charged() {
    let app = app_with(|settings| {
        settings.app_mail = Some(relay());
        settings.sweep.every_ms = 150;
    })
    .await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    dewi.verifies().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let coupon = json!({ "code": "GRATIS", "kind": "percentage", "percent": 100, "periods": 1 });
    let held = ani.post("/admin/coupons", &coupon).await.is(202);
    let approve = format!("/admin/approvals/{}/approve", held.text_of("approval_id"));
    oki.post(&approve, &json!({})).await.is(200);
    let mut order = dewi.order_of("ghost").await;
    order["coupon"] = "GRATIS".into();
    let order = Order::of(&dewi.post("/subscriptions", &order).await);
    let active = dewi.sees(&order, "active").await;
    let policies = format!(
        "{}/apis/networking.k8s.io/v1/namespaces/customer-{}/networkpolicies",
        app.wire.kubernetes, order.instance
    );
    let mail = format!("{policies}/web-to-mail");
    assert_eq!(app.wire.get(&mail).await.status, 404);
    let opens = async || {
        let internet = app.wire.get(&format!("{policies}/web-to-internet")).await;
        let ports = internet.is(200)["spec"]["egress"][0]["ports"].clone();
        let ports = ports.as_array().unwrap().iter();
        ports.map(|port| port["port"].clone()).collect::<Value>()
    };
    assert_eq!(opens().await, json!([80, 443]));
    app.day_comes(&active.text_of("period_end"));
    let dewi = dewi.again().await;
    dewi.has(10_000).await;
    becomes("mail may leave", async || {
        app.wire.get(&mail).await.status == 200
    })
    .await;
    becomes("the ports of mail are open", async || {
        opens().await == json!([80, 443, 465, 587])
    })
    .await;
    app.finish().await;
}
