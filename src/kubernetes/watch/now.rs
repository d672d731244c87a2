//! The same picture, taken at once: what a decision that cannot wait for the watch is based on.

use chrono::Utc;
use k8s_openapi::api::core::v1::{Event, Namespace, Node};
use kube::{Api, Resource, api::ListParams};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use uuid::Uuid;

use super::{
    NamespacePhase, Observation, Signal,
    facts::{self, Change, News},
    key,
    picture::Picture,
};
use crate::kubernetes::{
    cluster::{Cluster, is_ours, next_page, paged},
    error::ClusterError,
    labels_of_ours,
};

impl Cluster {
    /// Every instance as it stands.
    pub async fn look(&self) -> Result<Vec<Observation>, ClusterError> {
        let whole = Api::<Namespace>::all(self.client());
        let ours = labels_of_ours();
        let namespaces = self.listing(whole, &ours, None, facts::namespace, News::Namespace);
        self.observed(namespaces.await?, None).await
    }

    /// One instance as it stands, by its names: also where somebody took one of our labels off it, which a watch by label
    /// takes for its end.
    pub async fn look_at(
        &self,
        instance: Uuid,
        namespace: &str,
    ) -> Result<Observation, ClusterError> {
        let object = format!("Namespace/{namespace}");
        let whole = Api::<Namespace>::all(self.client());
        let Some(found) = self.call(&object, whole.get_opt(namespace)).await? else {
            return Ok(Observation::absent(instance));
        };
        let mut fact = facts::namespace(&found);
        let marked = is_ours(&found.metadata) && fact.instance == Some(instance);
        if fact.phase == NamespacePhase::Active && !marked {
            fact.phase = NamespacePhase::NotOurs;
        }
        fact.instance = Some(instance);
        let listed = Change::Listed(key(&found), fact);
        let news = [Change::ListingBegins, listed, Change::ListingDone];
        let news = news.into_iter().map(News::Namespace).collect();
        let observed = self.observed(news, Some(namespace)).await?;
        let observed = observed.into_iter().next();
        Ok(observed.unwrap_or_else(|| Observation::absent(instance)))
    }

    /// What stands in these namespaces, or in the only one.
    async fn observed(
        &self,
        namespaces: Vec<News>,
        namespace: Option<&str>,
    ) -> Result<Vec<Observation>, ClusterError> {
        let mut picture = Picture::default();
        let mut signals = picture.time_is(Utc::now());
        let mut hear = |news: Vec<News>| {
            for news in news {
                signals.extend(picture.hear(news));
            }
        };
        hear(namespaces);
        let ours = labels_of_ours();
        // In a namespace that is looked at by its name they are known by theirs.
        let named = namespace.map_or(&*ours, |_| "");
        let apps = self.here(namespace);
        hear(
            self.listing(apps, named, None, facts::deployment, News::App)
                .await?,
        );
        let databases = self.here(namespace);
        hear(
            self.listing(databases, named, None, facts::stateful_set, News::Database)
                .await?,
        );
        let jobs = self.here(namespace);
        hear(
            self.listing(jobs, &ours, None, facts::job, News::Job)
                .await?,
        );
        let pods = self.here(namespace);
        hear(
            self.listing(pods, &ours, None, facts::pod, News::Pod)
                .await?,
        );
        let events = self.here::<Event>(namespace);
        let which = Some(facts::TOLD);
        let told = self.listing(events, "", which, facts::told, News::Told);
        // They only say why something is so: without them everything else is still known.
        match told.await {
            Ok(news) => hear(news),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the cluster's events cannot be read"
            ),
        }
        let nodes = Api::<Node>::all(self.client());
        hear(
            self.listing(nodes, "", None, facts::node, News::Node)
                .await?,
        );
        let observed = signals.into_iter().filter_map(|signal| match signal {
            Signal::Observed(observation) => Some(observation),
            Signal::Present(_) => None,
        });
        Ok(observed.collect())
    }

    fn here<K>(&self, namespace: Option<&str>) -> Api<K>
    where
        K: Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
    {
        match namespace {
            Some(namespace) => Api::namespaced(self.client(), namespace),
            None => Api::all(self.client()),
        }
    }

    async fn listing<K, F>(
        &self,
        api: Api<K>,
        labels: &str,
        fields: Option<&str>,
        fact: fn(&K) -> F,
        news: fn(Change<F>) -> News,
    ) -> Result<Vec<News>, ClusterError>
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
    {
        let mut heard = vec![news(Change::ListingBegins)];
        let mut params = ListParams {
            field_selector: fields.map(str::to_owned),
            ..paged(labels)
        };
        loop {
            let page = self.call(&K::plural(&()), api.list(&params)).await?;
            let objects = page.items.iter();
            heard.extend(objects.map(|it| news(Change::Listed(key(it), fact(it)))));
            if !next_page(&mut params, &page.metadata) {
                heard.push(news(Change::ListingDone));
                return Ok(heard);
            }
        }
    }
}
