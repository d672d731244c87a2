//! Server-side apply. Without force first: a conflict is then either drift in an object of ours, which is put back and
//! reported, or somebody else's object, which is left alone.

use http::{HeaderMap, Request, Response, StatusCode, header};
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams},
    client::Body,
    core::{DynamicObject, ObjectMeta, Status},
};
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

use super::{
    Cluster, PROVISIONER,
    drift::{ForeignFields, PutBack, foreign, is_unfinished},
    is_missing, must_be_ours,
};
use crate::kubernetes::{
    error::ClusterError,
    instance_label,
    recipes::{Recipes, api_resource, is_listed},
    spec::{InstanceSpec, Stage},
};

/// What an apply had to undo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Objects of ours that somebody had edited.
    pub put_back: Vec<PutBack>,
    /// Objects of ours that somebody had edited once too often, as `Kind/name`: they stay as they are.
    pub left_alone: Vec<String>,
}

enum Done {
    Made,
    AsItWas,
    /// With the version that was edited.
    PutBack(Vec<ForeignFields>, Option<String>),
    LeftAlone,
}

/// An object as it stands once the cluster has taken it.
struct Written {
    /// Whether it was not there before.
    is_new: bool,
    metadata: ObjectMeta,
}

impl Written {
    /// Whether lists of it are still to be restored.
    fn is_unfinished(&self) -> bool {
        let mut managers = self.metadata.managed_fields.iter().flatten();
        managers.any(is_unfinished)
    }
}

impl Cluster {
    /// Carries out one stage of an instance.
    pub async fn run_stage(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
        stage: Stage,
        effect_id: Uuid,
    ) -> Result<Applied, ClusterError> {
        if stage == Stage::Secret {
            self.ensure_secret(recipes, spec).await?;
            return Ok(Applied::default());
        }
        let objects = recipes.desired(spec, stage)?;
        self.apply_to(spec, objects, effect_id).await
    }

    /// Of one stage only these objects, as `Kind/name`, and with them those that no inventory has: whatever needs one waits
    /// for it for ever. Nothing where the stage has none of these.
    pub async fn run_part(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
        (stage, only): (Stage, &BTreeSet<String>),
        effect_id: Uuid,
    ) -> Result<Applied, ClusterError> {
        let mut objects = recipes.desired(spec, stage)?;
        let is_asked = |object: &DynamicObject| only.contains(&label(object));
        if !objects.iter().any(is_asked) {
            return Ok(Applied::default());
        }
        objects.retain(|object| is_asked(object) || !is_listed(object));
        self.apply_to(spec, objects, effect_id).await
    }

    async fn apply_to(
        &self,
        spec: &InstanceSpec,
        mut objects: Vec<DynamicObject>,
        effect_id: Uuid,
    ) -> Result<Applied, ClusterError> {
        if spec.resting {
            objects.iter_mut().for_each(at_rest);
        }
        self.apply(&objects, &spec.contested, effect_id).await
    }

