use super::{
    new_plan::{AddPlanRequest, RepricePlanRequest},
    new_service::CreateServiceRequest,
};
use crate::{
    http::{
        Parts,
        answer::{Accepted, Created, Listed},
        body::{Body, MaybeBody},
        caller::Admin,
        error::{self, ApiError, Command},
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
        routes::{
            PREFIX, Tag,
            services::{MODELS, not_found},
        },
    },
    store::Committed,
};
use chrono::{DateTime, Utc};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::{Example, ToJSON},
};
use purser_domain::{
    Refused,
    decisions::{One, ResizePlan},
    ids::{PlanId, ServiceId},
    service::{Licence, Priced, Service, ServiceCommand},
};
use purser_projections::{
    pages::Page,
    services::{self, Audience, ServiceWithPlans},
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Default, Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct PublishServiceRequest {
    /// Whether you answer for what the licence of the app asks: see `licence_notice` of its template.
    licence_acknowledged: Option<bool>,
}

impl Example for PublishServiceRequest {
    fn example() -> Self {
        Self {
            licence_acknowledged: Some(true),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ResizePlanRequest {
    /// How many can be sold at the same time.
    capacity: u32,
}

impl Example for ResizePlanRequest {
    fn example() -> Self {
        Self { capacity: 200 }
    }
}

/// What a plan cost from some moment on.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct PlanPrice {
    /// Since when it is the price of new orders; absent of the price with which the plan was added.
    since: Option<DateTime<Utc>>,
    /// What a month costs, in whole rupiah.
    monthly_price: i64,
    /// What a year costs, in whole rupiah.
    yearly_price: i64,
}

impl From<&Priced> for PlanPrice {
    fn from((since, price): &Priced) -> Self {
        Self {
            since: *since,
            monthly_price: price.monthly.get(),
            yearly_price: price.yearly.get(),
        }
    }
}

/// A service that was changed.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct ChangedService {
    service_id: Uuid,
    /// The plan that was added or changed.
    plan_id: Option<Uuid>,
    /// The position of the commit.
    position: i64,
    /// The version of the service.
    version: i64,
}

impl ChangedService {
    fn new(committed: &Committed, service_id: Uuid, plan_id: Option<Uuid>) -> Self {
        Self {
            service_id,
            plan_id,
            position: committed.position,
            version: committed.version,
        }
    }
}

pub(in crate::http) struct AdminServiceRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/services", tag = "Tag::Administration")]
impl AdminServiceRoutes {
    /// List the whole catalogue, drafts and retired services included.
    #[oai(path = "/", method = "get", operation_id = "list_all_services")]
    async fn list(
        &self,
        _admin: Admin,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<ServiceWithPlans>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(MODELS, min_position.0).await?;
        let found = services::page(&mut views, Audience::Staff, &page).await;
        let (services, next) = found.map_err(ViewsError::from)?;
        let priced = services
            .into_iter()
            .map(|service| service.under(self.0.policy.vat));
        Ok(Json((priced.collect(), next).into()))
    }

    /// Read a service with all its plans, draft or retired as well.
    #[oai(path = "/:id", method = "get", operation_id = "get_any_service")]
    async fn get(
        &self,
        _admin: Admin,
        /// The service's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<ServiceWithPlans>, ApiError<error::Query>> {
        let mut views = self.0.at(MODELS, min_position.0).await?;
        let found = services::by_id(&mut views, Audience::Staff, ServiceId::new(id.0)).await;
        let service = found.map_err(ViewsError::from)?.ok_or_else(not_found)?;
        Ok(Json(service.under(self.0.policy.vat)))
    }

    /// Add a service to the catalogue, as a draft.
    #[oai(path = "/", method = "post", operation_id = "create_service")]
    async fn create(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<CreateServiceRequest>,
    ) -> Result<Created<ChangedService>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "create_service", &[], &body.0)?;
        let id = ServiceId::new(context.derive("service"));
        let command = body.0.into_command(&self.0, id)?;
        let create = One::<Service> { id, command };
        let committed = self.0.appender.execute(context.command(create)).await?;
        let body = ChangedService::new(&committed, id.uuid(), None);
        Ok(Created::new(&committed, body).at(format!("{PREFIX}/admin/services/{id}")))
    }

    /// Add a plan to a service.
    #[oai(path = "/:id/plans", method = "post", operation_id = "add_plan")]
    async fn add_plan(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The service's id.
        id: Path<Uuid>,
        body: Body<AddPlanRequest>,
    ) -> Result<Created<ChangedService>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "add_plan", &[id.0], &body.0)?;
        let plan_id = PlanId::new(context.derive("plan"));
        let add = body.0.into_decision(ServiceId::new(id.0), plan_id)?;
        let committed = self.0.appender.execute(context.command(add)).await?;
        let body = ChangedService::new(&committed, id.0, Some(plan_id.uuid()));
        Ok(Created::new(&committed, body))
    }

    /// Put a service up for sale.
    ///
    /// Where its template has a `licence_notice`, you say that you know it; that is recorded with your name. Else 409.
    #[oai(
        path = "/:id/publish",
        method = "post",
        operation_id = "publish_service"
    )]
    async fn publish(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The service's id.
        id: Path<Uuid>,
        body: MaybeBody<PublishServiceRequest>,
    ) -> Result<Accepted<ChangedService>, ApiError<Command>> {
        let licence = self.licence(&admin, ServiceId::new(id.0), &body.0).await?;
        let publish = ServiceCommand::Publish { licence };
        self.change(&admin, &ask, "publish_service", &[id.0], &body.0, publish)
            .await
    }

    /// Take a service off sale for good. What is sold of it runs on.
    #[oai(path = "/:id/retire", method = "post", operation_id = "retire_service")]
    async fn retire(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The service's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedService>, ApiError<Command>> {
        let retire = ServiceCommand::Retire;
        self.change(&admin, &ask, "retire_service", &[id.0], &NO_BODY, retire)
            .await
    }

    /// Change what a plan costs from now on. Running periods keep their price.
    #[oai(
        path = "/:id/plans/:plan_id/price",
        method = "put",
        operation_id = "reprice_plan"
    )]
    async fn reprice(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The service's id.
        id: Path<Uuid>,
        /// The plan's id.
        plan_id: Path<Uuid>,
        body: Body<RepricePlanRequest>,
    ) -> Result<Accepted<ChangedService>, ApiError<Command>> {
        let reprice = ServiceCommand::RepricePlan {
            plan_id: PlanId::new(plan_id.0),
            price: body.0.price()?,
            at: self.0.clock.now(),
        };
        let path = &[id.0, plan_id.0];
        self.change(&admin, &ask, "reprice_plan", path, &body.0, reprice)
            .await
    }

    /// List what a plan costs and has cost, newest first.
    #[oai(
        path = "/:id/plans/:plan_id/prices",
        method = "get",
        operation_id = "list_plan_prices"
    )]
    async fn list_prices(
        &self,
        _admin: Admin,
        /// The service's id.
        id: Path<Uuid>,
        /// The plan's id.
        plan_id: Path<Uuid>,
    ) -> Result<Json<Listed<PlanPrice>>, ApiError<error::Query>> {
        // Out of the history itself, so it is never older than what was asked before.
        let service = self.0.states.load::<Service>(&ServiceId::new(id.0)).await?;
        let prices = service.prices(PlanId::new(plan_id.0));
        let prices = prices.map_err(Refused::from)?.iter().rev();
        let items = prices.map(PlanPrice::from).collect();
        Ok(Json(Listed { items, next: None }))
    }

    /// Take one plan off sale for good. What is sold of it runs on, and renews.
    #[oai(
        path = "/:id/plans/:plan_id/withdraw",
        method = "post",
        operation_id = "withdraw_plan"
    )]
    async fn withdraw(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The service's id.
        id: Path<Uuid>,
        /// The plan's id.
        plan_id: Path<Uuid>,
    ) -> Result<Accepted<ChangedService>, ApiError<Command>> {
        let withdraw = ServiceCommand::WithdrawPlan {
            plan_id: PlanId::new(plan_id.0),
        };
        let path = &[id.0, plan_id.0];
        self.change(&admin, &ask, "withdraw_plan", path, &NO_BODY, withdraw)
            .await
    }

    /// Change how many of a plan can be sold at the same time.
    ///
    /// Of fewer than are sold none is taken away: no more are sold until enough came back.
    #[oai(
        path = "/:id/plans/:plan_id/capacity",
        method = "put",
        operation_id = "resize_plan"
    )]
    async fn resize(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The service's id.
        id: Path<Uuid>,
        /// The plan's id.
        plan_id: Path<Uuid>,
        body: Body<ResizePlanRequest>,
    ) -> Result<Accepted<ChangedService>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let path = &[id.0, plan_id.0];
        let context = ask.context(keys, admin.actor(), "resize_plan", path, &body.0)?;
        let resize = ResizePlan {
            service_id: ServiceId::new(id.0),
            plan_id: PlanId::new(plan_id.0),
            capacity: body.0.capacity,
        };
        let committed = self.0.appender.execute(context.command(resize)).await?;
        let body = ChangedService::new(&committed, id.0, Some(plan_id.0));
        Ok(Accepted::new(&committed, body))
    }
}

