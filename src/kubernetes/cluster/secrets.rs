//! The instance's Secret: made once, completed when a recipe asks for more, never overwritten but for the
//! password of the mail server and what its customer chose. Which keys it was given is noted on it: one of these that is
//! gone was lost and is not made again, and any other that it lacks is new.
//!
//! **Invariant:** a retry after a crash finds the passwords that the first attempt made.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use k8s_openapi::api::core::v1::Secret as StoredSecret;
use kube::{
    api::{Patch, PostParams},
    core::ObjectMeta,
};
use serde_json::json;
use uuid::Uuid;

use super::{Cluster, PROVISIONER, is_ours, must_be_ours, passwords::password_of, updating};
use crate::{
    config::Secret,
    kubernetes::{
        LABEL_DOMAIN,
        error::ClusterError,
        instance_label,
        recipes::{ADMIN_PASSWORD, Recipe, Recipes, SecretKey, complete, given},
        spec::InstanceSpec,
    },
};

pub(super) const NAME: &str = "app";
pub(super) const OBJECT: &str = "Secret/app";
const ATTEMPTS: usize = 4;

/// What lets the customer in. The name to go with it is [`Recipe::admin_username`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub admin_password: Secret,
    /// The operation that it was set by; 0 for the one that was made with the instance.
    pub operation: u32,
}

/// How an instance's Secret is not as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretTrouble {
    Missing,
    /// It does not bear our labels any more.
    NotOurs,
    /// It does not have these keys, and had them, or nobody knows whether it had.
    Lacks(Vec<String>),
    /// Its recipe asks for these keys since it was made.
    Incomplete(Vec<String>),
}

impl Cluster {
    pub async fn ensure_secret(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
    ) -> Result<(), ClusterError> {
        let recipe = recipes.get(&spec.recipe)?;
        for _ in 1..ATTEMPTS {
            match self.try_secret(recipes, recipe, spec).await {
                // Another attempt wrote it meanwhile: its values count.
                Err(ClusterError::Conflict { .. }) => {}
                done => return done,
            }
        }
        self.try_secret(recipes, recipe, spec).await
    }

    pub async fn read_credentials(&self, namespace: &str) -> Result<Credentials, ClusterError> {
        let stored = self
            .call(OBJECT, self.within::<StoredSecret>(namespace).get(NAME))
            .await?;
        must_be_ours(OBJECT, &stored.metadata)?;
        let admin_password = values(&stored).remove(ADMIN_PASSWORD);
        let missing = || ClusterError::NotFound {
            object: format!("{OBJECT}, key {ADMIN_PASSWORD}"),
        };
        Ok(Credentials {
            admin_password: admin_password.ok_or_else(missing)?,
            operation: password_of(&stored),
        })
    }

