//! The recipes as the API shows them.

use crate::{
    http::{
        TemplateFigures, TemplateImage, TemplateInfo, TemplateOverhead, TemplateParameter,
        TemplatePorts, TemplateVolume, Words,
    },
    kubernetes::{self, Amounts, Need, Owner, Parameter, Recipe, Recipes},
};
use purser_domain::parameters::Offered;
use serde_json::Value;
use std::collections::BTreeMap;

/// `registry` is the mirror that images are pulled from; empty where there is none.
pub(super) fn templates(recipes: &Recipes, registry: &str) -> Vec<TemplateInfo> {
    recipes
        .iter()
        .map(|recipe| template(recipe, registry))
        .collect()
}

/// What customers may choose, by recipe.
pub(super) fn offered(recipes: &Recipes) -> BTreeMap<String, Vec<Offered>> {
    let offered = |recipe: &Recipe| (recipe.name.clone(), recipe.offered());
    recipes.iter().map(offered).collect()
}

fn template(recipe: &Recipe, registry: &str) -> TemplateInfo {
    let images = recipe.pulled_images(registry).into_iter();
    let volumes = recipe.volumes.iter().map(|volume| TemplateVolume {
        claim: volume.claim.clone(),
        mount_path: volume.mount_path.clone(),
        size_mib: volume.size_mib,
    });
    TemplateInfo {
        name: recipe.name.clone(),
        version: recipe.version,
        title: recipe.title.clone(),
        description: words(&recipe.description),
        licence_notice: recipe.licence_notice.clone(),
        owner: owner(recipe.owner).to_owned(),
        admin_path: recipe.admin_path.clone(),
        deadline_seconds: recipe.deadline_seconds,
        images: images
            .map(|(name, image)| TemplateImage {
                name: name.to_owned(),
                image,
            })
            .collect(),
        ports: TemplatePorts {
            web: recipe.ports.web,
            database: recipe.ports.database,
        },
        volumes: volumes.collect(),
        overhead: overhead(recipe),
        parameters: recipe.parameters.iter().map(parameter).collect(),
    }
}

fn overhead(recipe: &Recipe) -> Vec<TemplateOverhead> {
    let overhead = &recipe.overhead;
    let part = |part: &str, need: Need| TemplateOverhead {
        part: part.to_owned(),
        requests: figures(need.requests),
        limits: figures(need.limits),
    };
    let database = overhead.database.map(|need| part("database", need));
    let sidecars = overhead.sidecars.iter();
    let sidecars = sidecars.map(|(name, need)| part(name, *need));
    let job = overhead.job.map(|need| part("job", need));
    database.into_iter().chain(sidecars).chain(job).collect()
}

fn figures(amounts: Amounts) -> TemplateFigures {
    TemplateFigures {
        cpu_millicores: amounts.cpu_millicores,
        memory_mib: amounts.memory_mib,
        ephemeral_mib: amounts.ephemeral_mib,
    }
}

fn words(words: &kubernetes::Words) -> Words {
    Words {
        en: words.en.clone(),
        id: words.id.clone(),
    }
}

fn parameter(parameter: &Parameter) -> TemplateParameter {
    let json = |value: &Value| (!value.is_null()).then(|| value.to_string());
    let one_of: Vec<String> = parameter.one_of.iter().filter_map(json).collect();
    TemplateParameter {
        name: parameter.name.clone(),
        kind: parameter.kind.as_str().to_owned(),
        default: json(&parameter.default),
        description: words(&parameter.description),
        customer: parameter.customer,
        required: parameter.is_required(),
        group: parameter.group.clone(),
        one_of: (!one_of.is_empty()).then_some(one_of),
        max_length: parameter.max_length().filter(|_| parameter.customer),
        minimum: parameter.minimum,
        maximum: parameter.maximum,
    }
}

fn owner(owner: Owner) -> &'static str {
    match owner {
        Owner::BeforeApp => "before_app",
        Owner::AfterApp => "after_app",
        Owner::ByEnv => "by_env",
        Owner::None => "none",
    }
}