    /// Removes what an instance without a mail server has left of one.
    pub async fn remove_mail(
        &self,
        recipes: &Recipes,
        spec: &InstanceSpec,
    ) -> Result<(), ClusterError> {
        for object in recipes.of_mail(spec)? {
            let (label, kind) = (label(&object), api_resource(&object));
            let name = object.metadata.name.as_deref().unwrap_or_default();
            let Some(kind) = kind else { continue };
            let api: Api<DynamicObject> =
                Api::namespaced_with(self.client(), &spec.namespace(), &kind);
            let Some(found) = self.call(&label, api.get_opt(name)).await? else {
                continue;
            };
            must_be_ours(&label, &found.metadata)?;
            let params = DeleteParams::default();
            let deleting = api.delete(name, &params);
            match self.call_unless(is_missing, &label, deleting).await {
                Ok(_) | Err(ClusterError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes the objects so, in the given order, but for contested ones that somebody has edited again. Names and field manager never change, so repeating it changes nothing.
    pub async fn apply(
        &self,
        objects: &[DynamicObject],
        contested: &BTreeSet<String>,
        effect_id: Uuid,
    ) -> Result<Applied, ClusterError> {
        let mut applied = Applied::default();
        let mut just_bound = false;
        for object in objects {
            let label = label(object);
            let done = self
                .apply_one(&label, object, contested.contains(&label), just_bound)
                .await?;
            just_bound |= matches!(done, Done::Made) && label.starts_with("RoleBinding/");
            match done {
                Done::Made | Done::AsItWas => {
                    tracing::debug!(effect.id = %effect_id, "applied {label} for effect {effect_id}");
                }
                Done::PutBack(managers, version) => {
                    tracing::warn!(effect.id = %effect_id, ?managers, "put back {label}, which somebody had edited");
                    let object = label;
                    applied.put_back.push(PutBack {
                        object,
                        managers,
                        version,
                    });
                }
                Done::LeftAlone => {
                    tracing::error!(effect.id = %effect_id, "left {label} alone, which somebody keeps editing");
                    applied.left_alone.push(label);
                }
            }
        }
        Ok(applied)
    }

    async fn apply_one(
        &self,
        label: &str,
        object: &DynamicObject,
        contested: bool,
        just_bound: bool,
    ) -> Result<Done, ClusterError> {
        let unknown = || ClusterError::Invalid {
            message: format!("{label} is of a kind that we do not write"),
        };
        let kind = api_resource(object).ok_or_else(unknown)?;
        let name = object.metadata.name.as_deref().unwrap_or_default();
        let api: Api<DynamicObject> = match &object.metadata.namespace {
            Some(namespace) => Api::namespaced_with(self.client(), namespace, &kind),
            None => Api::all_with(self.client(), &kind),
        };
        if object.metadata.namespace.is_none() {
            self.must_be_free_or_this_one(label, &api, object).await?;
        }
        // Without force a conflict is what is asked for, and a right that was bound just now counts a moment later.
        let is_expected = |error: &ClusterError| match error {
            ClusterError::FieldConflict { .. } => true,
            ClusterError::Forbidden { .. } => just_bound,
            _ => false,
        };
        let refusal = match self.patch(label, &api, object, false, is_expected).await {
            Ok(written) if written.is_unfinished() && !contested => {
                self.restore(label, &api, object).await?;
                let managers = foreign(&written.metadata);
                let version = written.metadata.resource_version;
                return Ok(Done::PutBack(managers, version));
            }
            Ok(Written { is_new: true, .. }) => return Ok(Done::Made),
            Ok(_) => return Ok(Done::AsItWas),
            Err(refusal) => refusal,
        };
        let conflicts = matches!(refusal, ClusterError::FieldConflict { .. });
        if !conflicts && !refusal.is_about_content() {
            return Err(refusal);
        }
        let Some(found) = self.call(label, api.get_opt(name)).await? else {
            return Err(refusal);
        };
        let managers = foreign(&found.metadata);
        // Nobody else has written to it: what we want is itself what the cluster refuses.
        if !conflicts && managers.is_empty() {
            return Err(refusal);
        }
        must_be_ours(label, &found.metadata)?;
        if contested {
            return Ok(Done::LeftAlone);
        }
        match self.patch(label, &api, object, true, |_| false).await {
            Ok(written) if !written.is_unfinished() => {}
            Ok(_) => self.restore(label, &api, object).await?,
            Err(refusal) if refusal.is_about_content() => {
                self.restore(label, &api, object).await?;
                self.patch(label, &api, object, true, |_| false).await?;
            }
            Err(refusal) => return Err(refusal),
        }
        Ok(Done::PutBack(managers, found.metadata.resource_version))
    }

    /// A namespace is deleted whole one day, so it is never adopted, not even where nothing conflicts.
    async fn must_be_free_or_this_one(
        &self,
        label: &str,
        api: &Api<DynamicObject>,
        object: &DynamicObject,
    ) -> Result<(), ClusterError> {
        let name = object.metadata.name.as_deref().unwrap_or_default();
        let Some(found) = self.call(label, api.get_opt(name)).await? else {
            return Ok(());
        };
        must_be_ours(label, &found.metadata)?;
        let owner = |metadata: &kube::core::ObjectMeta| {
            metadata
                .labels
                .as_ref()
                .and_then(|labels| labels.get(&instance_label()).cloned())
        };
        if owner(&found.metadata) != owner(&object.metadata) {
            Err(ClusterError::NotOurs {
                object: label.into(),
            })
        } else if found.metadata.deletion_timestamp.is_some() {
            Err(ClusterError::Terminating {
                object: label.into(),
            })
        } else {
            Ok(())
        }
    }

    /// Sent by hand, because only the raw answer has the `Warning` header: a Deployment whose pods will all be refused
    /// is accepted with 200 and says so nowhere else.
    async fn patch(
        &self,
        label: &str,
        api: &Api<DynamicObject>,
        object: &DynamicObject,
        force: bool,
        is_expected: impl Fn(&ClusterError) -> bool,
    ) -> Result<Written, ClusterError> {
        let invalid = |error: kube::core::request::Error| ClusterError::Invalid {
            message: error.to_string(),
        };
        let name = object.metadata.name.as_deref().unwrap_or_default();
        let params = PatchParams {
            force,
            ..PatchParams::apply(PROVISIONER)
        };
        let request = kube::core::Request::new(api.resource_url())
            .patch(name, &params, &Patch::Apply(object))
            .map_err(invalid)?;
        let answer = self.exchange(request);
        let (written, headers) = self.call_unless(is_expected, label, answer).await?;
        match warned(label, &headers) {
            None => Ok(written),
            Some(refusal) => {
                self.tally.count(&refusal);
                Err(refusal)
            }
        }
    }

    async fn exchange(&self, request: Request<Vec<u8>>) -> kube::Result<(Written, HeaderMap)> {
        #[derive(Deserialize)]
        struct Stored {
            #[serde(default)]
            metadata: ObjectMeta,
        }
        let answer: Response<Body> = self.client.send(request.map(Body::from)).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect_bytes().await?;
        if parts.status.is_success() {
            let stored: Stored = serde_json::from_slice(&body).map_err(kube::Error::SerdeError)?;
            let written = Written {
                is_new: parts.status == StatusCode::CREATED,
                metadata: stored.metadata,
            };
            return Ok((written, parts.headers));
        }
        let text = || Status::failure(&String::from_utf8_lossy(&body), "");
        let refusal = serde_json::from_slice::<Status>(&body)
            .unwrap_or_else(|_| text())
            .with_code(parts.status.as_u16());
        Err(kube::Error::Api(Box::new(refusal)))
    }
}

/// Deprecations are for operators to read; every other warning says that what was accepted will not work, or that a policy
/// of the operator's does not want it.
fn warned(label: &str, headers: &HeaderMap) -> Option<ClusterError> {
    let warnings = headers
        .get_all(header::WARNING)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (deprecated, serious): (Vec<_>, Vec<_>) =
        warnings.partition(|warning| warning.contains("deprecated"));
    for warning in deprecated {
        tracing::warn!("the cluster warns: {warning}");
    }
    let message = serious.into_iter().next()?;
    Some(match message.contains("PodSecurity") {
        true => ClusterError::PodSecurity { message },
        false => ClusterError::Warned {
            object: label.into(),
            warning: message,
        },
    })
}

/// What is made anew runs one of itself where nothing is said, until somebody says otherwise.
fn at_rest(object: &mut DynamicObject) {
    let kind = object.types.as_ref().map(|types| types.kind.as_str());
    if matches!(kind, Some("Deployment" | "StatefulSet")) {
        object.data["spec"]["replicas"] = 0.into();
    }
}

fn label(object: &DynamicObject) -> String {
    let kind = object
        .types
        .as_ref()
        .map(|types| types.kind.as_str())
        .unwrap_or_default();
    format!(
        "{kind}/{}",
        object.metadata.name.as_deref().unwrap_or_default()
    )
}
