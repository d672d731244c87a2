//! Every notification that the gateway was told is delivered stands in the history, and was kept as it came before.

use super::Auditor;
use crate::support::TestApp;
use purser::standins::midtrans::{Delivery, Outcome};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

impl Auditor {
    pub(super) async fn audit_inbox(&mut self, app: &TestApp) {
        let mut new = app.midtrans.deliveries();
        new.retain(|delivery| {
            delivery.outcome == Outcome::Delivered && !self.accounted.contains(&delivery.id)
        });
        // What the gateway repeated since the history was read stands there by now.
        self.reads(app).await;
        let digest = |delivery: &Delivery| Sha256::digest(&delivery.body).to_vec();
        let digests: Vec<Vec<u8>> = new.iter().map(digest).collect();
        let kept = sqlx::query_as(
            "select encode(digest, 'hex'), outcome from work.notifications where digest = any($1)",
        );
        let kept: Vec<(String, String)> = kept
            .bind(&digests)
            .fetch_all(&app.app().pool)
            .await
            .unwrap();
        let kept: HashMap<String, String> = kept.into_iter().collect();
        for (delivery, digest) in new.iter().zip(digests) {
            self.accounted.insert(delivery.id);
            let digest = hex::encode(digest);
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
