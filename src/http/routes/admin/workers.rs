use crate::{
    fleet::Invited,
    http::{
        Parts,
        answer::{Accepted, Created, Listed},
        body::Body,
        caller::{Auditor, Operator},
        error::{self, ApiError, Command},
        fields::Fields,
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
        routes::{PREFIX, Tag},
    },
};
use chrono::{DateTime, Utc};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    decisions::One,
    ids::WorkerId,
    worker::{Worker, WorkerCommand},
};
use purser_projections::{
    Projection as _,
    pages::Page,
    views::ViewsError,
    workers::{self, Pool, WorkerWithLoad, Workers},
};
use std::sync::Arc;
use uuid::Uuid;

const MODELS: &[&str] = &[Workers::NAME];

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct InviteWorkerRequest {
    /// For how long the token can be used, up to a week.
    #[oai(validator(minimum(value = "1"), maximum(value = "10080")))]
    expires_in_minutes: u32,
    /// The pool that the host will belong to; `default` where it is not given.
    #[oai(validator(min_length = 1, max_length = 63))]
    pool: Option<String>,
}

impl Example for InviteWorkerRequest {
    fn example() -> Self {
        Self {
            expires_in_minutes: 60,
            pool: Some("default".into()),
        }
    }
}

/// A join token. Repeating the request with its `Idempotency-Key` shows it again, nothing else does.
#[derive(Object)]
struct InvitedWorker {
    /// The id that the host will have.
    worker_id: Uuid,
    /// Lets one host join. It is stored nowhere.
    token: String,
    /// Until when.
    expires_at: DateTime<Utc>,
    /// The position of the commit.
    position: i64,
    /// The version of the worker.
    version: i64,
}

/// A worker of which something was asked.
#[derive(Object)]
struct ChangedWorker {
    worker_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the worker.
    version: i64,
}

/// All pools.
#[derive(Object)]
struct Pools {
    /// Every pool that has a worker, by name.
    items: Vec<Pool>,
}

pub(in crate::http) struct AdminWorkerRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin", tag = "Tag::Workers")]
impl AdminWorkerRoutes {
    /// List every worker with how much of it is taken, newest first.
    #[oai(path = "/workers", method = "get", operation_id = "list_workers")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<WorkerWithLoad>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(MODELS, min_position.0).await?;
        let found = workers::page(&mut views, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a worker, one that was removed included.
    #[oai(path = "/workers/:id", method = "get", operation_id = "get_worker")]
    async fn get(
        &self,
        _auditor: Auditor,
        /// The worker's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<WorkerWithLoad>, ApiError<error::Query>> {
        let mut views = self.0.at(MODELS, min_position.0).await?;
        let found = workers::by_id(&mut views, WorkerId::new(id.0)).await;
        let worker = found.map_err(ViewsError::from)?;
        let missing = || Problem::not_found("worker.not_found", "there is no such worker");
        Ok(Json(worker.ok_or_else(missing)?))
    }

    /// List the pools: what their workers have, what is taken, what is left.
    #[oai(path = "/pools", method = "get", operation_id = "list_pools")]
    async fn pools(
        &self,
        _auditor: Auditor,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Pools>, ApiError<error::Query>> {
        let mut views = self.0.at(MODELS, min_position.0).await?;
        let found = workers::pools(&mut views).await;
        let items = found.map_err(ViewsError::from)?;
        Ok(Json(Pools { items }))
    }

    /// Make a token with which one host outside of the cluster can join.
    #[oai(
        path = "/workers/join-tokens",
        method = "post",
        operation_id = "create_join_token"
    )]
    async fn invite(
        &self,
        operator: Operator,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<InviteWorkerRequest>,
    ) -> Result<Created<InvitedWorker>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, operator.actor(), "create_join_token", &[], &body.0)?;
        let mut fields = Fields::default();
        let pool = fields.parse("/pool", body.0.pool.as_deref().unwrap_or("default"));
        let (pool, minutes) = (fields.done(pool)?, body.0.expires_in_minutes);
        let invited = self.0.hosts.invite(&context, pool, minutes).await?;
        Ok(InvitedWorker::answer(invited))
    }

    /// Let nothing new be placed on a worker.
    #[oai(
        path = "/workers/:id/cordon",
        method = "post",
        operation_id = "cordon_worker"
    )]
    async fn cordon(
        &self,
        operator: Operator,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The worker's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedWorker>, ApiError<Command>> {
        let command = WorkerCommand::Cordon;
        self.change(&operator, &ask, "cordon_worker", id.0, command)
            .await
    }

    /// Let new things be placed on a worker again. It calls a drain off.
    #[oai(
        path = "/workers/:id/uncordon",
        method = "post",
        operation_id = "uncordon_worker"
    )]
    async fn uncordon(
        &self,
        operator: Operator,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The worker's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedWorker>, ApiError<Command>> {
        let command = WorkerCommand::Uncordon;
        self.change(&operator, &ask, "uncordon_worker", id.0, command)
            .await
    }

    /// Move what is ours off a node, as fast as disruption budgets allow. Nothing new comes onto it.
    ///
    /// What is held for too long makes it fail, and `drain_failed` says what it was. Ask for it again then.
    #[oai(
        path = "/workers/:id/drain",
        method = "post",
        operation_id = "drain_worker"
    )]
    async fn drain(
        &self,
        operator: Operator,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The worker's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedWorker>, ApiError<Command>> {
        let at = self.0.clock.now();
        let command = WorkerCommand::Drain { at };
        self.change(&operator, &ask, "drain_worker", id.0, command)
            .await
    }

    /// Forget a host outside of the cluster, or take an unused join token back.
    ///
    /// A node of the cluster goes when it is gone there: 409.
    #[oai(
        path = "/workers/:id",
        method = "delete",
        operation_id = "dismiss_worker"
    )]
    async fn dismiss(
        &self,
        operator: Operator,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The worker's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedWorker>, ApiError<Command>> {
        let at = self.0.clock.now();
        let command = WorkerCommand::Dismiss { at };
        self.change(&operator, &ask, "dismiss_worker", id.0, command)
            .await
    }
}

impl AdminWorkerRoutes {
    async fn change(
        &self,
        operator: &Operator,
        ask: &Keyed,
        operation: &str,
        id: Uuid,
        command: WorkerCommand,
    ) -> Result<Accepted<ChangedWorker>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, operator.actor(), operation, &[id], &NO_BODY)?;
        let change = One::<Worker> {
            id: WorkerId::new(id),
            command,
        };
        let committed = self.0.appender.execute(context.command(change)).await?;
        let body = ChangedWorker {
            worker_id: id,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}

impl InvitedWorker {
    fn answer(invited: Invited) -> Created<Self> {
        let committed = invited.committed;
        let body = Self {
            worker_id: invited.worker_id.uuid(),
            token: invited.token,
            expires_at: invited.expires_at,
            position: committed.position,
            version: committed.version,
        };
        let path = format!("{PREFIX}/admin/workers/{}", body.worker_id);
        Created::new(&committed, body).at(path)
    }
}
