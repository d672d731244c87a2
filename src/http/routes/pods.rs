use super::Tag;
use crate::{
    http::{
        Parts,
        answer::{Accepted, Listed},
        caller::{Customer, SignedIn},
        error::{self, ApiError, Command, Refusing},
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
    },
    store::Context,
};
use poem::http::StatusCode;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_domain::{
    decisions::{Live, RevealCredentials},
    ids::InstanceId,
    instance::{InstanceCommand, LifeCommand},
};
use purser_projections::{
    Projection as _,
    pages::Page,
    pods::{self, CompletedStep, HoldRow, PodRow, PodStatus, Pods},
    views::ViewsError,
};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Where a pod stands, as it was observed.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct ObservedStatus {
    id: Uuid,
    status: PodStatus,
    /// The steps of provisioning so far.
    steps: Vec<CompletedStep>,
    /// What stands in the way, in plain words.
    trouble: Option<String>,
    /// What keeps it from running.
    holds: Vec<HoldRow>,
    version: i64,
}

impl From<PodRow> for ObservedStatus {
    fn from(pod: PodRow) -> Self {
        Self {
            id: pod.id,
            status: pod.status,
            steps: pod.steps,
            trouble: pod.trouble,
            holds: pod.holds,
            version: pod.version,
        }
    }
}

/// The generated sign-in of an app. Keep it: it is shown once, and once more after a reset of its password.
#[derive(Object)]
struct Credentials {
    /// Where to sign in.
    url: String,
    username: String,
    password: String,
    /// The position of the commit.
    position: i64,
    /// The version of the pod.
    version: i64,
}

/// What a change of a pod led to.
#[derive(Object)]
pub(in crate::http::routes) struct ChangedPod {
    pod_id: Uuid,
    /// Where it stands now. What is under way is over once it was observed on the cluster.
    status: PodStatus,
    /// The position of the commit.
    position: i64,
    /// The version of the pod.
    version: i64,
}

impl ChangedPod {
    /// Gives the command on a pod, and says what came of it.
    pub(in crate::http::routes) async fn by(
        parts: &Parts,
        context: &Context,
        pod_id: Uuid,
        command: impl Into<InstanceCommand>,
    ) -> Result<Accepted<Self>, Problem> {
        let live = Live {
            instance_id: InstanceId::new(pod_id),
            command: command.into(),
        };
        let committed = parts.appender.execute(context.command(live)).await?;
        let status: PodStatus = committed.answer()?;
        let body = Self {
            pod_id,
            status,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}

pub(in crate::http) struct PodRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/pods", tag = "Tag::Pods")]
impl PodRoutes {
    /// List what runs for you.
    #[oai(path = "/", method = "get", operation_id = "list_pods")]
    async fn list(
        &self,
        customer: Customer,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<PodRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[Pods::NAME], min_position.0).await?;
        let found = pods::page_of_user(&mut views, customer.id(), &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read where a pod stands.
    ///
    /// It is observed on the cluster; nobody writes it, and `PUT` is answered 405.
    #[oai(path = "/:id/status", method = "get", operation_id = "get_pod_status")]
    async fn status(
        &self,
        customer: Customer,
        /// The pod's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<ObservedStatus>, ApiError<error::Query>> {
        let pod = self.pod(&customer, id.0, min_position.0).await?;
        Ok(Json(pod.into()))
    }

    /// Never done: a pod's status is observed on the cluster, nobody writes it. The document does not
    /// tell of it as of something that could be asked.
    #[oai(
        path = "/:id/status",
        method = "put",
        operation_id = "set_pod_status",
        hidden = true
    )]
    async fn set_status(
        &self,
        _signed_in: SignedIn,
        /// The pod's id.
        #[oai(name = "id")]
        _id: Path<Uuid>,
    ) -> Result<Json<ObservedStatus>, ApiError<Refusing>> {
        let detail = "a pod's status is observed on the cluster, never written";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Err(Problem::new(status, "pod.status_is_observed", detail).into())
    }

    /// Get the generated sign-in of an app, once.
    ///
    /// Repeating the request with the same key shows it again; any other request is refused, until its password is reset.
    #[oai(
        path = "/:id/credentials",
        method = "post",
        operation_id = "reveal_pod_credentials"
    )]
    async fn credentials(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<Credentials>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "reveal_pod_credentials", &[id.0], &NO_BODY)?;
        let instance = InstanceId::new(id.0);
        let reveal = RevealCredentials {
            instance_id: instance,
            asked_by: customer.id(),
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(reveal)).await?;
        let shown = self.0.pods.credentials(instance).await?;
        // An old request that is repeated shows what it showed, or nothing: before a password could be reset it named none.
        let operation: Option<u32> = committed.answer_since(Value::is_number)?;
        if operation.unwrap_or(0) != shown.operation {
            return Err(reset_since().into());
        }
        let body = Credentials {
            url: shown.url,
            username: shown.username,
            password: shown.password,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }

    /// Restart an app: its pod is replaced, its data stay.
    ///
    /// Asking again while that is under way changes nothing.
    #[oai(path = "/:id/restart", method = "post", operation_id = "restart_pod")]
    async fn restart(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let (asked_by, at) = (customer.id(), self.0.clock.now());
        let command = LifeCommand::Restart { asked_by, at };
        self.change(&customer, &ask, "restart_pod", id.0, command)
            .await
    }

    /// Stop an app and its database. The data stay, and so does what it costs.
    #[oai(path = "/:id/stop", method = "post", operation_id = "stop_pod")]
    async fn stop(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let (asked_by, at) = (customer.id(), self.0.clock.now());
        let command = LifeCommand::Stop { asked_by, at };
        self.change(&customer, &ask, "stop_pod", id.0, command)
            .await
    }

    /// Start a stopped app again.
    #[oai(path = "/:id/start", method = "post", operation_id = "start_pod")]
    async fn start(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let (asked_by, at) = (customer.id(), self.0.clock.now());
        let command = LifeCommand::Start { asked_by, at };
        self.change(&customer, &ask, "start_pod", id.0, command)
            .await
    }

    /// Give the owner of an app another password. The app goes on running, and who is signed in has to do it anew.
    ///
    /// Once that is done, the sign-in can be got once more. Asking again while it is under way changes nothing.
    #[oai(
        path = "/:id/reset-password",
        method = "post",
        operation_id = "reset_pod_password"
    )]
    async fn reset_password(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let (asked_by, at) = (customer.id(), self.0.clock.now());
        let command = LifeCommand::ResetPassword { asked_by, at };
        self.change(&customer, &ask, "reset_pod_password", id.0, command)
            .await
    }
}

impl PodRoutes {
    async fn change(
        &self,
        customer: &Customer,
        ask: &Keyed,
        operation: &str,
        id: Uuid,
        command: LifeCommand,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, customer.actor(), operation, &[id], &NO_BODY)?;
        Ok(ChangedPod::by(&self.0, &context, id, command).await?)
    }

    async fn pod(
        &self,
        customer: &Customer,
        id: Uuid,
        min_position: Option<i64>,
    ) -> Result<PodRow, Problem> {
        let mut views = self.0.at(&[Pods::NAME], min_position).await?;
        let found = pods::of_user(&mut views, customer.id(), InstanceId::new(id)).await;
        let pod = found.map_err(ViewsError::from)?;
        pod.ok_or_else(not_found)
    }
}

fn reset_since() -> Problem {
    let detail = "the password of this pod was reset since it was shown";
    Problem::new(StatusCode::CONFLICT, "pod.password_was_reset", detail)
}

pub(super) fn not_found() -> Problem {
    Problem::not_found("pod.not_found", "there is no such pod")
}