    /// What is wrong with the Secret of an instance that stands: its values cannot be made again, as what reads them keeps
    /// the old ones. `None` where nothing is, or where somebody took the right to look away. Of one that is whole its keys
    /// are noted where they are not.
    pub async fn secret_trouble(
        &self,
        namespace: &str,
        instance: Uuid,
        recipe: &Recipe,
    ) -> Result<Option<SecretTrouble>, ClusterError> {
        let api = self.within::<StoredSecret>(namespace);
        let stored = match self.call(OBJECT, api.get_opt(NAME)).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(Some(SecretTrouble::Missing)),
            Err(ClusterError::Forbidden { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let labels = stored.metadata.labels.as_ref();
        let of_it = labels.and_then(|labels| labels.get(&instance_label()));
        if !is_ours(&stored.metadata) || of_it != Some(&instance.to_string()) {
            return Ok(Some(SecretTrouble::NotOurs));
        }
        let (lost, new) = lacking(&stored, recipe);
        if !lost.is_empty() {
            return Ok(Some(SecretTrouble::Lacks(lost)));
        }
        if !new.is_empty() {
            return Ok(Some(SecretTrouble::Incomplete(new)));
        }
        let noting = noting(&stored.metadata, recipe);
        if noted(&stored.metadata) == Some(noting.as_str()) {
            return Ok(None);
        }
        let (annotation, nothing) = (keys_annotation(), BTreeMap::new());
        let noted = self.change_secret(namespace, &stored, (&annotation, &noting), nothing);
        match noted.await {
            // The next look notes them.
            Ok(()) | Err(ClusterError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn try_secret(
        &self,
        recipes: &Recipes,
        recipe: &Recipe,
        spec: &InstanceSpec,
    ) -> Result<(), ClusterError> {
        let api = self.within::<StoredSecret>(&spec.namespace());
        let Some(stored) = self.call(OBJECT, api.get_opt(NAME)).await? else {
            let made = make(recipe, spec, BTreeMap::new()).await?;
            let made = made
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?)));
            let secret = recipes.secret(spec, &made.collect())?;
            let parsed = secret.try_parse().map_err(|error| ClusterError::Invalid {
                message: error.to_string(),
            });
            let mut secret: StoredSecret = parsed?;
            let noting = noting(&secret.metadata, recipe);
            let annotations = secret.metadata.annotations.get_or_insert_default();
            annotations.insert(keys_annotation(), noting);
            let params = PostParams {
                field_manager: Some(PROVISIONER.into()),
                ..PostParams::default()
            };
            return self
                .call(OBJECT, api.create(&params, &secret))
                .await
                .map(drop);
        };
        must_be_ours(OBJECT, &stored.metadata)?;
        let (lost, _) = lacking(&stored, recipe);
        if !lost.is_empty() && noted(&stored.metadata).is_some() {
            return Err(ClusterError::NotFound {
                object: format!("{OBJECT}, key {}", lost.join(", ")),
            });
        }
        let changed = make(recipe, spec, values(&stored)).await?;
        if changed.is_empty() {
            return Ok(());
        }
        let noting = noting(&stored.metadata, recipe);
        let annotation = keys_annotation();
        self.change_secret(&spec.namespace(), &stored, (&annotation, &noting), changed)
            .await
    }

    /// Changes these keys, `None` under one that is to go, and notes this under the annotation. The version makes it a
    /// refusal, not an overwrite, if somebody changed it first.
    pub(super) async fn change_secret(
        &self,
        namespace: &str,
        stored: &StoredSecret,
        (annotation, noting): (&str, &str),
        data: BTreeMap<String, Option<Secret>>,
    ) -> Result<(), ClusterError> {
        let encode = |value: Secret| BASE64_STANDARD.encode(value.expose());
        let data: BTreeMap<_, _> = data
            .into_iter()
            .map(|(key, value)| (key, value.map(encode)))
            .collect();
        let metadata = json!({
            "resourceVersion": stored.metadata.resource_version,
            "annotations": {annotation: noting},
        });
        let patch = Patch::Merge(json!({"metadata": metadata, "data": data}));
        let api = self.within::<StoredSecret>(namespace);
        self.call(OBJECT, api.patch(NAME, &updating(PROVISIONER), &patch))
            .await
            .map(drop)
    }
}

fn keys_annotation() -> String {
    format!("{LABEL_DOMAIN}/secret-keys")
}

/// The keys that it was given, as they are noted; none of one that was made before they were.
fn noted(metadata: &ObjectMeta) -> Option<&str> {
    let annotations = metadata.annotations.as_ref()?;
    annotations.get(&keys_annotation()).map(String::as_str)
}

/// As they are to be noted once it has those that the recipe asks for.
fn noting(metadata: &ObjectMeta, recipe: &Recipe) -> String {
    let earlier = noted(metadata).into_iter();
    let earlier = earlier.flat_map(|keys| keys.split(','));
    let keys: BTreeSet<&str> = earlier
        .chain(recipe.secrets.iter().map(SecretKey::key))
        .collect();
    Vec::from_iter(keys).join(",")
}

/// The keys that it does not have: those that were lost, and those that are new.
fn lacking(stored: &StoredSecret, recipe: &Recipe) -> (Vec<String>, Vec<String>) {
    let has = |key: &&str| stored.data.iter().flatten().any(|(known, _)| known == key);
    let keys = recipe.secrets.iter().map(SecretKey::key);
    let lacking = keys.filter(|key| !has(key)).map(str::to_owned);
    lacking.partition(|key| {
        let noted = noted(&stored.metadata);
        noted.is_none_or(|noted| noted.split(',').any(|known| known == key))
    })
}

/// What the Secret is to say anew; `None` under a key that is to go. Off the async threads: a bcrypt hash is slow on
/// purpose.
async fn make(
    recipe: &Recipe,
    spec: &InstanceSpec,
    existing: BTreeMap<String, Secret>,
) -> Result<BTreeMap<String, Option<Secret>>, ClusterError> {
    let given = given(recipe, spec, &existing);
    let recipe = recipe.clone();
    let making = tokio::task::spawn_blocking(move || complete(&recipe, &existing));
    let made = making.await.map_err(|error| ClusterError::Invalid {
        message: error.to_string(),
    })?;
    let made = made?.into_iter().map(|(key, value)| (key, Some(value)));
    Ok(made.chain(given).collect())
}

pub(super) fn values(stored: &StoredSecret) -> BTreeMap<String, Secret> {
    let data = stored.data.iter().flatten();
    data.map(|(key, value)| (key.clone(), Secret::new(String::from_utf8_lossy(&value.0))))
        .collect()
}
