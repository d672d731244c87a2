//! The recipes: which apps can be sold and what each runs. Pure once loaded; everything wrong in a file is found on loading.

mod ascii;
mod check;
mod customer_smtp;
mod decode;
mod files;
mod flaw;
mod http_route;
mod image;
mod manifest;
mod objects;
mod parameters;
mod pods;
mod quota;
mod render;
mod route;
mod rules;
mod sample;
mod secrets;
mod shape;
#[cfg(test)]
mod tests;
mod usage;
mod whole;
mod yaml;

use std::{collections::BTreeMap, path::PathBuf};

use kube::core::DynamicObject;
use purser_domain::worker::Capacity;

use super::spec::{InstanceSpec, PlanResources, Stage};
use crate::config::Secret;
use flaw::Notes;
use render::Renderer;

pub(super) use decode::{api_resource, is_config, is_listed, listed_kinds};
pub use flaw::{Flaw, Flaws};
pub(super) use http_route::HttpRoute;
pub use image::ImageChoices;
pub use manifest::{Amounts, Need, Owner, Recipe, SecretKey, Volume, Words};
pub use parameters::{Choices, Parameter, ParameterType};
#[cfg(test)]
pub(crate) use sample::sample;
pub(super) use secrets::{ADMIN_PASSWORD, NEXT_PASSWORD, complete, given, kept, next};

#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("recipe {recipe} has no file for stage {stage}")]
    MissingFile { recipe: String, stage: &'static str },
    #[error("recipe {recipe}: {reason}")]
    Inconsistent { recipe: String, reason: String },
    #[error("{path} cannot be rendered")]
    BadTemplate {
        path: String,
        #[source]
        source: Box<minijinja::Error>,
    },
    #[error("{path} renders to something that is not YAML")]
    BadYaml {
        path: String,
        #[source]
        source: serde_yaml_ng::Error,
    },
    #[error("{path}: {reason}")]
    BadObject { path: String, reason: String },
    #[error("there is no recipe named {recipe}")]
    UnknownRecipe { recipe: String },
    #[error("recipe {recipe} does not take parameter {parameter} like this")]
    BadParameter { recipe: String, parameter: String },
}

/// Where recipes come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecipeSource {
    /// A directory laid out like `templates/services`; without one, what the binary carries.
    pub directory: Option<PathBuf>,
    /// What stands in for a recipe's images.
    pub images: ImageChoices,
}

/// All recipes, checked.
#[derive(Debug)]
pub struct Recipes {
    recipes: BTreeMap<String, Recipe>,
    renderer: Renderer,
}

impl Recipes {
    /// # Errors
    /// Everything that is wrong with them.
    pub fn load(source: &RecipeSource) -> Result<Self, Flaws> {
        let mut notes = Notes::default();
        let files = match &source.directory {
            Some(directory) => files::read(directory, &mut notes),
            None => files::embedded(),
        };
        check::recipes(&files, &source.images, notes)
    }

    /// Those that the binary carries.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn embedded() -> Result<Self, Flaws> {
        Self::load(&RecipeSource::default())
    }

    pub fn get(&self, name: &str) -> Result<&Recipe, RecipeError> {
        self.recipes
            .get(name)
            .ok_or_else(|| RecipeError::UnknownRecipe {
                recipe: name.into(),
            })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Recipe> {
        self.recipes.values()
    }

    /// The objects of one stage. Nothing for [`Stage::Secret`]: its values are made once, see [`Recipes::secret`].
    pub fn desired(
        &self,
        spec: &InstanceSpec,
        stage: Stage,
    ) -> Result<Vec<DynamicObject>, RecipeError> {
        let recipe = self.get(&spec.recipe)?;
        let closed = stage == Stage::Route && spec.resting;
        let has = match stage {
            Stage::Reset => recipe.has_reset_job(),
            stage => recipe.stages().contains(&stage),
        };
        if stage == Stage::Secret || closed || !has {
            return Ok(Vec::new());
        }
        if stage == Stage::Handover {
            let handed_over = InstanceSpec {
                owner_created: true,
                ..spec.clone()
            };
            return self.desired(&handed_over, Stage::App);
        }
        self.renderer.objects(recipe, spec, stage, &BTreeMap::new())
    }

    /// What stands in an instance with a mail server and not in this one, which has none: the way to it, and what tells
    /// the app of it. Nothing where this one has a server, and never what could hold data.
    pub fn of_mail(&self, spec: &InstanceSpec) -> Result<Vec<DynamicObject>, RecipeError> {
        if spec.mail.is_some() {
            return Ok(vec![]);
        }
        let mailing = InstanceSpec {
            mail: sample::mailing(self.get(&spec.recipe)?).mail,
            ..spec.clone()
        };
        let holds_no_data = |object: &DynamicObject| {
            let kind = object.types.as_ref().map(|types| types.kind.as_str());
            matches!(kind, Some("NetworkPolicy" | "ConfigMap"))
        };
        let same = |one: &DynamicObject, other: &DynamicObject| {
            one.types == other.types && one.metadata.name == other.metadata.name
        };
        let mut only = Vec::new();
        for stage in [Stage::Guards, Stage::App] {
            let without = self.desired(spec, stage)?;
            let with = self.desired(&mailing, stage)?.into_iter();
            only.extend(with.filter(|object| {
                holds_no_data(object) && !without.iter().any(|other| same(object, other))
            }));
        }
        Ok(only)
    }

    /// The instance's Secret, holding the given values.
    pub fn secret(
        &self,
        spec: &InstanceSpec,
        values: &BTreeMap<String, Secret>,
    ) -> Result<DynamicObject, RecipeError> {
        let recipe = self.get(&spec.recipe)?;
        self.renderer
            .objects(recipe, spec, Stage::Secret, values)?
            .pop()
            .ok_or_else(|| RecipeError::MissingFile {
                recipe: recipe.name.clone(),
                stage: Stage::Secret.name(),
            })
    }

    /// What the pods of one running instance of this plan ask for.
    pub fn pods(&self, recipe: &str, plan: PlanResources) -> Result<Vec<Capacity>, RecipeError> {
        Ok(quota::pods(self.get(recipe)?, plan))
    }

    /// The name of the Job that makes the owner, where the recipe has one. It changes with the Job's spec.
    pub fn owner_job(&self, spec: &InstanceSpec) -> Result<Option<String>, RecipeError> {
        self.job(spec, Stage::Owner)
    }

    /// The name of the Job that gives the owner another password. No two operations share one.
    pub fn reset_job(&self, spec: &InstanceSpec) -> Result<Option<String>, RecipeError> {
        self.job(spec, Stage::Reset)
    }

    fn job(&self, spec: &InstanceSpec, stage: Stage) -> Result<Option<String>, RecipeError> {
        let objects = self.desired(spec, stage)?;
        Ok(objects
            .into_iter()
            .find(decode::is_job)
            .and_then(|job| job.metadata.name))
    }
}
