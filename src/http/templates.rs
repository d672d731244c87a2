//! The recipes as the API shows them.

use poem_openapi::{Object, types::Example};

/// A recipe that an app is provisioned by.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "Template", skip_serializing_if_is_none, example)]
pub struct TemplateInfo {
    /// Its name, which a service's `recipe` refers to.
    pub name: String,
    /// Grows with every change of the recipe.
    pub version: u32,
    /// The app's name for people.
    pub title: String,
    /// What the app is.
    pub description: Words,
    /// What the app's licence asks of whoever offers it; to be acknowledged before a service of it is published.
    pub licence_notice: Option<String>,
    /// How the app's first account is made: `before_app`, `after_app`, `by_env`, or `none` where it has no accounts.
    pub owner: String,
    /// Where to sign in, below the app's address.
    pub admin_path: String,
    /// How long provisioning may take before the order is refunded.
    pub deadline_seconds: u32,
    /// What is pulled to run it.
    pub images: Vec<TemplateImage>,
    /// What it listens on inside the cluster.
    pub ports: TemplatePorts,
    /// What it keeps.
    pub volumes: Vec<TemplateVolume>,
    /// What runs beside the app: not sold, and counted.
    pub overhead: Vec<TemplateOverhead>,
    /// What may be chosen.
    pub parameters: Vec<TemplateParameter>,
}

/// An image of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "TemplateImage")]
pub struct TemplateImage {
    /// Its name in the recipe.
    pub name: String,
    /// What is pulled: from this installation's mirror, and by digest, where it says so.
    pub image: String,
}

/// The ports of an app.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "TemplatePorts", skip_serializing_if_is_none)]
pub struct TemplatePorts {
    /// The app's own.
    pub web: u16,
    /// Its database's; an app without one has none.
    pub database: Option<u16>,
}

/// A volume of an app.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "TemplateVolume", skip_serializing_if_is_none)]
pub struct TemplateVolume {
    /// Its name in the app's namespace.
    pub claim: String,
    /// Where it is mounted.
    pub mount_path: String,
    /// Its size in MiB; the one without a size is the storage that the plan sells.
    pub size_mib: Option<u32>,
}

/// Something that runs beside the app.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "TemplateOverhead")]
pub struct TemplateOverhead {
    /// `database`, `job`, or the name of a sidecar.
    pub part: String,
    /// What is kept free for it.
    pub requests: TemplateFigures,
    /// What it may use at most.
    pub limits: TemplateFigures,
}

/// An amount of computing.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "TemplateFigures")]
pub struct TemplateFigures {
    /// CPU in thousandths of a core.
    pub cpu_millicores: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Scratch space in MiB.
    pub ephemeral_mib: u32,
}

/// Something that may be chosen of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(rename = "TemplateParameter", skip_serializing_if_is_none)]
pub struct TemplateParameter {
    pub name: String,
    /// `text`, `integer`, `boolean`, `ports`, `secret` (a text that nobody is shown again), `host` (the name of a server
    /// on the internet) or `sender` (an e-mail address, or `Name <address>`).
    #[oai(rename = "type")]
    pub kind: String,
    /// What holds where nothing is chosen, as JSON.
    pub default: Option<String>,
    pub description: Words,
    /// Whether it is the customer's to choose, in `parameters` of an order; all others are the operator's.
    pub customer: bool,
    /// Whether an order without it is refused.
    pub required: bool,
    /// Of the parameters that share a group all are chosen, or none.
    pub group: Option<String>,
    /// The only values there are, each as JSON.
    pub one_of: Option<Vec<String>>,
    /// How long a text may be, in characters.
    pub max_length: Option<u32>,
    /// The least of a number.
    pub minimum: Option<i64>,
    /// The most of a number.
    pub maximum: Option<i64>,
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

impl Example for TemplateInfo {
    fn example() -> Self {
        let words = |en: &str, id: &str| Words {
            en: en.into(),
            id: id.into(),
        };
        let figures = |cpu_millicores, memory_mib, ephemeral_mib| TemplateFigures {
            cpu_millicores,
            memory_mib,
            ephemeral_mib,
        };
        Self {
            name: "ghost".into(),
            version: 2,
            title: "Ghost".into(),
            description: words("A publishing platform.", "Platform penerbitan."),
            licence_notice: None,
            owner: "after_app".into(),
            admin_path: "/ghost/".into(),
            deadline_seconds: 1_200,
            images: vec![TemplateImage {
                name: "app".into(),
                image: "ghost:6.59.0".into(),
            }],
            ports: TemplatePorts {
                web: 2_368,
                database: Some(3_306),
            },
            volumes: vec![TemplateVolume {
                claim: "web".into(),
                mount_path: "/var/lib/ghost/content".into(),
                size_mib: None,
            }],
            overhead: vec![TemplateOverhead {
                part: "database".into(),
                requests: figures(100, 512, 128),
                limits: figures(1_000, 512, 1_024),
            }],
            parameters: vec![TemplateParameter {
                name: "smtp_port".into(),
                kind: "integer".into(),
                default: None,
                description: words("The port of your mail server", "Port server surel Anda"),
                customer: true,
                required: false,
                group: Some("smtp".into()),
                one_of: Some(vec!["465".into(), "587".into(), "2525".into()]),
                max_length: None,
                minimum: None,
                maximum: None,
            }],
        }
    }
}
