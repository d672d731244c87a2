use super::{Tag, pod::seen, pods};
use crate::http::{
    Parts,
    caller::SignedIn,
    dates::Moment,
    error::{ApiError, Query as Asking},
    problem::{FieldError, Problem},
};
use chrono::{DateTime, TimeDelta, Utc};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_domain::ids::{InstanceId, SubscriptionId};
use purser_projections::{
    Projection as _,
    pages::Page,
    pods::{PodRow, Pods, WarningRow},
    usage::{self, PodMetrics, Resolution, UsagePoint, UsageTrouble, Window},
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

/// What a plan gives to an app.
#[derive(Object)]
struct PlanLimits {
    /// CPU in thousandths of a core.
    cpu_millicores: i64,
    /// Memory in MiB.
    memory_mib: i64,
    /// Storage in MiB.
    storage_mib: i64,
}

/// What a subscription's app used over a while.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct SubscriptionUsage {
    subscription_id: Uuid,
    /// What runs for it.
    pod_id: Uuid,
    /// What an item stands for.
    resolution: Resolution,
    /// The first moment that is asked for.
    from: DateTime<Utc>,
    /// The first moment that is not.
    to: DateTime<Utc>,
    /// Whether it is being measured.
    available: bool,
    /// Why it is not.
    reason: Option<UsageTrouble>,
    /// What the plan gives now.
    limits: PlanLimits,
    /// What it comes close to the plan's limit of.
    warnings: Vec<WarningRow>,
    /// What was used, newest first. While nothing ran or nobody measured there is no item.
    items: Vec<UsagePoint>,
    /// Give it as `after` to get the next page; absent on the last one.
    next: Option<String>,
}

pub(in crate::http) struct UsageRoutes(pub(super) Arc<Parts>);

#[OpenApi]
impl UsageRoutes {
    /// Read what a pod uses now, and what it used last.
    ///
    /// It is measured about once a minute, and shown beside what the plan gives.
    #[oai(
        path = "/pods/:id/metrics",
        method = "get",
        operation_id = "get_pod_metrics",
        tag = "Tag::Pods"
    )]
    async fn metrics(
        &self,
        caller: SignedIn,
        /// The pod's id.
        id: Path<Uuid>,
        /// How many measurements, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<PodMetrics>, ApiError<Asking>> {
        let mut views = self.0.at(&[Pods::NAME], min_position.0).await?;
        let pod = seen(&mut views, &caller, InstanceId::new(id.0)).await?;
        let pod = pod.ok_or_else(pods::not_found)?;
        let (now, limit) = (self.0.clock.now(), limit.0.unwrap_or(50));
        let metrics = usage::of_pod(&mut views, &pod, now, limit).await;
        Ok(Json(metrics.map_err(ViewsError::from)?))
    }

    /// Read what a subscription's app used over a while.
    ///
    /// Single measurements are kept for days, hours for weeks, days for more than a year.
    #[oai(
        path = "/subscriptions/:id/usage",
        method = "get",
        operation_id = "get_subscription_usage",
        tag = "Tag::Subscriptions"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a parameter of the query"
    )]
    async fn usage(
        &self,
        caller: SignedIn,
        /// The subscription's id.
        id: Path<Uuid>,
        /// What an item stands for; `hour` where it is not given.
        resolution: Query<Option<Resolution>>,
        /// The first moment; where it is not given, as long before `to` as 50 items are.
        from: Query<Option<Moment>>,
        /// The first moment no longer asked for; now where it is not given.
        to: Query<Option<Moment>>,
        /// How many items, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<SubscriptionUsage>, ApiError<Asking>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let (resolution, now) = (resolution.0.unwrap_or(Resolution::Hour), self.0.clock.now());
        let window = window(resolution, from.0, to.0, now)?;
        let mut views = self.0.at(&[Pods::NAME], min_position.0).await?;
        let pod = InstanceId::of(SubscriptionId::new(id.0));
        let pod = seen(&mut views, &caller, pod)
            .await?
            .ok_or_else(not_found)?;
        let sampling = usage::sampling(&mut views)
            .await
            .map_err(ViewsError::from)?;
        let found = usage::history(&mut views, pod.id, resolution, window, &page).await;
        let (items, next) = found.map_err(ViewsError::from)?;
        let reason = sampling.trouble(now);
        Ok(Json(SubscriptionUsage {
            subscription_id: id.0,
            pod_id: pod.id,
            resolution,
            from: window.from,
            to: window.to,
            available: reason.is_none(),
            reason,
            limits: PlanLimits::of(&pod),
            warnings: pod.warnings,
            items,
            next,
        }))
    }
}

impl PlanLimits {
    fn of(pod: &PodRow) -> Self {
        Self {
            cpu_millicores: pod.cpu_millicores,
            memory_mib: pod.memory_mib,
            storage_mib: pod.storage_mib,
        }
    }
}

fn window(
    resolution: Resolution,
    from: Option<Moment>,
    to: Option<Moment>,
    now: DateTime<Utc>,
) -> Result<Window, Problem> {
    let to = to.map_or(now, |to| to.0);
    let span = match resolution {
        Resolution::Sample => TimeDelta::minutes(50),
        Resolution::Hour => TimeDelta::hours(50),
        Resolution::Day => TimeDelta::days(50),
    };
    let from = from.map_or_else(|| to - span, |from| from.0);
    match from < to {
        true => Ok(Window { from, to }),
        false => Err(Problem::invalid(vec![FieldError {
            pointer: "from".to_owned(),
            detail: "is not before `to`".to_owned(),
        }])),
    }
}

fn not_found() -> Problem {
    Problem::not_found("subscription.not_found", "there is no such subscription")
}