impl AdminServiceRoutes {
    /// What the app's licence asks, and whether this admin answers for it.
    async fn licence(
        &self,
        admin: &Admin,
        id: ServiceId,
        request: &PublishServiceRequest,
    ) -> Result<Licence, Problem> {
        // A service keeps its recipe, so what is recalled may be old.
        let service = self.0.states.recall::<Service>(&id).await?;
        let recipe = service.recipe().map(|recipe| recipe.as_str());
        let mut templates = self.0.templates.iter();
        let template = templates.find(|template| Some(template.name.as_str()) == recipe);
        let Some(notice) = template.and_then(|template| template.licence_notice.as_deref()) else {
            return Ok(Licence::Free);
        };
        if request.licence_acknowledged != Some(true) {
            return Ok(Licence::Unread);
        }
        Ok(Licence::Acknowledged {
            notice: notice.parse().map_err(|error| Problem::internal(&error))?,
            by: admin.id(),
        })
    }

    /// One command on the service that comes first in the path; a plan may come second.
    async fn change(
        &self,
        admin: &Admin,
        ask: &Keyed,
        operation: &str,
        path: &[Uuid],
        body: &impl ToJSON,
        command: ServiceCommand,
    ) -> Result<Accepted<ChangedService>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), operation, path, body)?;
        let service_id = path.first().copied().unwrap_or_default();
        let change = One::<Service> {
            id: ServiceId::new(service_id),
            command,
        };
        let committed = self.0.appender.execute(context.command(change)).await?;
        let plan_id = path.get(1).copied();
        let body = ChangedService::new(&committed, service_id, plan_id);
        Ok(Accepted::new(&committed, body))
    }
}
