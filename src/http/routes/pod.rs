use super::{Tag, pods::not_found};
use crate::http::{
    CrashLog, Parts, PodAccessError,
    caller::SignedIn,
    error::{ApiError, Query as Asking},
    problem::Problem,
};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_domain::ids::InstanceId;
use purser_projections::{
    Projection as _,
    pods::{self, PodRow, PodStatus, Pods},
    views::{ViewConnection, ViewsError},
};
use std::sync::Arc;
use uuid::Uuid;

/// What a container that keeps crashing printed before its last crash.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct LastLog {
    /// The container that keeps crashing.
    container: Option<String>,
    /// Its last lines, oldest first: at most 20, and 4 KiB.
    lines: Vec<String>,
    /// Why there are none.
    missing: Option<String>,
}

/// A pod, and what it printed last where it keeps crashing.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct PodDetails {
    #[oai(flatten)]
    pod: PodRow,
    /// Where it keeps crashing: read from the cluster for this answer.
    last_log: Option<LastLog>,
}

impl From<CrashLog> for LastLog {
    fn from(log: CrashLog) -> Self {
        let nothing = "it printed nothing, or its log is gone";
        Self {
            container: Some(log.container),
            missing: log.lines.is_empty().then(|| nothing.to_owned()),
            lines: log.lines,
        }
    }
}

pub(in crate::http) struct OnePodRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/pods", tag = "Tag::Pods")]
impl OnePodRoutes {
    /// Read a pod.
    ///
    /// Where it keeps crashing its last lines are read from the cluster; that takes 2 seconds at most, and
    /// where the cluster does not answer the rest is answered all the same.
    #[oai(path = "/:id", method = "get", operation_id = "get_pod")]
    async fn get(
        &self,
        caller: SignedIn,
        /// The pod's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<PodDetails>, ApiError<Asking>> {
        let mut views = self.0.at(&[Pods::NAME], min_position.0).await?;
        let pod = seen(&mut views, &caller, InstanceId::new(id.0)).await?;
        let pod = pod.ok_or_else(not_found)?;
        drop(views);
        let last_log = self.last_log(&pod).await;
        Ok(Json(PodDetails { pod, last_log }))
    }
}

impl OnePodRoutes {
    /// Nothing is asked about a pod that nothing is wrong with.
    async fn last_log(&self, pod: &PodRow) -> Option<LastLog> {
        let gone = matches!(pod.status, PodStatus::Removing | PodStatus::Removed);
        if pod.trouble.is_none() || gone {
            return None;
        }
        match self.0.pods.crash_log(InstanceId::new(pod.id)).await {
            Ok(log) => log.map(LastLog::from),
            Err(PodAccessError::NotThere) => None,
            Err(error) => {
                tracing::info!(pod.id = %pod.id, "the last lines of a pod cannot be read: {error}");
                Some(LastLog {
                    container: None,
                    lines: vec![],
                    missing: Some(error.to_string()),
                })
            }
        }
    }
}

/// The pod, for its customer and for staff; nobody else finds it.
pub(super) async fn seen(
    views: &mut ViewConnection,
    caller: &SignedIn,
    id: InstanceId,
) -> Result<Option<PodRow>, Problem> {
    let found = match caller.is_staff() {
        true => pods::by_id(views, id).await,
        false => pods::of_user(views, caller.id(), id).await,
    };
    Ok(found.map_err(ViewsError::from)?)
}
