//! The one door to the cluster. Every call can be repeated; none touches an object that does not carry our label, but for
//! a drain, which knows pods by their namespace.

mod apply;
mod crashes;
mod drift;
mod fields;
mod inventory;
mod lists;
mod logs;
mod namespaces;
mod nodes;
mod passwords;
mod routes;
mod secrets;
mod storage;
mod stuck;
mod tally;
#[cfg(test)]
mod tests;
mod usage;
mod workloads;

use std::{path::PathBuf, time::Duration};

use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::ListMeta};
use kube::{
    Api, Client, Config,
    api::{ListParams, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
    core::{NamespaceResourceScope, ObjectMeta, Resource},
};

use super::{MANAGED_BY, error::ClusterError, labels_of_ours};
use tally::Tally;

pub use apply::Applied;
pub use crashes::LastWords;
pub use drift::{ForeignFields, PutBack};
pub use inventory::{Difference, Inventory, WantedObjects};
pub use logs::{LogLine, LogQuery, LogSource};
pub use namespaces::OwnedNamespace;
pub use nodes::{Evicted, HeldPod};
pub(super) use passwords::RESET;
pub use routes::{Entrance, RouteSupport};
pub use secrets::{Credentials, SecretTrouble};
pub use storage::StorageOffer;
pub use stuck::StuckPod;
pub use usage::{PodUse, Use, VolumeSeen};
pub use workloads::{GrownApp, JobResult};
pub(super) use workloads::{app_is_ready, is_ready};

/// Owns everything that a recipe states.
const PROVISIONER: &str = "purser-provisioner";

#[derive(Clone, Debug)]
pub struct KubernetesConfig {
    /// None: the service account of the pod that we run in.
    pub kubeconfig_path: Option<PathBuf>,
    pub request_timeout_ms: u64,
}

impl Default for KubernetesConfig {
    fn default() -> Self {
        Self {
            kubeconfig_path: None,
            request_timeout_ms: 10_000,
        }
    }
}

/// Asks for what carries our labels, a page at a time.
pub(super) fn paged(labels: &str) -> ListParams {
    ListParams::default().labels(labels).limit(500)
}

/// Turns to the next page. `false` after the last one.
pub(super) fn next_page(params: &mut ListParams, page: &ListMeta) -> bool {
    params.continue_token = page.continue_.clone().filter(|token| !token.is_empty());
    params.continue_token.is_some()
}

#[derive(Clone)]
pub struct Cluster {
    client: Client,
    timeout: Duration,
    tally: Tally,
}

impl Cluster {
    /// Reads the way to the cluster and does not go it yet: a cluster that is down does not keep Purser from starting.
    pub async fn connect(settings: KubernetesConfig) -> Result<Self, ClusterError> {
        let timeout = Duration::from_millis(settings.request_timeout_ms);
        let mut config = match &settings.kubeconfig_path {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(unconfigured)?;
                Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
                    .await
                    .map_err(unconfigured)?
            }
            None => Config::incluster().map_err(unconfigured)?,
        };
        config.connect_timeout = Some(timeout);
        // The effects' own back-off knows the kind of error; a second one below it would only hide the first refusals.
        config.default_retry = false;
        let client = Client::try_from(config).map_err(unconfigured)?;
        Ok(Self {
            client,
            timeout,
            tally: Tally::default(),
        })
    }

    /// How often a call was not answered, or refused, since the process began, by [`ClusterError::code`]. Without answers
    /// that were as good as a yes.
    pub fn errors(&self) -> Vec<(&'static str, i64)> {
        self.tally.counted()
    }

    /// Whether the API server answers us, and out of its storage: what it says without that or to anybody is not enough.
    pub async fn answers(&self) -> Result<(), ClusterError> {
        let one = ListParams::default().labels(&labels_of_ours()).limit(1);
        let api = Api::<Namespace>::all(self.client.clone());
        self.call("namespaces", api.list_metadata(&one))
            .await
            .map(drop)
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    fn within<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    pub(super) async fn call<T>(
        &self,
        object: &str,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, ClusterError> {
        self.call_unless(|_| false, object, answer).await
    }

    /// As [`Self::call`]; an error that is expected is given back all the same, and not counted.
    async fn call_unless<T>(
        &self,
        is_expected: impl Fn(&ClusterError) -> bool,
        object: &str,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, ClusterError> {
        let answer = match tokio::time::timeout(self.timeout, answer).await {
            Ok(answer) => answer.map_err(|error| ClusterError::from_kube(object, error)),
            Err(_) => Err(self.timed_out()),
        };
        answer.inspect_err(|error| {
            if !is_expected(error) {
                self.tally.count(error);
            }
        })
    }

    fn timed_out(&self) -> ClusterError {
        ClusterError::TimedOut {
            waited_ms: u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// What is not there need not be deleted, and a kind that the cluster does not know has no objects.
fn is_missing(error: &ClusterError) -> bool {
    matches!(error, ClusterError::NotFound { .. })
}

/// So logs are refused of what has not started, or never ended.
fn is_invalid(error: &ClusterError) -> bool {
    matches!(error, ClusterError::Invalid { .. })
}

/// Of an update by this manager.
fn updating(manager: &str) -> PatchParams {
    PatchParams {
        field_manager: Some(manager.into()),
        ..PatchParams::default()
    }
}

fn unconfigured(error: impl std::error::Error + Send + Sync + 'static) -> ClusterError {
    ClusterError::Unconfigured(Box::new(error))
}

pub(super) fn is_ours(metadata: &ObjectMeta) -> bool {
    metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(MANAGED_BY.0))
        .is_some_and(|value| value == MANAGED_BY.1)
}

fn must_be_ours(object: &str, metadata: &ObjectMeta) -> Result<(), ClusterError> {
    if is_ours(metadata) {
        Ok(())
    } else {
        Err(ClusterError::NotOurs {
            object: object.into(),
        })
    }
}
