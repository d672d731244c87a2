//! The recipes as the API shows them.

use poem_openapi::Object;

/// A recipe that an app is provisioned by.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "Template", skip_serializing_if_is_none)]
pub struct TemplateInfo {
    /// Its name, which a service's `recipe` refers to.
    pub name: String,
    /// Grows with every change of the recipe.
    pub version: u32,
    /// The app's name for people.
    pub title: String,
    /// What the app is.
    pub description: Words,
    /// What the app's licence asks of whoever offers it.
    pub licence_notice: Option<String>,
    /// How long provisioning may take before the order is refunded.
    pub deadline_seconds: u32,
    /// What may be chosen.
    pub parameters: Vec<TemplateParameter>,
}

/// Something that may be chosen of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "TemplateParameter")]
pub struct TemplateParameter {
    pub name: String,
    /// `text`, `integer`, `boolean` or `ports`.
    #[oai(rename = "type")]
    pub kind: String,
    /// What holds where nothing is chosen, as JSON.
    pub default: String,
    pub description: Words,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "Words")]
pub struct Words {
    /// English.
    pub en: String,
    /// Indonesian.
    pub id: String,
}
