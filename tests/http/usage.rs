//! What an app uses, over the wire: measured on the cluster, shown beside the plan, summed up, and gone with its age.

use crate::support::{Answer, Order, PASSWORD, Person, TestApp, app_with, becomes, until};
use purser::standins::kubernetes::{Consumption, Scope, Settings};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::json;

/// For how long so much has to be used here before it is worth a word.
const LONG: std::time::Duration = std::time::Duration::from_secs(4);

/// The product with rounds that follow one another quickly, and Dewi with an app that is ready.
async fn measured() -> (TestApp, Person, Order) {
    let app = app_with(|settings| {
        settings.usage.interval_ms = 100;
        settings.usage.warn_over_ms = u64::try_from(LONG.as_millis()).unwrap();
    });
    let app = app.await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    (app, dewi, order)
}

/// From now on every container of this workload uses so much.
fn uses(app: &TestApp, workload: &str, cpu_millicores: u64, memory_mib: u64) {
    app.kubernetes.set_consumption(Consumption {
        scope: Scope {
            workload: Some(workload.into()),
            ..Scope::default()
        },
        cpu_millicores,
        memory_mib,
    });
}

fn has_metrics_api(app: &TestApp, metrics_api: bool) {
    app.kubernetes.configure(Settings {
        metrics_api,
        ..app.kubernetes.settings()
    });
}

async fn metrics(person: &Person, order: &Order) -> Answer {
    let path = format!("/pods/{}/metrics", order.instance);
    person.get(&path).await.is(200)
}

/// Waits until the figures of this moment are as described.
async fn shows(person: &Person, order: &Order, what: &str, is: impl Fn(&Answer) -> bool) -> Answer {
    until(what, async || {
        let metrics = metrics(person, order).await;
        is(&metrics).then_some(metrics)
    })
    .await
}

