//! Routes to the apps: whether the cluster knows them, whether somebody serves them, and taking one away.

use k8s_openapi::api::networking::v1::IngressClass;
use kube::{
    Api,
    api::{DeleteParams, Preconditions},
    core::{ApiResource, DynamicObject, GroupVersionKind},
};

use super::{Cluster, must_be_ours};
use crate::kubernetes::{
    error::ClusterError,
    recipes::{HttpRoute, Recipes, api_resource},
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

impl Cluster {
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
                let one = kube::api::ListParams::default().limit(1);
                match self.call("HTTPRoute", listed.list(&one)).await {
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

    /// Takes the app's route away. One that is not there is as good.
    pub async fn close_route(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
    ) -> Result<(), ClusterError> {
        for object in recipes.desired(spec, Stage::Route)? {
            let name = object.metadata.name.as_deref().unwrap_or_default();
            let Some(kind) = api_resource(&object) else {
                continue;
            };
            let label = format!("{}/{name}", kind.kind);
            let namespace = spec.namespace();
            let api = Api::<DynamicObject>::namespaced_with(self.client(), &namespace, &kind);
            let Some(found) = self.call(&label, api.get_opt(name)).await? else {
                continue;
            };
            must_be_ours(&label, &found.metadata)?;
            let params = DeleteParams {
                preconditions: Some(Preconditions {
                    uid: found.metadata.uid,
                    resource_version: None,
                }),
                ..DeleteParams::default()
            };
            match self.call(&label, api.delete(name, &params)).await {
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
