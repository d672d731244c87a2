//! Routes to the apps: whether the cluster knows them, whether somebody serves them, and taking one away.

use std::fmt::Debug;

use k8s_openapi::api::{
    core::v1::{Namespace, Pod},
    networking::v1::{Ingress, IngressClass},
};
use kube::{
    Api,
    api::{DeleteParams, ListParams, Preconditions},
    core::{ApiResource, DynamicObject, GroupVersionKind, NamespaceResourceScope, Resource},
};
use serde::de::DeserializeOwned;

use super::{Cluster, is_missing};
use crate::kubernetes::{
    error::ClusterError,
    labels_of_ours,
    recipes::{HttpRoute, Recipes},
    spec::{ClusterSettings, InstanceSpec, RouteBy, Stage},
};

/// What the cluster has to offer for routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteSupport {
    Served,
    /// The kind is there, and the entrance that is named in the settings is not: what is missing.
    Unserved(String),
    /// It does not know the kind: its name.
    UnknownKind(&'static str),
}

/// What runs in the namespace from which apps may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// There is no such namespace.
    Missing,
    /// None of its pods may reach them: whoever serves the routes is somewhere else, and the apps' policies keep it out.
    Empty,
    Runs,
}

impl Cluster {
    /// What runs in the namespace from which apps may be reached.
    pub async fn entrance(&self, settings: &ClusterSettings) -> Result<Entrance, ClusterError> {
        let namespace = &settings.gateway_namespace;
        let object = format!("Namespace/{namespace}");
        let namespaces = Api::<Namespace>::all(self.client());
        let found = self.call(&object, namespaces.get_metadata_opt(namespace));
        if found.await?.is_none() {
            return Ok(Entrance::Missing);
        }
        let labels = settings.gateway_pod_labels.iter();
        let labels: Vec<String> = labels
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let one = ListParams::default().labels(&labels.join(",")).limit(1);
        let pods = self.within::<Pod>(namespace);
        let pods = self.call("pods", pods.list_metadata(&one)).await?;
        Ok(match pods.items.is_empty() {
            true => Entrance::Empty,
            false => Entrance::Runs,
        })
    }

    /// Whether routes of the kind that the settings name can be made, and lead anywhere.
    pub async fn route_support(
        &self,
        settings: &ClusterSettings,
    ) -> Result<RouteSupport, ClusterError> {
        match &settings.route {
            RouteBy::Ingress { class } => {
                let classes = Api::<IngressClass>::all(self.client());
                let object = format!("IngressClass/{class}");
                let found = self.call(&object, classes.get_opt(class)).await?;
                Ok(support(found.is_some(), object))
            }
            RouteBy::Gateway { name, namespace } => {
                let kind =
                    |kind: &str| GroupVersionKind::gvk("gateway.networking.k8s.io", "v1", kind);
                let routes = ApiResource::from_gvk(&kind("HTTPRoute"));
                let listed = Api::<DynamicObject>::all_with(self.client(), &routes);
                let one = ListParams::default().limit(1);
                let listed = listed.list(&one);
                match self.call_unless(is_missing, "HTTPRoute", listed).await {
                    Ok(_) => {}
                    Err(ClusterError::NotFound { .. }) => {
                        return Ok(RouteSupport::UnknownKind("HTTPRoute"));
                    }
                    Err(error) => return Err(error),
                }
                let gateways = ApiResource::from_gvk(&kind("Gateway"));
                let gateways =
                    Api::<DynamicObject>::namespaced_with(self.client(), namespace, &gateways);
                let object = format!("Gateway/{name} in {namespace}");
                let found = self.call(&object, gateways.get_opt(name)).await?;
                Ok(support(found.is_some(), object))
            }
        }
    }

    /// Why nobody can come to the app although its route is made. Only a gateway says so: an Ingress is under no
    /// obligation to tell who serves it.
    pub async fn route_trouble(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
    ) -> Result<Option<String>, ClusterError> {
        for object in recipes.desired(spec, Stage::Route)? {
            let name = object.metadata.name.as_deref().unwrap_or_default();
            let is_route = object.types.is_some_and(|types| types.kind == "HTTPRoute");
            if !is_route {
                continue;
            }
            let routes = self.within::<HttpRoute>(&spec.namespace());
            let route = self
                .call(&format!("HTTPRoute/{name}"), routes.get(name))
                .await?;
            if let Some(trouble) = route.trouble() {
                return Ok(Some(trouble));
            }
        }
        Ok(None)
    }

    /// Takes the routes to an app away. Those that are not there are as good.
    pub async fn close_routes(
        &self,
        namespace: &str,
        settings: &ClusterSettings,
    ) -> Result<(), ClusterError> {
        match settings.route {
            RouteBy::Ingress { .. } => self.delete_ours::<Ingress>(namespace).await,
            RouteBy::Gateway { .. } => self.delete_ours::<HttpRoute>(namespace).await,
        }
    }

    async fn delete_ours<K>(&self, namespace: &str) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned,
    {
        let ours = ListParams::default().labels(&labels_of_ours());
        let api = self.within::<K>(namespace);
        let found = self.call(&K::plural(&()), api.list(&ours)).await?;
        for metadata in found.items.into_iter().map(|one| one.meta().clone()) {
            let name = metadata.name.unwrap_or_default();
            // The one that was looked at, not one that took its name since.
            let params = DeleteParams {
                preconditions: Some(Preconditions {
                    uid: metadata.uid,
                    resource_version: None,
                }),
                ..DeleteParams::default()
            };
            let object = format!("{}/{name}", K::kind(&()));
            let deleting = api.delete(&name, &params);
            match self.call_unless(is_missing, &object, deleting).await {
                Ok(_) | Err(ClusterError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn support(is_there: bool, object: String) -> RouteSupport {
    match is_there {
        true => RouteSupport::Served,
        false => RouteSupport::Unserved(object),
    }
}
