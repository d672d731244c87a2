use crate::http::{
    Parts,
    answer::Accepted,
    body::Body,
    caller::Admin,
    dates::Moment,
    error::{ApiError, Command},
    fields::Fields,
    idempotency::{Keyed, NO_BODY},
    problem::Problem,
    routes::{Tag, pods::ChangedPod},
};
use chrono::DateTime;
use poem_openapi::{Object, OpenApi, param::Path, types::Example};
use purser_domain::{
    instance::{HoldKind, InstanceCommand, LifeCommand},
    resources::Resources,
    text::Reason,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct HoldPodRequest {
    /// Why; it stays in the history for ever. The customer does not see it.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
    /// When the hold ends by itself; never where it is not given.
    until: Option<Moment>,
}

impl Example for HoldPodRequest {
    fn example() -> Self {
        Self {
            reason: "sends spam, see ticket 4711".into(),
            until: Some(Moment(DateTime::from_timestamp_nanos(
                4_102_444_800_000_000_000,
            ))),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ReleasePodRequest {
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for ReleasePodRequest {
    fn example() -> Self {
        Self {
            reason: "the customer cleaned it up".into(),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ResizePodRequest {
    /// CPU in thousandths of a core.
    cpu_millicores: u32,
    /// Memory in MiB.
    memory_mib: u32,
    /// Storage in MiB; it only grows.
    storage_mib: u32,
}

impl Example for ResizePodRequest {
    fn example() -> Self {
        Self {
            cpu_millicores: 1_000,
            memory_mib: 1_024,
            storage_mib: 10_240,
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ReclaimObjectRequest {
    /// The object, as `Kind/name`.
    #[oai(validator(min_length = 3, max_length = 300))]
    object: String,
}

impl Example for ReclaimObjectRequest {
    fn example() -> Self {
        Self {
            object: "Deployment/web".into(),
        }
    }
}

impl ResizePodRequest {
    fn resources(&self) -> Result<Resources, Problem> {
        let mut fields = Fields::default();
        let resources = Resources::new(self.cpu_millicores, self.memory_mib, self.storage_mib);
        let resources = fields.take("", resources);
        fields.done(resources)
    }
}

fn parse(reason: &str) -> Result<Reason, Problem> {
    let mut fields = Fields::default();
    let reason = fields.parse("/reason", reason);
    fields.done(reason)
}

pub(in crate::http) struct AdminPodRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/pods", tag = "Tag::Administration")]
impl AdminPodRoutes {
    /// Keep a pod from running, for abuse or by order.
    ///
    /// App and database are stopped, the data stay, and the customer cannot start it. Another reason or
    /// deadline takes the place of the one before.
    #[oai(path = "/:id/hold", method = "post", operation_id = "hold_pod")]
    async fn hold(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
        body: Body<HoldPodRequest>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "hold_pod", &[id.0], &body.0)?;
        let command = LifeCommand::Hold {
            kind: HoldKind::Staff,
            reason: parse(&body.0.reason)?,
            until: body.0.until.map(|until| until.0),
            at: self.0.clock.now(),
        };
        Ok(ChangedPod::by(&self.0, &context, id.0, command).await?)
    }

    /// End the hold that staff has on a pod.
    ///
    /// It starts again where its customer has not stopped it and nothing else holds it.
    #[oai(path = "/:id/release", method = "post", operation_id = "release_pod")]
    async fn release(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
        body: Body<ReleasePodRequest>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "release_pod", &[id.0], &body.0)?;
        let command = LifeCommand::Release {
            kind: HoldKind::Staff,
            reason: parse(&body.0.reason)?,
            at: self.0.clock.now(),
        };
        Ok(ChangedPod::by(&self.0, &context, id.0, command).await?)
    }

    /// Give a pod other figures, on the same volume.
    ///
    /// Its pod is replaced. Storage only grows.
    #[oai(path = "/:id/resize", method = "post", operation_id = "resize_pod")]
    async fn resize(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
        body: Body<ResizePodRequest>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "resize_pod", &[id.0], &body.0)?;
        let command = LifeCommand::Resize {
            resources: body.0.resources()?,
            at: self.0.clock.now(),
        };
        Ok(ChangedPod::by(&self.0, &context, id.0, command).await?)
    }

    /// End the fight over an object of a pod.
    ///
    /// An object that somebody edits three times within an hour is left alone. Once he has stopped, the next
    /// sweep puts it back.
    #[oai(
        path = "/:id/reclaim",
        method = "post",
        operation_id = "reclaim_object"
    )]
    async fn reclaim(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
        body: Body<ReclaimObjectRequest>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "reclaim_object", &[id.0], &body.0)?;
        let command = InstanceCommand::Reclaim {
            object: body.0.object,
            at: self.0.clock.now(),
        };
        Ok(ChangedPod::by(&self.0, &context, id.0, command).await?)
    }

    /// Ask once more for the operation on a pod that failed last.
    #[oai(path = "/:id/retry", method = "post", operation_id = "retry_pod")]
    async fn retry(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "retry_pod", &[id.0], &NO_BODY)?;
        let command = LifeCommand::Retry {
            at: self.0.clock.now(),
        };
        Ok(ChangedPod::by(&self.0, &context, id.0, command).await?)
    }
}