async fn usage(person: &Person, order: &Order, query: &str) -> Answer {
    let path = format!("/subscriptions/{}/usage?{query}", order.id);
    person.get(&path).await.is(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_uses_is_shown_beside_its_plan() {
    let (app, dewi, order) = measured().await;
    uses(&app, "web", 250, 192);
    uses(&app, "database", 40, 300);
    // The app and its sidecar use as much as each other; only the app's own is taken from the plan.
    let seen = shows(&dewi, &order, "both are measured", |metrics| {
        metrics["cpu_millicores"]["used"] == 250 && metrics["overhead"]["memory_mib"] == 492
    });
    let seen = seen.await;
    let of = |used, limit, percent| json!({ "used": used, "limit": limit, "percent": percent });
    assert_eq!(seen["available"], true, "{}", seen.text);
    assert_eq!(seen["cpu_millicores"], of(250, 500, 50));
    assert_eq!(seen["memory_mib"], of(192, 768, 25));
    let overhead = json!({ "cpu_millicores": 290, "memory_mib": 492 });
    assert_eq!(seen["overhead"], overhead);
    let storage = json!({ "capacity": 5_120, "limit": 5_120 });
    assert_eq!(seen["storage_mib"], storage, "{}", seen.text);
    let newest = &seen["samples"][0];
    assert_eq!(newest["start"], seen["measured_at"]);
    assert_eq!(newest["cpu_millicores"]["avg_percent"], 50);

    let path = format!("/pods/{}/metrics?limit=1", order.instance);
    let one = dewi.get(&path).await.is(200);
    assert_eq!(one["samples"].as_array().unwrap().len(), 1);
    let path = format!("/pods/{}/metrics?limit=0", order.instance);
    dewi.get(&path).await.refuses(400, "request.invalid");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_customer_and_staff_see_what_an_app_uses_and_nobody_else() {
    let (app, dewi, order) = measured().await;
    let (pod, subscription) = (
        format!("/pods/{}/metrics", order.instance),
        format!("/subscriptions/{}/usage", order.id),
    );
    for role in [Role::Admin, Role::Operator, Role::Auditor] {
        let staff = app.staff(role).await;
        staff.get(&pod).await.is(200);
        staff.get(&subscription).await.is(200);
    }
    let sari = app.customer().await;
    sari.get(&pod).await.refuses(404, "pod.not_found");
    let refused = sari.get(&subscription).await;
    refused.refuses(404, "subscription.not_found");
    let nobody = app.wire.get(&format!("/api/v1{pod}")).await;
    nobody.refuses(401, "token.missing");
    let at = format!("{subscription}?min_position={}", order.position);
    dewi.get(&at).await.is(200);
    for wrong in ["resolution=week", "from=yesterday", "limit=101", "after=x"] {
        let asked = dewi.get(&format!("{subscription}?{wrong}")).await;
        asked.refuses(400, "request.invalid");
    }
    // Of the year 29720 before Christ, and of before there are years.
    for long_ago in ["8h9JTFicAAAA", "gAAAAAAAAAAA"] {
        let after = format!("{long_ago:A<32}");
        let asked = dewi.get(&format!("{subscription}?after={after}")).await;
        assert_eq!(asked.is(200)["items"], json!([]), "{after}");
    }
    let backwards = "from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z";
    let asked = dewi.get(&format!("{subscription}?{backwards}")).await;
    asked.refuses(400, "request.invalid");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_metrics_api_the_answers_say_so_and_tell_no_zeros() {
    let (app, dewi, order) = measured().await;
    uses(&app, "web", 250, 192);
    let measured = |metrics: &Answer| metrics["cpu_millicores"]["used"] == 250;
    shows(&dewi, &order, "it is measured", measured).await;
    has_metrics_api(&app, false);
    let away = shows(&dewi, &order, "it is not measured", |metrics| {
        metrics["available"] == false
    });
    let away = away.await;
    assert_eq!(away["reason"], "metrics_api_missing", "{}", away.text);
    let unknown = json!({ "limit": 500 });
    assert_eq!(away["cpu_millicores"], unknown);
    assert!(!away["samples"].as_array().unwrap().is_empty());
    let usage = usage(&dewi, &order, "").await;
    assert_eq!(usage["reason"], "metrics_api_missing", "{}", usage.text);
    let figures = app.wire.get("/metrics").await.is(200).text;
    assert!(figures.contains("purser_usage_available 0"), "{figures}");
    assert!(
        !figures.contains("purser_usage_failed_rounds 0"),
        "{figures}"
    );

    has_metrics_api(&app, true);
    shows(&dewi, &order, "it is measured again", measured).await;
    let path = format!("/pods/{}/stop", order.instance);
    dewi.ask(Method::POST, &path).await.is(200);
    let stopped = shows(&dewi, &order, "it does not run", |metrics| {
        metrics["reason"] == "not_running"
    });
    assert_eq!(stopped.await["cpu_millicores"], unknown);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_are_summed_up_and_go_with_their_age() {
    let (app, dewi, order) = measured().await;
    uses(&app, "web", 250, 192);
    let measured = |metrics: &Answer| metrics["cpu_millicores"]["used"] == 250;
    shows(&dewi, &order, "it is measured", measured).await;
    for resolution in ["sample", "hour", "day"] {
        let query = format!("resolution={resolution}&limit=1");
        let found = usage(&dewi, &order, &query).await;
        let item = &found["items"][0];
        assert_eq!(item["cpu_millicores"]["limit"], 500, "{}", found.text);
        assert_eq!(item["storage_mib"]["limit"], 5_120, "{}", found.text);
        assert_eq!(found["limits"]["memory_mib"], 768);
        assert_eq!(found["available"], true, "{}", found.text);
    }
    let samples = usage(&dewi, &order, "resolution=sample&limit=1").await;
    let next = samples["next"].as_str().expect("there are more");
    let query = format!("resolution=sample&limit=1&after={next}");
    let page = usage(&dewi, &order, &query).await;
    assert_ne!(page["items"], samples["items"]);

    // An hour of the past keeps its figures while its samples go.
    app.minutes_pass(50 * 60);
    // That is longer than a token is good for.
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let samples = "select count(*) from usage_samples where at < (select max(at) from usage_samples) - interval '1 day'";
    becomes("old samples are gone", async || {
        app.number(samples).await == 0
    })
    .await;
    becomes("the new hour is there", async || {
        usage(&dewi, &order, "resolution=hour&from=2026-01-01T00:00:00Z").await["items"]
            .as_array()
            .is_some_and(|hours| hours.len() >= 2)
    })
    .await;
    app.minutes_pass(36 * 24 * 60);
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let hours = "select count(*) from usage_rollups where resolution = 'hour' and start < (select max(at) from usage_samples) - interval '36 days'";
    becomes("old hours are gone", async || app.number(hours).await == 0).await;
    becomes("every day is there", async || {
        usage(&dewi, &order, "resolution=day&from=2026-01-01T00:00:00Z").await["items"]
            .as_array()
            .is_some_and(|days| days.len() >= 3)
    })
    .await;
    app.minutes_pass(401 * 24 * 60);
    let rows = "select count(*) from usage_rollups where start < (select max(at) from usage_samples) - interval '401 days'";
    becomes("old days are gone", async || app.number(rows).await == 0).await;
    app.finish().await;
}

/// Waits until nothing else than this was used for longer than it takes to be worth a word.
async fn has_long_used(app: &TestApp, dewi: &Person, order: &Order, cpu_millicores: u64) {
    uses(app, "web", cpu_millicores, 192);
    let changed = app.clock.now();
    until("it was used for long", async || {
        let metrics = metrics(dewi, order).await;
        let measured: chrono::DateTime<chrono::Utc> =
            metrics["measured_at"].as_str()?.parse().ok()?;
        (measured - changed)
            .to_std()
            .ok()
            .filter(|long| *long > LONG * 5 / 4)
    })
    .await;
    let newest = metrics(dewi, order).await;
    assert_eq!(
        newest["cpu_millicores"]["used"], cpu_millicores,
        "{}",
        newest.text
    );
}

/// How many letters so far are about what an app uses.
async fn warnings(dewi: &Person) -> usize {
    let letters = dewi.letters().await;
    let about = |letter: &&crate::support::Letter| letter.subject.contains(" uses ");
    letters.iter().filter(about).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_written_to_once_when_the_plan_gets_tight() {
    let (app, dewi, order) = measured().await;
    // 85 % of 500 millicores, for some time: on its way there the average passes one mark.
    uses(&app, "web", 425, 192);
    becomes("the letter arrives", async || warnings(&dewi).await == 1).await;
    let letters = dewi.letters().await;
    let letter = letters.last().unwrap();
    assert!(
        letter.subject.starts_with("Your wordpress uses 8"),
        "{letter:?}"
    );
    assert!(
        letter.text.contains("0.5 cores") && letter.text.contains(&order.instance),
        "{letter:?}"
    );
    let warning = |answer: &Answer| {
        let warning = &answer["warnings"][0];
        assert_eq!(
            (&warning["resource"], &warning["mark"]),
            (&json!("cpu"), &json!(80)),
            "{}",
            answer.text
        );
        assert!(
            warning["percent"].as_i64().unwrap() >= 80,
            "{}",
            answer.text
        );
    };
    app.settle().await;
    warning(&metrics(&dewi, &order).await);
    warning(&usage(&dewi, &order, "").await);
    warning(&dewi.get(&format!("/pods/{}", order.instance)).await.is(200));
    let figures = app.wire.get("/metrics").await.is(200).text;
    let figure = r#"purser_usage_warnings{resource="cpu",mark="80"} 1"#;
    assert!(figures.contains(figure), "{figures}");

    // A figure that sways around the mark is no news.
    for cpu in [380, 425] {
        has_long_used(&app, &dewi, &order, cpu).await;
    }
    app.settle().await;
    assert_eq!(app.times("instance.usage_warned").await, 1);

    uses(&app, "web", 50, 192);
    becomes("it is over", async || {
        let metrics = metrics(&dewi, &order).await;
        metrics["warnings"] == json!([])
    })
    .await;
    // The same again within a day is shown, and not written about.
    uses(&app, "web", 425, 192);
    becomes("it is tight again", async || {
        app.times("instance.usage_warned").await == 2
    })
    .await;
    app.settle().await;
    assert_eq!(app.times("instance.usage_eased").await, 1);
    assert_eq!(warnings(&dewi).await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mark_and_each_figure_is_written_about() {
    let (app, dewi, order) = measured().await;
    uses(&app, "web", 10, 650);
    becomes("80 % of the memory", async || warnings(&dewi).await == 1).await;
    uses(&app, "web", 480, 720);
    becomes("90 % of the memory, and the CPU", async || {
        let metrics = metrics(&dewi, &order).await;
        let marks = metrics["warnings"].as_array().unwrap().iter();
        marks.filter(|warning| warning["mark"] == 90).count() == 2
    })
    .await;
    let ends = "% of its memory";
    becomes("both letters arrive", async || {
        let letters = dewi.letters().await;
        let memory = letters
            .iter()
            .filter(|letter| letter.subject.ends_with(ends));
        let cpu = letters
            .iter()
            .filter(|letter| letter.subject.ends_with("% of its CPU"));
        memory.count() == 2 && cpu.count() >= 1
    })
    .await;
    app.finish().await;
}
