//! What is really there: one watch a kind over the whole cluster, folded into a picture per instance.
//! Reports only what changed and decides nothing; after every listing it also says which instances exist at all.

mod facts;
mod health;
mod held;
mod nodes;
mod now;
mod picture;
#[cfg(test)]
mod tests;
mod trouble;

use std::{collections::BTreeSet, fmt::Debug, pin::pin, time::Duration};

use chrono::Utc;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use kube::{
    Api, Resource,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{
    cluster::{Cluster, JobResult},
    labels_of_ours,
};
use facts::{Change, Key, News};
use picture::Picture;

pub(super) use facts::{is_starting, node_answers, operation_of};
pub use nodes::{NodeSeen, NodeWatch, NodesSeen};
pub(super) use trouble::{crashing_container, of_namespace};

const WAITING_SIGNALS: usize = 1_024;
/// How often is looked for what has lasted for too long.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// One instance as it stands in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Observation {
    pub instance: Uuid,
    pub namespace: NamespacePhase,
    pub database_ready: bool,
    /// Whether there is one at all: not every app has one.
    pub has_database: bool,
    pub owner_job: JobResult,
    /// The newest Job that gives the owner another password, by its operation.
    pub reset_job: Option<(u32, JobResult)>,
    pub app_ready: bool,
    /// The app is one that its own environment does not give an owner any more.
    pub handed_over: bool,
    /// App and database are scaled to nothing, and nothing of them is left.
    pub suspended: bool,
    /// Some of app and database is asked to run, and none of them is asked not to.
    pub any_runs: bool,
    pub all_run: bool,
    /// The number of the operation that was carried out last, or of the stop that was begun; 0 before the first.
    pub operation: u32,
    /// What is wrong, in plain words.
    pub trouble: Option<String>,
    /// Whether what is wrong is on our side: no room, no image, no volume, no network, no database, a node that is gone.
    pub ours: bool,
    pub app: AppPod,
}

impl Observation {
    /// An instance of which nothing is there.
    pub fn absent(instance: Uuid) -> Self {
        Self {
            instance,
            namespace: NamespacePhase::Absent,
            database_ready: false,
            has_database: false,
            owner_job: JobResult::Missing,
            reset_job: None,
            app_ready: false,
            handed_over: false,
            suspended: false,
            any_runs: false,
            all_run: false,
            operation: 0,
            trouble: None,
            ours: false,
            app: AppPod::Starting,
        }
    }

    /// The app is ready, and so is its database where it has one.
    pub fn is_ready(&self) -> bool {
        self.app_ready && (self.database_ready || !self.has_database)
    }
}

/// How far the app's newest pod has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AppPod {
    /// It has not finished starting, or there is none.
    #[default]
    Starting,
    /// It exits again and again.
    Crashing,
    /// Its containers have started; whether they answer is said by `app_ready`.
    Started,
    /// It was on a node that does not answer.
    NodeLost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NamespacePhase {
    Absent,
    Active,
    /// It stands and does not bear our labels any more: who made it, and for which instance. Only [`Cluster::look_at`] can
    /// tell: a watch by label says of it what it says of one that is gone.
    NotOurs,
    Terminating,
}

/// What the watch has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// An instance is not as it was last reported.
    Observed(Observation),
    /// A complete listing: these instances have a namespace, and no others. Comes after the observations it led to, and
    /// is how an instance is missed that disappeared while nobody watched.
    Present(BTreeSet<Uuid>),
}

/// A running watch. It ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    signals: mpsc::Receiver<Signal>,
    healthy: watch::Receiver<bool>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

impl Watch {
    pub fn start(cluster: Cluster) -> Self {
        let (asking, healthy) = health::start(cluster.clone());
        let (sender, signals) = mpsc::channel(WAITING_SIGNALS);
        let folding = AbortOnDropHandle::new(tokio::spawn(fold(cluster, healthy.clone(), sender)));
        Self {
            signals,
            healthy,
            _tasks: [asking, folding],
        }
    }

    /// The next change. None once the watch has ended.
    pub async fn next(&mut self) -> Option<Signal> {
        self.signals.recv().await
    }

    /// Whether the cluster answers, kept current: what a deadline may count on only while it does.
    pub fn healthy(&self) -> watch::Receiver<bool> {
        self.healthy.clone()
    }
}

/// Watches while the cluster answers, and lists anew when it answers again: a connection that died without a word would
/// otherwise stay silent for minutes.
async fn fold(cluster: Cluster, mut healthy: watch::Receiver<bool>, signals: mpsc::Sender<Signal>) {
    let mut picture = Picture::default();
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while healthy.wait_for(|up| *up).await.is_ok() {
        let mut down_again = healthy.clone();
        let mut down = pin!(down_again.wait_for(|up| !*up));
        let mut news = news(&cluster);
        loop {
            let seen = tokio::select! {
                heard = news.next() => heard.map(|heard| picture.hear(heard)),
                _ = ticks.tick() => Some(picture.time_is(Utc::now())),
                _ = &mut down => None,
            };
            let Some(seen) = seen else { break };
            for signal in seen {
                if signals.send(signal).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn news(cluster: &Cluster) -> BoxStream<'static, News> {
    let ours = || watcher::Config::default().labels(&labels_of_ours());
    stream::select_all([
        changes(cluster, ours(), facts::namespace)
            .map(News::Namespace)
            .boxed(),
        changes(cluster, ours(), facts::deployment)
            .map(News::App)
            .boxed(),
        changes(cluster, ours(), facts::stateful_set)
            .map(News::Database)
            .boxed(),
        changes(cluster, ours(), facts::job).map(News::Job).boxed(),
        changes(cluster, ours(), facts::pod).map(News::Pod).boxed(),
        changes(cluster, watcher::Config::default(), facts::node)
            .map(News::Node)
            .boxed(),
        changes(
            cluster,
            watcher::Config::default().fields(facts::TOLD),
            facts::told,
        )
        .map(News::Told)
        .boxed(),
    ])
    .boxed()
}

/// Keeps the facts and drops the object: a few words per pod instead of its whole manifest.
fn changes<K, F, N>(
    cluster: &Cluster,
    which: watcher::Config,
    fact: N,
) -> impl Stream<Item = Change<F>> + Send + use<K, F, N>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
    F: Send + 'static,
    N: Fn(&K) -> F + Send + 'static,
{
    watcher(Api::<K>::all(cluster.client()), which)
        .default_backoff()
        .filter_map(move |event| {
            let change = match event {
                Ok(Event::Init) => Some(Change::ListingBegins),
                Ok(Event::InitApply(object)) => Some(Change::Listed(key(&object), fact(&object))),
                Ok(Event::InitDone) => Some(Change::ListingDone),
                Ok(Event::Apply(object)) => Some(Change::Is(key(&object), fact(&object))),
                Ok(Event::Delete(object)) => Some(Change::Gone(key(&object))),
                Err(error) => {
                    tracing::info!(
                        "watching {} was interrupted and goes on: {error}",
                        K::plural(&())
                    );
                    None
                }
            };
            std::future::ready(change)
        })
}

/// The namespace that the object stands in, or is, and its name.
fn key<K: Resource>(object: &K) -> Key {
    let name = object.meta().name.clone().unwrap_or_default();
    (
        object
            .meta()
            .namespace
            .clone()
            .unwrap_or_else(|| name.clone()),
        name,
    )
}
