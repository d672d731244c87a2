//! Every notification that the gateway was told is delivered stands in the history, and was kept as it came before.

use super::Auditor;
use crate::support::TestApp;
use purser::standins::midtrans::Outcome;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

impl Auditor {
    pub(super) async fn audit_inbox(&mut self, app: &TestApp) {
        let kept = "select encode(digest, 'hex'), outcome from work.notifications";
        let kept: Vec<(String, String)> = sqlx::query_as(kept)
            .fetch_all(&app.app().pool)
            .await
            .unwrap();
        let kept: HashMap<String, String> = kept.into_iter().collect();
        for delivery in app.midtrans.deliveries() {
            let is_new = !self.accounted.contains(&delivery.id);
            if delivery.outcome != Outcome::Delivered || !is_new {
                continue;
            }
            self.accounted.insert(delivery.id);
            let digest = hex::encode(Sha256::digest(&delivery.body));
            let outcome = kept.get(&digest);
            if !self.notified.contains(&digest) || outcome.map(String::as_str) != Some("recorded") {
                let (order, status) = (&delivery.order_id, &delivery.transaction_status);
                self.finds(format!(
                    "the gateway delivered {status} of {order}, and it is kept as {outcome:?}"
                ));
            }
        }
    }
}
