//! Namespaces: the unit of deletion and isolation. Gone means seen to be gone.

use k8s_openapi::api::{core::v1::Namespace, rbac::v1::RoleBinding};
use kube::{
    Api, Resource,
    api::{DeleteParams, ListParams, PostParams, Preconditions},
    core::ObjectMeta,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Cluster, is_missing, must_be_ours};
use crate::kubernetes::{
    MANAGED_BY, customer_label, error::ClusterError, instance_label, labels_of_ours,
    spec::ClusterSettings, watch::of_namespace,
};

/// What the API server says in every refusal by an admission policy.
const BY_POLICY: &str = "ValidatingAdmissionPolicy";
/// The policies of `deploy/30-admission.yaml`, and what each says where it holds us back.
const OF_BINDINGS: (&str, &str) = (
    "purser-rolebindings",
    "purser binds itself only inside its own namespaces",
);
const OF_NAMESPACES: (&str, &str) = (
    "purser-namespaces",
    "purser may touch only namespaces with its own prefix",
);
/// Names of namespaces that nobody has. No prefix begins both.
const NOBODYS: [&str; 2] = ["foreign-to-purser", "not-of-purser"];

/// A namespace of ours, as it stands in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedNamespace {
    pub name: String,
    pub instance: Uuid,
    pub customer: Uuid,
    pub terminating: bool,
}

impl Cluster {
    /// Asks for the end of a namespace of ours. Already gone, or going, is as good.
    pub async fn delete_namespace(&self, name: &str) -> Result<(), ClusterError> {
        let object = format!("Namespace/{name}");
        let Some(found) = self.call(&object, self.namespaces().get_opt(name)).await? else {
            return Ok(());
        };
        must_be_ours(&object, &found.metadata)?;
        if found.metadata.deletion_timestamp.is_some() {
            return Ok(());
        }
        // The one that was looked at, not one that took its name since.
        let this_one = Preconditions {
            uid: found.metadata.uid,
            resource_version: None,
        };
        let params = DeleteParams {
            preconditions: Some(this_one),
            ..DeleteParams::default()
        };
        let deleting = self.namespaces();
        let deleting = deleting.delete(name, &params);
        match self.call_unless(is_missing, &object, deleting).await {
            Ok(_) | Err(ClusterError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub async fn namespace_gone(&self, name: &str) -> Result<bool, ClusterError> {
        let found = self
            .call(
                &format!("Namespace/{name}"),
                self.namespaces().get_opt(name),
            )
            .await?;
        Ok(found.is_none())
    }

    /// What keeps a namespace from going, in plain words, where the cluster says it.
    pub async fn namespace_trouble(&self, name: &str) -> Result<Option<String>, ClusterError> {
        let found = self
            .call(
                &format!("Namespace/{name}"),
                self.namespaces().get_opt(name),
            )
            .await?;
        Ok(found.as_ref().and_then(of_namespace))
    }

    /// All namespaces of ours, or those of one customer.
    pub async fn owned_namespaces(
        &self,
        customer: Option<Uuid>,
    ) -> Result<Vec<OwnedNamespace>, ClusterError> {
        let mut selector = labels_of_ours();
        if let Some(customer) = customer {
            selector = format!("{selector},{}={customer}", customer_label());
        }
        let found = self
            .call(
                "namespaces",
                self.namespaces()
                    .list(&ListParams::default().labels(&selector)),
            )
            .await?;
        Ok(found
            .items
            .into_iter()
            .filter_map(|namespace| owned(namespace.metadata))
            .collect())
    }

    /// The admission policy that does not hold us to our own namespaces; `None` where both do. A binding in a foreign one
    /// must be refused, and so must a namespace without our prefix. RBAC alone does neither: who may bind a role may bind
    /// it in `kube-system` and read its secrets, and who may make and delete namespaces may do so with any. Nothing is
    /// changed.
    ///
    /// Only the namespace is refused for its name alone, and so tells whether the policies have the prefix: without their
    /// ConfigMap they still refuse a binding in a namespace without our label, and every foreign one is without.
    ///
    /// # Errors
    /// It is not known, such as while roles do not let us bind anything.
    pub async fn missing_policy(
        &self,
        settings: &ClusterSettings,
        foreign_namespace: &str,
    ) -> Result<Option<&'static str>, ClusterError> {
        let binding = json!({
            "metadata": {"name": "purser-instance"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "purser-instance"},
            "subjects": [{"kind": "ServiceAccount", "name": settings.service_account, "namespace": settings.service_account_namespace}],
        });
        let bindings = self.within::<RoleBinding>(foreign_namespace);
        if !self.is_denied(bindings, binding, OF_BINDINGS.1).await? {
            return Ok(Some(OF_BINDINGS.0));
        }
        // As one of ours, but for its name.
        let mut namespace = json!({"metadata": {"name": foreign_name(&settings.namespace_prefix)}});
        namespace["metadata"]["labels"] = json!({
            MANAGED_BY.0: MANAGED_BY.1,
            "pod-security.kubernetes.io/enforce": "restricted",
        });
        let denied = self.is_denied(self.namespaces(), namespace, OF_NAMESPACES.1);
        Ok((!denied.await?).then_some(OF_NAMESPACES.0))
    }

    /// Whether a policy that says this denies us to make an object; it is not made.
    async fn is_denied<K>(
        &self,
        api: Api<K>,
        object: Value,
        words: &str,
    ) -> Result<bool, ClusterError>
    where
        K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + Serialize + DeserializeOwned,
    {
        let object: K = serde_json::from_value(object).map_err(|error| ClusterError::Invalid {
            message: error.to_string(),
        })?;
        let name = object.meta().name.clone().unwrap_or_default();
        let params = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        // Roles refuse as well, and so does a policy without its parameters, and say nothing about the boundary.
        let denies = |error: &ClusterError| match error {
            ClusterError::Forbidden { message }
            | ClusterError::Denied { message }
            | ClusterError::Invalid { message } => {
                message.contains(BY_POLICY) && message.contains(words)
            }
            _ => false,
        };
        let tried = api.create(&params, &object);
        let object = format!("{}/{name}", K::kind(&()));
        match self.call_unless(denies, &object, tried).await {
            // It would be there but for one that is there already.
            Ok(_) | Err(ClusterError::Conflict { .. }) => Ok(false),
            Err(error) if denies(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn namespaces(&self) -> Api<Namespace> {
        Api::all(self.client.clone())
    }
}

/// A name that does not begin with this prefix.
fn foreign_name(prefix: &str) -> &'static str {
    let [one, other] = NOBODYS;
    if one.starts_with(prefix) { other } else { one }
}

fn owned(metadata: ObjectMeta) -> Option<OwnedNamespace> {
    let labels = metadata.labels?;
    let id = |label: String| labels.get(&label).and_then(|id| id.parse().ok());
    Some(OwnedNamespace {
        name: metadata.name?,
        instance: id(instance_label())?,
        customer: id(customer_label())?,
        terminating: metadata.deletion_timestamp.is_some(),
    })
}
