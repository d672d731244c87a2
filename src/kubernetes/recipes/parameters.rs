//! Parameters of a recipe: the operator's, which its files fix, and those that a customer may choose.

use std::collections::{BTreeMap, BTreeSet};

use purser_domain::parameters::{Kind, Offered, Plain};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    RecipeError, customer_smtp,
    manifest::{Recipe, Words},
};
use crate::{config::Secret, kubernetes::AppMail};

/// How long a text of a customer's may be where a recipe does not say.
const MAX_LENGTH: u32 = 200;

/// The port over which servers take mail from strangers, and therefore spam.
const SPAM_PORT: u64 = 25;

/// The ports by which mail leaves.
const MAIL_PORTS: [u64; 4] = [SPAM_PORT, 465, 587, 2_525];

/// One value that manifests go by.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// What holds where nobody chose; null for what only a customer can give.
    #[serde(default)]
    pub default: Value,
    pub description: Words,
    /// Whether it is the customer's to choose. All others are the operator's.
    #[serde(default)]
    pub customer: bool,
    /// The only values that can be chosen; any where it is empty.
    #[serde(default)]
    pub one_of: Vec<Value>,
    /// In characters, for texts.
    pub max_length: Option<u32>,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    /// Of those that share a group all are chosen, or none.
    #[serde(skip)]
    pub group: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    Text,
    Integer,
    Boolean,
    Ports,
    /// A text that goes into the instance's Secret and nowhere else.
    Secret,
    /// The name of a server on the internet.
    Host,
    /// An address of mail, or `Name <address>`.
    Sender,
}

/// What a customer chose, by where it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    /// What templates see.
    pub parameters: BTreeMap<String, Value>,
    /// What the instance's Secret holds besides what is made for it, by key.
    pub secrets: BTreeMap<String, Secret>,
    /// The customer's own mail server.
    pub mail: Option<AppMail>,
}

impl ParameterType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Ports => "ports",
            Self::Secret => "secret",
            Self::Host => "host",
            Self::Sender => "sender",
        }
    }

    fn takes(self, value: &Value) -> bool {
        let port = |value: &Value| {
            value
                .as_u64()
                .is_some_and(|port| (1..=65_535).contains(&port))
        };
        match self {
            Self::Text | Self::Secret | Self::Host | Self::Sender => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Boolean => value.is_boolean(),
            Self::Ports => value
                .as_array()
                .is_some_and(|ports| !ports.is_empty() && ports.iter().all(port)),
        }
    }

    /// None for what no customer chooses.
    const fn offered(self) -> Option<Kind> {
        Some(match self {
            Self::Text => Kind::Text,
            Self::Integer => Kind::Number,
            Self::Boolean => Kind::Flag,
            Self::Secret => Kind::Secret,
            Self::Host => Kind::Host,
            Self::Sender => Kind::Sender,
            Self::Ports => return None,
        })
    }

    const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Secret | Self::Host | Self::Sender)
    }
}

impl Parameter {
    /// Whether an order without it is refused.
    pub fn is_required(&self) -> bool {
        self.customer && self.default.is_null() && self.group.is_none()
    }

    /// In characters.
    pub fn max_length(&self) -> Option<u32> {
        let most = self.max_length.unwrap_or(MAX_LENGTH);
        self.kind.is_text().then_some(most)
    }

    /// What customers are offered; none of what is the operator's.
    fn offered(&self) -> Option<Offered> {
        if !self.customer {
            return None;
        }
        Some(Offered {
            name: self.name.parse().ok()?,
            kind: self.kind.offered()?,
            required: self.is_required(),
            group: self.group.clone(),
            one_of: self.one_of.iter().filter_map(plain).collect(),
            max_length: usize::try_from(self.max_length.unwrap_or(MAX_LENGTH)).ok()?,
            minimum: self.minimum,
            maximum: self.maximum,
        })
    }

    /// Under which key the instance's Secret has it; none for what is no secret.
    pub(super) fn secret_key(&self) -> Option<String> {
        let is_secret = self.kind == ParameterType::Secret;
        is_secret.then(|| self.name.replace('_', "-"))
    }

    /// Whether templates see it under `params`.
    pub(super) fn is_shown(&self) -> bool {
        self.kind != ParameterType::Secret && self.group.is_none()
    }
}

impl Recipe {
    /// What its customers may choose.
    pub fn offered(&self) -> Vec<Offered> {
        let parameters = self.parameters.iter();
        parameters.filter_map(Parameter::offered).collect()
    }

    /// What was chosen, by where it goes. What the recipe has ceased to offer since, or to offer like this, is left out.
    pub fn choices(&self, chosen: &BTreeMap<String, Value>) -> Choices {
        let mut choices = Choices::default();
        let mut smtp = BTreeMap::new();
        for parameter in &self.parameters {
            let Some(value) = parameter
                .offered()
                .zip(chosen.get(&parameter.name).and_then(plain))
                .and_then(|(offered, value)| offered.take(value).ok())
            else {
                continue;
            };
            match (&parameter.group, parameter.secret_key(), value) {
                (Some(_), _, value) => {
                    smtp.insert(parameter.name.as_str(), value);
                }
                (None, Some(key), Plain::Text(text)) => {
                    choices.secrets.insert(key, Secret::new(text));
                }
                (None, _, value) => {
                    let value = shown(value);
                    choices.parameters.insert(parameter.name.clone(), value);
                }
            }
        }
        choices.mail = customer_smtp::mail(&smtp);
        choices
    }

