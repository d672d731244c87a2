//! Another password for an app's owner. It is made beside the one that counts, a Job gives it to the app, and then it
//! takes that one's place.
//!
//! **Invariant:** one operation makes one password, however often it is tried.

use std::collections::BTreeMap;

use k8s_openapi::api::{batch::v1::Job, core::v1::Secret as StoredSecret};
use kube::api::{DeleteParams, ListParams};

use super::{
    Cluster, is_missing, must_be_ours,
    secrets::{NAME, OBJECT, values},
};
use crate::{
    config::Secret,
    kubernetes::{
        LABEL_DOMAIN,
        error::ClusterError,
        labels_of_ours,
        recipes::{NEXT_PASSWORD, Recipe, Recipes, kept, next},
        spec::InstanceSpec,
    },
};

/// Before the hash in the name of every such Job.
pub(in crate::kubernetes) const RESET: &str = "reset-";

impl Cluster {
    /// Makes the password that the operation of this spec sets, unless an earlier attempt did.
    pub async fn make_next_password(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
    ) -> Result<(), ClusterError> {
        let stored = self.stored(spec).await?;
        let made = values(&stored).contains_key(NEXT_PASSWORD);
        if made && number(&stored, &next_of()) == spec.operation {
            return Ok(());
        }
        let recipe = recipes.get(&spec.recipe)?.clone();
        let making = tokio::task::spawn_blocking(move || next(&recipe));
        let made = making.await.map_err(|error| ClusterError::Invalid {
            message: error.to_string(),
        })??;
        let data = made.into_iter().map(|(key, value)| (key, Some(value)));
        self.note(spec, &stored, &next_of(), data.collect()).await
    }

    /// Puts the password that the operation of this spec has set in the place of the one before.
    pub async fn keep_next_password(
        &self,
        recipe: &Recipe,
        spec: &InstanceSpec,
    ) -> Result<(), ClusterError> {
        let stored = self.stored(spec).await?;
        if password_of(&stored) == spec.operation {
            return Ok(());
        }
        let data = kept(recipe, &values(&stored));
        if data.is_empty() || number(&stored, &next_of()) != spec.operation {
            return Err(ClusterError::Invalid {
                message: format!("{OBJECT} does not have the password of this operation"),
            });
        }
        self.note(spec, &stored, &kept_of(), data).await
    }

    /// Removes the Jobs of other operations with their pods, so that none of them sets its password after this one's.
    /// `false` while one is on its way out.
    pub async fn no_other_reset(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
    ) -> Result<bool, ClusterError> {
        let own = recipes.reset_job(spec)?;
        let jobs = self.within::<Job>(&spec.namespace());
        let ours = ListParams::default().labels(&labels_of_ours());
        let listed = self.call("Jobs", jobs.list(&ours)).await?;
        let names = listed.items.into_iter().filter_map(|job| job.metadata.name);
        let others = names.filter(|name| name.starts_with(RESET) && Some(name) != own.as_ref());
        let with_its_pods = DeleteParams::foreground();
        let mut alone = true;
        for name in others {
            alone = false;
            let deleting = jobs.delete(&name, &with_its_pods);
            let job = format!("Job/{name}");
            match self.call_unless(is_missing, &job, deleting).await {
                Ok(_) | Err(ClusterError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(alone)
    }

    async fn stored(&self, spec: &InstanceSpec) -> Result<StoredSecret, ClusterError> {
        let api = self.within::<StoredSecret>(&spec.namespace());
        let stored = self.call(OBJECT, api.get(NAME)).await?;
        must_be_ours(OBJECT, &stored.metadata)?;
        Ok(stored)
    }

    /// Changes these keys, and notes under the annotation for which operation. Refused where somebody was faster.
    async fn note(
        &self,
        spec: &InstanceSpec,
        stored: &StoredSecret,
        annotation: &str,
        data: BTreeMap<String, Option<Secret>>,
    ) -> Result<(), ClusterError> {
        let operation = spec.operation.to_string();
        self.change_secret(&spec.namespace(), stored, (annotation, &operation), data)
            .await
    }
}

/// The operation that the password was set by; 0 for the one that was made with the instance.
pub(super) fn password_of(stored: &StoredSecret) -> u32 {
    number(stored, &kept_of())
}

fn next_of() -> String {
    format!("{LABEL_DOMAIN}/next-password-of")
}

fn kept_of() -> String {
    format!("{LABEL_DOMAIN}/password-of")
}

fn number(stored: &StoredSecret, annotation: &str) -> u32 {
    let annotations = stored.metadata.annotations.as_ref();
    annotations
        .and_then(|annotations| annotations.get(annotation))
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
