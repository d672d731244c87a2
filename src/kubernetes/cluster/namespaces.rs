//! Namespaces: the unit of deletion and isolation. Gone means seen to be gone.

use k8s_openapi::api::{core::v1::Namespace, rbac::v1::RoleBinding};
use kube::{
    Api,
    api::{DeleteParams, ListParams, PostParams, Preconditions},
    core::ObjectMeta,
};
use serde_json::json;
use uuid::Uuid;

use super::{Cluster, must_be_ours};
use crate::kubernetes::{
    customer_label, error::ClusterError, instance_label, labels_of_ours, spec::ClusterSettings,
    watch::of_namespace,
};

/// What the API server says in every refusal by an admission policy.
const BY_POLICY: &str = "ValidatingAdmissionPolicy";
/// What the policy of `deploy/30-admission.yaml` says of a binding in a foreign namespace.
const ITS_OWN: &str = "purser binds itself only inside its own namespaces";

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
        match self
            .call(&object, self.namespaces().delete(name, &params))
            .await
        {
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

    /// Whether the admission policy holds us to our own namespaces: a binding in a foreign one must be refused.
    /// RBAC alone does not: who may bind a role may bind it in `kube-system` and read its secrets.
    ///
    /// # Errors
    /// It is not known, such as while roles do not let us bind anything.
    pub async fn is_confined(
        &self,
        settings: &ClusterSettings,
        foreign_namespace: &str,
    ) -> Result<bool, ClusterError> {
        let binding = json!({
            "metadata": {"name": "purser-instance"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "purser-instance"},
            "subjects": [{"kind": "ServiceAccount", "name": settings.service_account, "namespace": settings.service_account_namespace}],
        });
        let binding: RoleBinding =
            serde_json::from_value(binding).map_err(|error| ClusterError::Invalid {
                message: error.to_string(),
            })?;
        let params = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        match self
            .call(
                "RoleBinding/purser-instance",
                self.within(foreign_namespace).create(&params, &binding),
            )
            .await
        {
            Ok(_) | Err(ClusterError::Conflict { .. }) => Ok(false),
            // Roles refuse as well, and so does a policy without its parameters, and say nothing about the boundary.
            Err(ClusterError::Forbidden { message } | ClusterError::Invalid { message })
                if message.contains(BY_POLICY) && message.contains(ITS_OWN) =>
            {
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    fn namespaces(&self) -> Api<Namespace> {
        Api::all(self.client.clone())
    }
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
