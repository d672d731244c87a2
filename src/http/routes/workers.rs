use super::{PREFIX, Tag};
use crate::{
    fleet::Joined,
    http::{
        Parts,
        answer::Created,
        body::Body,
        caller::Host,
        error::{ApiError, HostCommand},
        fields::Fields,
        idempotency::MaybeKeyed,
        problem::{Problem, unauthenticated},
    },
};
use poem_openapi::{Object, OpenApi, param::Path, payload::Json, types::Example};
use purser_domain::worker::Capacity;
use std::sync::Arc;
use uuid::Uuid;

/// How much of what a worker has.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct WorkerFigures {
    /// CPU in thousandths of a core.
    cpu_millicores: u32,
    /// Memory in MiB.
    memory_mib: u32,
    /// How many pods, or what else runs there.
    pods: u32,
}

impl From<WorkerFigures> for Capacity {
    fn from(figures: WorkerFigures) -> Self {
        Self {
            cpu_millicores: figures.cpu_millicores,
            memory_mib: figures.memory_mib,
            pods: figures.pods,
        }
    }
}

fn example(cores: u32) -> WorkerFigures {
    WorkerFigures {
        cpu_millicores: cores * 1_000,
        memory_mib: 16_384,
        pods: 110,
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct RegisterWorkerRequest {
    /// The join token, as staff was shown it.
    #[oai(validator(max_length = 200))]
    token: String,
    /// What the host calls itself: letters, digits, `-`, `_` and `.`.
    #[oai(validator(min_length = 1, max_length = 253))]
    name: String,
    /// What it has.
    capacity: WorkerFigures,
}

impl Example for RegisterWorkerRequest {
    fn example() -> Self {
        Self {
            token: "join.0194b8a0-7c00-7001-8000-000000000001.Zm9v".into(),
            name: "host-1.example.com".into(),
            capacity: example(8),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct HeartbeatRequest {
    /// What the host has.
    capacity: WorkerFigures,
    /// How much of it is taken.
    allocated: WorkerFigures,
}

impl Example for HeartbeatRequest {
    fn example() -> Self {
        Self {
            capacity: example(8),
            allocated: example(2),
        }
    }
}

/// A host that joined.
#[derive(Object)]
struct RegisteredWorker {
    worker_id: Uuid,
    /// Send it as bearer token with every heartbeat. It is shown here and nowhere else.
    credential: String,
    /// The position of the commit.
    position: i64,
    /// The version of the worker.
    version: i64,
}

/// A heartbeat that was heard.
#[derive(Object)]
struct Heard {
    worker_id: Uuid,
    /// Always `online`: whoever is heard is.
    status: String,
}

pub(in crate::http) struct WorkerRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/workers", tag = "Tag::Workers")]
impl WorkerRoutes {
    /// Join as a host outside of the cluster. A join token is used once.
    ///
    /// Repeating the request with its `Idempotency-Key` gives the same credential again.
    #[oai(path = "/register", method = "post", operation_id = "register_worker")]
    async fn register(
        &self,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
        body: Body<RegisterWorkerRequest>,
    ) -> Result<Created<RegisteredWorker>, ApiError<HostCommand>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let mut fields = Fields::default();
        let name = fields.parse("/name", &body.0.name);
        let name = fields.done(name)?;
        let (token, capacity) = (&body.0.token, body.0.capacity.into());
        let joined = self.0.hosts.join(&asking, token, name, capacity).await?;
        Ok(RegisteredWorker::answer(joined))
    }

    /// Say that the host is alive, what it has, and how much of it is taken.
    ///
    /// It changes nothing that could be repeated, so it takes no `Idempotency-Key`.
    #[oai(
        path = "/:id/heartbeat",
        method = "post",
        operation_id = "record_heartbeat"
    )]
    async fn heartbeat(
        &self,
        host: Host,
        /// The worker's id.
        id: Path<Uuid>,
        body: Body<HeartbeatRequest>,
    ) -> Result<Json<Heard>, ApiError<HostCommand>> {
        let worker = host.id();
        if worker.uuid() != id.0 {
            return Err(of_another().into());
        }
        let HeartbeatRequest {
            capacity,
            allocated,
        } = body.0;
        let hosts = &self.0.hosts;
        hosts
            .beat(worker, capacity.into(), allocated.into())
            .await?;
        Ok(Json(Heard {
            worker_id: id.0,
            status: "online".into(),
        }))
    }
}

impl RegisteredWorker {
    fn answer(joined: Joined) -> Created<Self> {
        let committed = joined.committed;
        let body = Self {
            worker_id: joined.worker_id.uuid(),
            credential: joined.credential,
            position: committed.position,
            version: committed.version,
        };
        let path = format!("{PREFIX}/admin/workers/{}", body.worker_id);
        Created::new(&committed, body).at(path)
    }
}

fn of_another() -> Problem {
    unauthenticated("token.invalid", "this credential is another worker's")
}
