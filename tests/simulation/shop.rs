//! What is sold, and what its staff does now and then.

use super::customer::repeats;
use crate::support::{Person, Random, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const APPS: [&str; 2] = ["ghost", "n8n"];

/// A plan as it was put up for sale.
pub(super) struct Plan {
    pub(super) app: &'static str,
    service: String,
    pub(super) id: String,
    /// What a month costs at first, in rupiah.
    pub(super) price: i64,
}

pub(super) struct Shop {
    staff: Person,
    pub(super) plans: Vec<Plan>,
    trials: Vec<Plan>,
}

/// For orders: something off for a while, for new customers all of the first period, and free days.
pub(super) const COUPONS: [&str; 3] = ["HEMAT20", "GRATIS", "SEMINGGU"];
/// For the wallet.
pub(super) const CREDIT: &str = "KREDIT";

impl Shop {
    /// Each app has a small plan and a larger one.
    pub(super) async fn opens(app: &TestApp) -> Self {
        let staff = app.proven_admin().await;
        let (mut plans, mut trials) = (Vec::new(), Vec::new());
        for app in APPS {
            let service =
                json!({ "slug": app, "title": app, "description": "An app", "recipe": app });
            let service = staff.post("/admin/services", &service).await.is(201);
            let service = service.text_of("service_id");
            let path = format!("/admin/services/{service}");
            let trial = json!({
                "slug": "trial", "title": "trial", "monthly_price": 0, "yearly_price": 0, "trial": true,
                "cpu_millicores": 500, "memory_mib": 768, "storage_mib": 5_120,
                "capacity": 100_000, "max_per_customer": 1,
            });
            let trial = staff.post(&format!("{path}/plans"), &trial).await.is(201);
            trials.push(Plan {
                app,
                service: service.clone(),
                id: trial.text_of("plan_id"),
                price: 0,
            });
            for (slug, price, size) in [("starter", 40_000, 1), ("business", 90_000, 2)] {
                let plan = json!({
                    "slug": slug, "title": slug, "monthly_price": price, "yearly_price": price * 10,
                    "cpu_millicores": 500 * size, "memory_mib": 768 * size, "storage_mib": 5_120 * size,
                    "capacity": 100_000, "max_per_customer": 3,
                });
                let added = staff.post(&format!("{path}/plans"), &plan).await.is(201);
                let (id, service) = (added.text_of("plan_id"), service.clone());
                plans.push(Plan {
                    app,
                    service,
                    id,
                    price,
                });
            }
            let knowing = json!({ "licence_acknowledged": true });
            staff
                .post(&format!("{path}/publish"), &knowing)
                .await
                .is(200);
        }
        // What can cost as much as these is made by two.
        let other = app.proven_admin().await;
        for coupon in [
            json!({ "code": COUPONS[0], "kind": "percentage", "percent": 20, "periods": 3 }),
            json!({ "code": COUPONS[1], "kind": "percentage", "percent": 100, "periods": 1, "new_customers": true }),
            json!({ "code": COUPONS[2], "kind": "free_days", "days": 7, "once_per_customer": false }),
            json!({ "code": CREDIT, "kind": "credit", "amount": 15_000, "days": 20, "max_uses": 6_000 }),
        ] {
            let held = staff.post("/admin/coupons", &coupon).await.is(202);
            let approve = format!("/admin/approvals/{}/approve", held.text_of("approval_id"));
            other.post(&approve, &json!({})).await.is(200);
        }
        Self {
            staff,
            plans,
            trials,
        }
    }

    /// Prices go up or down by a tenth on one day of the quarter.
    pub(super) async fn manages(&mut self, app: &TestApp, day: u64, random: &mut Random) {
        if day % 90 != 60 {
            return;
        }
        self.staff = self.staff.again().await;
        let plan = random.below(self.plans.len());
        let plan = &self.plans[plan];
        let price = plan.price * [9, 10, 11][random.below(3)] / 10;
        let path = format!("/admin/services/{}/plans/{}/price", plan.service, plan.id);
        let prices: Value = json!({ "monthly_price": price, "yearly_price": price * 10 });
        let staff = &self.staff;
        let ask = || staff.ask(Method::PUT, &path).json(&prices);
        repeats(ask, random, &mut 3).await.is(200);
        app.settle().await;
    }

    pub(super) fn trial_of(&self, app: &str) -> &str {
        let trial = self.trials.iter().find(|plan| plan.app == app);
        &trial.expect("every app can be tried").id
    }

    pub(super) fn of_app(&self, app: &str) -> Vec<&Plan> {
        self.plans.iter().filter(|plan| plan.app == app).collect()
    }
}
