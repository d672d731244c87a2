//! Whether there is room for one more of each plan on sale, told to the plan's slots where it changes. The catalogue is
//! read from its streams.
//!
//! An order takes room once its pods are there. Between the sale and that moment several orders can have been sold the
//! same last room; the one that finds no place waits as unschedulable and comes to its refund at the deadline.

use super::{teller::Teller, watcher::WatchError};
use crate::kubernetes::{PlanResources, Recipes, watch::NodesSeen};
use purser_domain::{
    AggregateType,
    ids::{PlanId, ServiceId},
    resources::Resources,
    service::Service,
};
use sqlx::PgPool;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

pub(super) struct Room {
    teller: Teller,
    pool: PgPool,
    recipes: Arc<Recipes>,
    hold_sales: bool,
    /// What was last told of each plan.
    told: HashMap<PlanId, bool>,
}

impl Room {
    pub(super) fn new(
        teller: Teller,
        pool: PgPool,
        recipes: Arc<Recipes>,
        hold_sales: bool,
    ) -> Self {
        Self {
            teller,
            pool,
            recipes,
            hold_sales,
            told: HashMap::new(),
        }
    }

    pub(super) fn forget(&mut self) {
        self.told.clear();
    }

    pub(super) async fn compare(&mut self, seen: &NodesSeen) -> Result<(), WatchError> {
        for id in self.services().await? {
            let service = self.teller.states.load::<Service>(&id).await?;
            for (recipe, plan) in service.plans() {
                let room = !self.hold_sales || self.has_room(seen, recipe.as_str(), plan.resources);
                if self.told.get(&plan.plan_id) != Some(&room) {
                    self.teller.of_plan(plan.plan_id, room).await?;
                    self.told.insert(plan.plan_id, room);
                }
            }
        }
        Ok(())
    }

    /// A recipe that this build does not have is nothing that room could be missing for.
    fn has_room(&self, seen: &NodesSeen, recipe: &str, resources: Resources) -> bool {
        let plan = PlanResources {
            cpu_millicores: resources.cpu_millicores(),
            memory_mib: resources.memory_mib(),
            storage_mib: resources.storage_mib(),
        };
        match self.recipes.pods(recipe, plan) {
            Ok(pods) => seen.has_room_for(&pods),
            Err(_) => true,
        }
    }

    async fn services(&self) -> sqlx::Result<Vec<ServiceId>> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select aggregate_id from events where aggregate_type = $1 and sequence = 1 order by position",
        )
        .bind(AggregateType::Service.as_str())
        .fetch_all(&self.pool)
        .await?;
        let ids = ids.iter().filter_map(|id| id.parse::<Uuid>().ok());
        Ok(ids.map(ServiceId::new).collect())
    }
}
