//! The recipes as the API shows them.

use crate::{
    http::{
        TemplateFigures, TemplateImage, TemplateInfo, TemplateOverhead, TemplateParameter,
        TemplatePorts, TemplateVolume, Words,
    },
    kubernetes::{self, Amounts, Need, Owner, ParameterType, Recipe, Recipes},
};

/// `registry` is the mirror that images are pulled from; empty where there is none.
pub(super) fn templates(recipes: &Recipes, registry: &str) -> Vec<TemplateInfo> {
    recipes
        .iter()
        .map(|recipe| template(recipe, registry))
        .collect()
}

fn template(recipe: &Recipe, registry: &str) -> TemplateInfo {
    let images = recipe.pulled_images(registry).into_iter();
    let volumes = recipe.volumes.iter().map(|volume| TemplateVolume {
        claim: volume.claim.clone(),
        mount_path: volume.mount_path.clone(),
        size_mib: volume.size_mib,
    });
    let parameters = recipe.parameters.iter().map(|parameter| TemplateParameter {
        name: parameter.name.clone(),
        kind: kind(parameter.kind).to_owned(),
        default: parameter.default.to_string(),
        description: words(&parameter.description),
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
        parameters: parameters.collect(),
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

fn kind(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::Text => "text",
        ParameterType::Integer => "integer",
        ParameterType::Boolean => "boolean",
        ParameterType::Ports => "ports",
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
