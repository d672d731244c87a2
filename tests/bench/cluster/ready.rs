//! What is ready, from one watch a kind over the whole cluster: for the straight way, which knows nothing else.

use anyhow::Context as _;
use futures_util::{StreamExt as _, stream};
use k8s_openapi::api::{
    apps::v1::{Deployment, StatefulSet},
    batch::v1::Job,
};
use kube::{
    Api, Client, Resource,
    runtime::{
        WatchStreamExt as _,
        watcher::{self, watcher},
    },
};
use purser::kubernetes::MANAGED_BY;
use serde::de::DeserializeOwned;
use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// A workload at one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    object: String,
    generation: i64,
}

impl Watched {
    pub(crate) fn new(kind: &str, name: &str, generation: i64) -> Self {
        Self {
            object: format!("{kind}/{name}"),
            generation,
        }
    }
}

/// The newest generation of each workload of one namespace that is ready.
type Ready = watch::Sender<HashMap<String, i64>>;

#[derive(Clone, Default)]
struct Namespaces(Arc<Mutex<HashMap<String, Ready>>>);

impl Namespaces {
    fn of(&self, namespace: &str) -> Ready {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(namespace.to_owned()).or_default().clone()
    }
}

/// A running watch. It ends when this is dropped.
pub(crate) struct Readiness {
    namespaces: Namespaces,
    _task: AbortOnDropHandle<()>,
}

impl Readiness {
    pub(crate) fn watch(client: &Client) -> Self {
        let namespaces = Namespaces::default();
        let seen = stream::select_all([
            ready::<StatefulSet>(client, stateful_set).boxed(),
            ready::<Deployment>(client, deployment).boxed(),
            ready::<Job>(client, job).boxed(),
        ]);
        let all = namespaces.clone();
        let task = tokio::spawn(seen.for_each(move |(namespace, one)| {
            all.of(&namespace).send_modify(|ready| {
                ready.insert(one.object, one.generation);
            });
            std::future::ready(())
        }));
        Self {
            namespaces,
            _task: AbortOnDropHandle::new(task),
        }
    }

    pub(crate) fn of(&self, namespace: &str) -> Waiting {
        Waiting(self.namespaces.of(namespace))
    }
}

pub(crate) struct Waiting(Ready);

impl Waiting {
    pub(crate) async fn becomes_ready(&self, one: &Watched) -> anyhow::Result<()> {
        let mut ready = self.0.subscribe();
        let is_ready = |ready: &HashMap<String, i64>| {
            let seen = ready.get(&one.object);
            seen.is_some_and(|seen| *seen >= one.generation)
        };
        ready.wait_for(is_ready).await.context("nobody watches")?;
        Ok(())
    }
}

/// Every workload that is seen to be ready, with its namespace.
fn ready<K>(
    client: &Client,
    generation: fn(&K) -> Option<i64>,
) -> impl stream::Stream<Item = (String, Watched)> + Send + use<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let ours = watcher::Config::default().labels(&format!("{}={}", MANAGED_BY.0, MANAGED_BY.1));
    let objects = watcher(Api::<K>::all(client.clone()), ours)
        .default_backoff()
        .applied_objects();
    objects.filter_map(move |object| {
        let seen = object.ok().and_then(|object| {
            let name = object.meta().name.clone()?;
            let watched = Watched::new(&K::kind(&()), &name, generation(&object)?);
            Some((object.meta().namespace.clone()?, watched))
        });
        std::future::ready(seen)
    })
}

fn stateful_set(set: &StatefulSet) -> Option<i64> {
    let (wanted, status) = (set.spec.as_ref()?.replicas?, set.status.as_ref()?);
    let ready = status.updated_replicas == Some(wanted) && status.ready_replicas == Some(wanted);
    status.observed_generation.filter(|_| ready)
}

fn deployment(deployment: &Deployment) -> Option<i64> {
    let wanted = deployment.spec.as_ref()?.replicas?;
    let status = deployment.status.as_ref()?;
    let ready = [
        status.replicas,
        status.updated_replicas,
        status.available_replicas,
    ];
    let ready = ready.into_iter().all(|count| count == Some(wanted));
    status.observed_generation.filter(|_| ready)
}

fn job(job: &Job) -> Option<i64> {
    let mut conditions = job.status.as_ref()?.conditions.iter().flatten();
    let complete = conditions.any(|it| it.type_ == "Complete" && it.status == "True");
    complete.then(|| job.metadata.generation.unwrap_or(1))
}
