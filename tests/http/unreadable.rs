//! What this build cannot read, as after going back to an older release: the rest goes on.

use super::sweeps::{next_sweep, swept};
use crate::support::{TestApp, becomes, until, write_raw};
use purser::{kubernetes::Cluster, sagas::Observer};
use purser_domain::user::Role;
use serde_json::json;
use sqlx::PgPool;

async fn observer(app: &TestApp) -> Observer {
    let (product, settings) = (app.app(), &app.settings);
    Observer {
        appender: product.appender.clone(),
        states: product.states.clone(),
        clock: app.clock.clone(),
        cluster: Cluster::connect(settings.cluster.clone()).await.unwrap(),
        cluster_settings: settings.cluster_settings.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_whose_history_cannot_be_read_keeps_no_other_from_being_served() {
    let (mut app, dewi, lost) = swept().await;
    let dewi = dewi.with_credit(50_000).await;
    let (admin, auditor) = (app.admin().await, app.staff(Role::Auditor).await);
    app.settle().await;
    let (product, upgraded) = (app.app(), json!({ "instance.upgraded": {} }));
    let stream = ("instance", &*lost.instance);
    let event = "instance.upgraded";
    write_raw(&product.pool, &app.clock, stream, event, &upgraded).await;
    // No newer release comes.
    app.minutes_pass(6);
    app.settle().await;

    let (observer, id) = (observer(&app).await, lost.instance.parse().unwrap());
    let seen = observer.look_at(id).await.unwrap();
    let observed = tokio::spawn(async move { observer.observe(&seen).await });
    becomes("it is left out", async || observed.is_finished()).await;

    let other = dewi.buys("ghost").await;
    dewi.sees(&other, "active").await;
    app.settle().await;
    let sweep = until("the sweep tells of that one alone", async || {
        let sweep = next_sweep(&app, &auditor).await;
        let only = sweep["findings"].as_array().unwrap().len() == 1;
        (only && sweep["instances"] == 1).then_some(sweep)
    })
    .await;
    let finding = &sweep["findings"][0];
    assert_eq!(finding["finding"], "not_comparable", "{sweep}");
    assert_eq!(finding["instance_id"], lost.instance, "{sweep}");
    assert_eq!(sweep["orphans"], json!([]), "{sweep}");
    let orphans = admin.get("/admin/orphans").await.is(200);
    assert_eq!(orphans["items"], json!([]));
    // What nobody can read does not add up.
    app.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_another_release_ends_no_sweep() {
    let (mut app, _, _) = swept().await;
    let auditor = app.staff(Role::Auditor).await;
    app.settle().await;
    app.stops().await;
    let pool = PgPool::connect(&app.database.urls.owner).await.unwrap();
    let report = r#"insert into work.sweeps (report) values ('"of another release"')"#;
    sqlx::query(report).execute(&pool).await.unwrap();
    pool.close().await;
    app.starts().await;
    assert_eq!(next_sweep(&app, &auditor).await["instances"], 1);
    app.finish().await;
}
