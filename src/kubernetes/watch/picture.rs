//! The fold: facts in, signals out. No I/O, so every story can be told in a test.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    AppPod, Observation, Signal,
    facts::{
        Change, JobFact, Key, NamespaceFact, News, NodeFact, PodFact, ToldFact, Uid, WorkloadFact,
    },
    held::{At, Held},
    trouble::Trouble,
};
use crate::kubernetes::cluster::{JobResult, RESET};

#[derive(Default)]
pub(super) struct Picture {
    namespaces: Table<NamespaceFact>,
    apps: Table<WorkloadFact>,
    databases: Table<WorkloadFact>,
    jobs: Table<JobFact>,
    pods: Table<PodFact>,
    nodes: Table<NodeFact>,
    told: Table<ToldFact>,
    reported: BTreeMap<Uuid, Observation>,
    /// Before every kind was listed once, what is missing is merely unknown.
    complete: bool,
    /// The moment by which is judged what has lasted for too long; the beginning of time until one was told.
    now: DateTime<Utc>,
}

enum Touched {
    Nothing,
    One(String),
    Everything,
}

impl Picture {
    /// Tells what is so by now merely because it has lasted.
    pub(super) fn time_is(&mut self, now: DateTime<Utc>) -> Vec<Signal> {
        let before = std::mem::replace(&mut self.now, now);
        if !self.complete {
            return Vec::new();
        }
        let is_due = |held: &Held| held.lasts(now) && !held.lasts(before);
        let pods = self.pods.now.iter();
        let due = pods.filter(|(_, pod)| pod.held.as_ref().is_some_and(is_due));
        let due: BTreeSet<String> = due.map(|((namespace, _), _)| namespace.clone()).collect();
        due.iter().flat_map(|name| self.report(name)).collect()
    }

    pub(super) fn hear(&mut self, news: News) -> Vec<Signal> {
        let listing_of_namespaces = matches!(news, News::Namespace(Change::ListingDone));
        let touched = match news {
            News::Namespace(change) => self.namespaces.take(change),
            News::App(change) => self.apps.take(change),
            News::Database(change) => self.databases.take(change),
            News::Job(change) => self.jobs.take(change),
            News::Pod(change) => self.pods.take(change),
            News::Node(change) => match self.nodes.take(change) {
                Touched::One(_) => Touched::Everything,
                touched => touched,
            },
            News::Told(change) => self.told.take(change),
        };
        // Events only say why something is so, and are not waited for.
        let listed = [
            self.namespaces.listed,
            self.apps.listed,
            self.databases.listed,
            self.jobs.listed,
            self.pods.listed,
            self.nodes.listed,
        ];
        if listed.contains(&false) {
            return Vec::new();
        }
        let first = !std::mem::replace(&mut self.complete, true);
        let mut signals = match touched {
            _ if first => self.report_all(),
            Touched::Nothing => Vec::new(),
            Touched::One(namespace) => self.report(&namespace),
            Touched::Everything => self.report_all(),
        };
        if first || listing_of_namespaces {
            signals.push(Signal::Present(self.present()));
        }
        signals
    }

    fn present(&self) -> BTreeSet<Uuid> {
        self.namespaces
            .now
            .values()
            .filter_map(|namespace| namespace.instance)
            .collect()
    }

    fn report_all(&mut self) -> Vec<Signal> {
        let names: Vec<_> = self
            .namespaces
            .now
            .keys()
            .map(|(name, _)| name.clone())
            .collect();
        let mut signals: Vec<_> = names.iter().flat_map(|name| self.report(name)).collect();
        signals.extend(self.report_absent());
        signals
    }

    fn report(&mut self, namespace: &str) -> Vec<Signal> {
        let Some(seen) = self.observe(namespace) else {
            return self.report_absent();
        };
        if self.reported.get(&seen.instance) == Some(&seen) {
            return Vec::new();
        }
        self.reported.insert(seen.instance, seen.clone());
        vec![Signal::Observed(seen)]
    }

    /// Those that were there and are not any more.
    fn report_absent(&mut self) -> Vec<Signal> {
        let present = self.present();
        let gone: Vec<_> = self
            .reported
            .keys()
            .filter(|instance| !present.contains(instance))
            .copied()
            .collect();
        gone.into_iter()
            .map(|instance| {
                self.reported.remove(&instance);
                Signal::Observed(Observation::absent(instance))
            })
            .collect()
    }

