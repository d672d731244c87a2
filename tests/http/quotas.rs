//! A quota holds nobody to anything before the cluster counts with it.

use super::sweeps::place;
use crate::support::{app, becomes};
use purser::standins::kubernetes::Settings;

/// Longer than anybody waits.
const FOR_GOOD_MS: u64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_in_a_namespace_before_its_quota_counts() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let lags = |quota_lag_ms| {
        let settings = app.kubernetes.settings();
        app.kubernetes.configure(Settings {
            quota_lag_ms,
            ..settings
        });
    };
    lags(FOR_GOOD_MS);
    let order = dewi.buys("ghost").await;
    becomes("the quota was looked at three times", async || {
        let looked = "select count(*) from effects where step = 'apply-guards' and status = 'waiting' and epoch > 2";
        app.number(looked).await == 1
    })
    .await;
    let applied = app.kubernetes.traffic().requests["patch resourcequotas"];
    assert_eq!(applied, 1, "the next times it was only looked at");
    let secret = place(&app, "api/v1", "secrets/app").await;
    app.wire.get(&secret).await.is(404);
    let completed = "select count(*) from events where event_type = 'instance.step_completed' and payload #>> '{instance.step_completed,step}' = 'guards'";
    assert_eq!(app.number(completed).await, 0);
    lags(0);
    dewi.sees(&order, "active").await;
    assert_eq!(app.number(completed).await, 1);
    app.finish().await;
}
