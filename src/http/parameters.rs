//! A customer's choices on their way in: typed values by name, held to what the recipe offers and sealed before there is
//! a command.

use super::{
    Parts,
    problem::{FieldError, Problem},
};
use crate::auth::field;
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use purser_domain::{
    ids::UserId,
    parameters::{Chosen, Kind, Parameters, Plain, choose},
    text::ParameterName,
};
use serde_json::{Value, json};
use std::{borrow::Cow, collections::BTreeMap};

/// What a customer typed, by the parameter's name.
pub(super) type Typed = BTreeMap<String, TypedValue>;

/// The longest text that any parameter takes.
const MAX_LENGTH: usize = 1_000;

/// A text, a whole number, true or false. It may be a password, so it is never printed.
#[derive(Clone)]
pub(super) struct TypedValue(Plain);

impl Type for TypedValue {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "ParameterValue".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(Self::name().into_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(Self::name().into_owned(), |_| {
            let inline = |schema| MetaSchemaRef::Inline(Box::new(schema));
            let text = MetaSchema {
                min_length: Some(1),
                max_length: Some(MAX_LENGTH),
                pattern: Some(r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$".to_owned()),
                ..MetaSchema::new("string")
            };
            let number = MetaSchema::new_with_format("integer", "int64");
            MetaSchema {
                description: Some("What a customer chooses: of the type that the template says."),
                any_of: vec![
                    inline(text),
                    inline(number),
                    inline(MetaSchema::new("boolean")),
                ],
                ..MetaSchema::ANY
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new([self].into_iter())
    }
}

impl ParseFromJSON for TypedValue {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let plain = match value.unwrap_or_default() {
            Value::String(text) => Some(Plain::Text(text)),
            Value::Bool(flag) => Some(Plain::Flag(flag)),
            value => value.as_i64().map(Plain::Number),
        };
        let wrong = || ParseError::custom("is not a text, a whole number, true or false");
        plain.map(Self).ok_or_else(wrong)
    }
}

impl ToJSON for TypedValue {
    fn to_json(&self) -> Option<Value> {
        Some(match &self.0 {
            Plain::Text(text) => json!(text),
            Plain::Number(number) => json!(number),
            Plain::Flag(flag) => json!(flag),
        })
    }
}

impl Parts {
    /// The choices of this customer for an app of this recipe, with every text sealed.
    pub(super) async fn chosen(
        &self,
        customer: UserId,
        recipe: &str,
        typed: Typed,
    ) -> Result<Parameters, Problem> {
        let offered = self.offered.get(recipe).map_or(&[][..], Vec::as_slice);
        let plain = typed.into_iter().map(|(name, value)| (name, value.0));
        let chosen = choose(offered, plain.collect()).map_err(|mistakes| {
            let mistakes = mistakes.into_iter().map(|(name, error)| FieldError {
                pointer: pointer(&name),
                detail: error.to_string(),
            });
            Problem::invalid(mistakes.collect())
        })?;
        let mut sealed = Vec::new();
        for (name, value) in chosen {
            let value = match value {
                Plain::Number(number) => Chosen::Number(number),
                Plain::Flag(flag) => Chosen::Flag(flag),
                Plain::Text(text) => {
                    let field = field::parameter(name.as_str());
                    Chosen::Sealed(self.vault.seal(customer.uuid(), &field, &text).await?)
                }
            };
            sealed.push((name, value));
        }
        Ok(sealed.into_iter().collect())
    }
}

/// A customer's choices as he may see them again.
pub(super) struct Shown {
    pub(super) parameters: Typed,
    /// The names of those that nobody sees again.
    pub(super) secrets: Vec<String>,
}

impl Parts {
    /// What was chosen of an app of this recipe, with its texts opened. What the recipe does not offer any more may be a
    /// secret as well.
    pub(super) async fn shown(&self, recipe: &str, chosen: &Parameters) -> Result<Shown, Problem> {
        let offered = self.offered.get(recipe).map_or(&[][..], Vec::as_slice);
        let is_open = |name: &ParameterName| {
            let mut known = offered.iter().filter(|one| one.name == *name);
            known.any(|one| one.kind != Kind::Secret)
        };
        let (mut parameters, mut secrets) = (Typed::new(), Vec::new());
        for (name, value) in chosen.iter() {
            let value = match value {
                _ if !is_open(name) => {
                    secrets.push(name.to_string());
                    continue;
                }
                Chosen::Number(number) => Plain::Number(*number),
                Chosen::Flag(flag) => Plain::Flag(*flag),
                Chosen::Sealed(sealed) => {
                    let field = field::parameter(name.as_str());
                    Plain::Text(self.vault.open(sealed, &field).await?)
                }
            };
            parameters.insert(name.to_string(), TypedValue(value));
        }
        Ok(Shown {
            parameters,
            secrets,
        })
    }
}

fn pointer(name: &str) -> String {
    format!("/parameters/{}", name.replace('~', "~0").replace('/', "~1"))
}