    fn observe(&self, name: &str) -> Option<Observation> {
        let namespace = self.namespaces.get(name, name)?;
        let app = self.apps.get(name, "web");
        let database = self.databases.get(name, "database");
        let newest = |kind: &str| {
            let jobs = self.jobs.within(name);
            let jobs = jobs.filter(|(job, _)| job.starts_with(kind));
            jobs.map(|(_, job)| job)
                .max_by_key(|job| (job.operation, job.created.as_ref().map(|at| at.0)))
        };
        let database_ready = database.is_some_and(|database| database.ready);
        let app_ready = app.is_some_and(|app| app.ready);
        let lost = self.lost_node(name).filter(|_| !app_ready);
        let pods = || {
            self.pods
                .within(name)
                .find_map(|(_, pod)| pod.trouble.clone())
        };
        let workload = || app.and_then(|app| app.trouble.clone());
        let owner_job = newest("owner-").map_or(JobResult::Missing, |job| job.result.clone());
        let ownerless = match &owner_job {
            JobResult::Failed(why) if !app_ready => Some(why.as_str()),
            _ => None,
        };
        let trouble = lost
            .map(Trouble::of_node)
            .or_else(pods)
            .or_else(|| self.held(name))
            .or_else(workload)
            .or_else(|| self.refused(name))
            .or_else(|| ownerless.map(Trouble::of_owner_job));
        Some(Observation {
            instance: namespace.instance?,
            namespace: namespace.phase,
            database_ready,
            has_database: database.is_some(),
            owner_job,
            reset_job: newest(RESET).map(|job| (job.operation, job.result.clone())),
            app_ready,
            handed_over: app.is_some_and(|app| app.handed_over),
            suspended: app.is_some_and(|app| app.suspended)
                && database.is_none_or(|database| database.suspended)
                && !self.pods.within(name).any(|(_, pod)| pod.stands),
            any_runs: app.into_iter().chain(database).any(|part| part.wanted),
            all_run: app.into_iter().chain(database).all(|part| part.wanted),
            operation: app.map_or(0, |app| app.operation),
            ours: database.is_some() && !database_ready
                || trouble.as_ref().is_some_and(|trouble| trouble.ours),
            trouble: namespace
                .trouble
                .clone()
                .or(trouble.map(|trouble| trouble.words)),
            app: match lost {
                Some(_) => AppPod::NodeLost,
                None => self.app_pod(name),
            },
        })
    }

    /// Why something of it that has no pod is given none.
    fn refused(&self, namespace: &str) -> Option<Trouble> {
        let database = self.databases.get(namespace, "database");
        let database = database.and_then(|database| database.lacks_pods.as_ref());
        let jobs = self.jobs.within(namespace);
        let jobs = jobs.filter_map(|(_, job)| job.lacks_pods.as_ref());
        let lacking: Vec<_> = database.into_iter().chain(jobs).collect();
        self.told_of(namespace, &lacking)
    }

    /// What a pod's node does not come to an end with.
    fn held(&self, namespace: &str) -> Option<Trouble> {
        let pods = self.pods.within(namespace);
        let mut held = pods.filter_map(|(_, pod)| pod.held.as_ref());
        let held = held.find(|held| held.lasts(self.now))?;
        let told = match held.at {
            At::Start => self.told_of(namespace, &[&held.uid]),
            At::End => None,
        };
        Some(told.unwrap_or_else(|| held.trouble()))
    }

    /// What was told last of one of these, of what says most.
    fn told_of(&self, namespace: &str, objects: &[&Uid]) -> Option<Trouble> {
        let told = self.told.within(namespace);
        let told = told.filter(|(_, told)| objects.contains(&&told.of) && told.trouble.is_some());
        let last = told.max_by_key(|(_, told)| (told.precise, told.since.as_ref().map(|at| at.0)));
        last.and_then(|(_, told)| told.trouble.clone())
    }

    fn app_pod(&self, namespace: &str) -> AppPod {
        let pods = self.pods.within(namespace);
        let newest = pods.filter_map(|(_, pod)| pod.app).max();
        newest.unwrap_or_default()
    }

    /// A node that does not answer and that something of the instance is still believed to run on.
    fn lost_node<'a>(&'a self, namespace: &'a str) -> Option<&'a str> {
        let pods = self.pods.within(namespace);
        let mut nodes = pods.filter_map(|(_, pod)| pod.node.as_deref());
        nodes.find(|name| self.nodes.get(name, name).is_some_and(|node| !node.answers))
    }
}

/// The objects of one kind. A listing replaces all of them at once, so that nothing flickers while it arrives.
struct Table<F> {
    now: BTreeMap<Key, F>,
    listing: BTreeMap<Key, F>,
    listed: bool,
}

impl<F> Default for Table<F> {
    fn default() -> Self {
        Self {
            now: BTreeMap::new(),
            listing: BTreeMap::new(),
            listed: false,
        }
    }
}

impl<F> Table<F> {
    fn take(&mut self, change: Change<F>) -> Touched {
        match change {
            Change::ListingBegins => {
                self.listing.clear();
                Touched::Nothing
            }
            Change::Listed(key, fact) => {
                self.listing.insert(key, fact);
                Touched::Nothing
            }
            Change::ListingDone => {
                self.now = std::mem::take(&mut self.listing);
                self.listed = true;
                Touched::Everything
            }
            Change::Is(key, fact) => {
                let namespace = key.0.clone();
                self.now.insert(key, fact);
                Touched::One(namespace)
            }
            Change::Gone(key) => {
                self.now.remove(&key);
                Touched::One(key.0)
            }
        }
    }

    fn get(&self, namespace: &str, name: &str) -> Option<&F> {
        self.now.get(&(namespace.to_owned(), name.to_owned()))
    }

    fn within<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = (&'a str, &'a F)> {
        let from = (namespace.to_owned(), String::new());
        let here = self
            .now
            .range(from..)
            .take_while(move |((in_namespace, _), _)| in_namespace == namespace);
        here.map(|((_, name), fact)| (name.as_str(), fact))
    }
}
