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
}

impl Shop {
    /// Each app has a small plan and a larger one.
    pub(super) async fn opens(app: &TestApp) -> Self {
        let staff = app.admin().await;
        let mut plans = Vec::new();
        for app in APPS {
            let service =
                json!({ "slug": app, "title": app, "description": "An app", "recipe": app });
            let service = staff.post("/admin/services", &service).await.is(201);
            let service = service.text_of("service_id");
            let path = format!("/admin/services/{service}");
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
        Self { staff, plans }
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

    pub(super) fn of_app(&self, app: &str) -> Vec<&Plan> {
        self.plans.iter().filter(|plan| plan.app == app).collect()
    }
}