    /// Takes the ports by which mail leaves out of what templates see.
    pub(super) fn close_mail_ports(&self, shown: &mut BTreeMap<String, Value>) {
        let is_open = |port: &Value| !port.as_u64().is_some_and(|port| MAIL_PORTS.contains(&port));
        let ports = self.parameters.iter();
        for parameter in ports.filter(|known| known.kind == ParameterType::Ports) {
            let ports = shown.get_mut(&parameter.name).and_then(Value::as_array_mut);
            ports.into_iter().for_each(|ports| ports.retain(is_open));
        }
    }

    /// What templates see: defaults overlaid with the given values; one that is unknown or of another type is refused.
    pub fn parameters(
        &self,
        given: &BTreeMap<String, Value>,
    ) -> Result<BTreeMap<String, Value>, RecipeError> {
        let refused = |name: &str| RecipeError::BadParameter {
            recipe: self.name.clone(),
            parameter: name.into(),
        };
        let shown = || self.parameters.iter().filter(|known| known.is_shown());
        if let Some(unknown) = given
            .keys()
            .find(|name| !shown().any(|known| known.name == **name))
        {
            return Err(refused(unknown));
        }
        let chosen = |parameter: &Parameter| {
            given
                .get(&parameter.name)
                .unwrap_or(&parameter.default)
                .clone()
        };
        shown()
            .map(|parameter| (parameter, chosen(parameter)))
            .map(
                |(parameter, value)| match value.is_null() || parameter.kind.takes(&value) {
                    true => Ok((parameter.name.clone(), value)),
                    false => Err(refused(&parameter.name)),
                },
            )
            .collect()
    }

    /// What the instance's Secret holds besides what is made for it: parameter and key.
    pub(super) fn secret_parameters(&self) -> impl Iterator<Item = (&Parameter, String)> {
        let own = self.parameters.iter().filter(|it| it.group.is_none());
        own.filter_map(|parameter| Some((parameter, parameter.secret_key()?)))
    }
}

fn plain(value: &Value) -> Option<Plain> {
    match value {
        Value::String(text) => Some(Plain::Text(text.clone())),
        Value::Bool(flag) => Some(Plain::Flag(*flag)),
        value => value.as_i64().map(Plain::Number),
    }
}

fn shown(value: Plain) -> Value {
    match value {
        Plain::Text(text) => text.into(),
        Plain::Number(number) => number.into(),
        Plain::Flag(flag) => flag.into(),
    }
}

/// What a `service.yaml` has to agree on with itself in its parameters.
pub(super) fn check(recipe: &Recipe, note: &mut impl FnMut(String, String)) {
    let mut names = BTreeSet::new();
    for (index, parameter) in recipe.parameters.iter().enumerate() {
        let mut note = |key: &str, says: &str| {
            note(format!("parameters[{index}].{key}"), says.to_owned());
        };
        if !names.insert(&parameter.name) {
            note("name", &format!("{} stands there twice", parameter.name));
        }
        let inside = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
        if !parameter.name.chars().all(inside) || parameter.name.len() > 63 {
            note("name", "is made of a-z, 0-9 and _");
        }
        if let Some(key) = parameter.secret_key()
            && recipe.secrets.iter().any(|secret| secret.key() == key)
        {
            note("name", &format!("{key} is a key under secrets already"));
        }
        whose(parameter, &mut note);
        values(parameter, &mut note);
    }
}

fn whose(parameter: &Parameter, note: &mut impl FnMut(&str, &str)) {
    match (parameter.kind, parameter.customer) {
        (ParameterType::Ports, true) => {
            note(
                "customer",
                "is false: which ports are open is the operator's to say",
            );
        }
        (ParameterType::Secret, false) => {
            note(
                "customer",
                "is true: what an app keeps to itself stands under secrets",
            );
        }
        (_, false) if parameter.default.is_null() => {
            note("default", "is missing, and no customer gives a value");
        }
        _ => {}
    }
}

fn values(parameter: &Parameter, note: &mut impl FnMut(&str, &str)) {
    let Parameter {
        kind,
        default,
        one_of,
        ..
    } = parameter;
    let fits = kind.takes(default);
    if default.is_null() {
        // Who else gives it a value was looked at.
    } else if *kind == ParameterType::Secret {
        note("default", "is left out: a secret stands in no file");
    } else if !fits {
        note(
            "default",
            &format!("{default} is not of this parameter's type"),
        );
    } else if default
        .as_array()
        .is_some_and(|ports| ports.contains(&SPAM_PORT.into()))
    {
        note(
            "default",
            "opens port 25, which spam goes out by: mail servers take an app's mail on 465, 587 or 2525",
        );
    } else if !one_of.is_empty() && !one_of.contains(default) {
        note("one_of", &format!("does not have the default {default}"));
    }
    let can_be_listed = kind.is_text() || *kind == ParameterType::Integer;
    for value in one_of {
        if !can_be_listed || !kind.takes(value) {
            note(
                "one_of",
                &format!("{value} is not of this parameter's type"),
            );
        }
    }
    if parameter.max_length.is_some() && !kind.is_text() {
        note("max_length", "is for texts");
    }
    match (parameter.minimum, parameter.maximum) {
        (None, None) => {}
        _ if *kind != ParameterType::Integer => note("minimum", "and maximum are for integers"),
        (Some(minimum), Some(maximum)) if minimum > maximum => {
            note(
                "minimum",
                &format!("{minimum} is above the maximum {maximum}"),
            );
        }
        _ => {}
    }
}
