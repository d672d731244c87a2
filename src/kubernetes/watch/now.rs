//! The same picture, taken at once: what a decision that cannot wait for the watch is based on.

use k8s_openapi::api::core::v1::{Event, Namespace, Node};
use kube::{Api, Resource, api::ListParams};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

use super::{
    Observation, Signal,
    facts::{self, Change, News},
    key,
    picture::Picture,
};
use crate::kubernetes::{
    cluster::{Cluster, next_page, paged},
    error::ClusterError,
    labels_of_ours,
};

impl Cluster {
    /// Every instance as it stands, or only the one in this namespace.
    pub async fn look(&self, namespace: Option<&str>) -> Result<Vec<Observation>, ClusterError> {
        let mut picture = Picture::default();
        let mut signals = Vec::new();
        let mut hear = |news: Vec<News>| {
            for news in news {
                signals.extend(picture.hear(news));
            }
        };
        let ours = labels_of_ours();
        let whole = Api::<Namespace>::all(self.client());
        let one = namespace.map(|name| format!("metadata.name={name}"));
        hear(
            self.listing(
                whole,
                &ours,
                one.as_deref(),
                facts::namespace,
                News::Namespace,
            )
            .await?,
        );
        hear(
            self.listing(
                self.here(namespace),
                &ours,
                None,
                facts::deployment,
                News::App,
            )
            .await?,
        );
        hear(
            self.listing(
                self.here(namespace),
                &ours,
                None,
                facts::stateful_set,
                News::Database,
            )
            .await?,
        );
        hear(
            self.listing(self.here(namespace), &ours, None, facts::job, News::Job)
                .await?,
        );
        hear(
            self.listing(self.here(namespace), &ours, None, facts::pod, News::Pod)
                .await?,
        );
        let events = self.here::<Event>(namespace);
        let refused = Some(facts::REFUSED);
        let told = self.listing(events, "", refused, facts::refusal, News::Refusal);
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
