use super::{error::LettersError, messages::Message, one_line::one_line, templates::EMBEDDED};
use crate::config::WebUrl;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, syntax::SyntaxConfig};
use purser_domain::user::Locale;
use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

/// Who writes: what every letter says of the operator.
#[derive(Clone, Debug)]
pub struct House {
    /// The name in the head, the greeting and the signature.
    pub name: String,
    /// Where customers top up, order and look after their apps.
    pub panel_url: WebUrl,
}

/// A message in words, ready for a [`super::Letter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The templates of all letters.
pub struct Letters {
    environment: Environment<'static>,
    house: House,
}

impl Letters {
    /// Takes the templates that come with Purser. A file of the same path below `overrides`, such as
    /// `welcome/en/subject.txt.j2` or `layout.html.j2`, stands in for its own. Every message is written
    /// once to try them, so that a bad template is found at the start and not at a sale.
    pub fn load(house: House, overrides: Option<&Path>) -> Result<Self, LettersError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| match name.ends_with(".html.j2") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .expect("the delimiters are minijinja's own");
        environment.set_syntax(syntax);
        // An error must not carry the customer's name along.
        environment.set_debug(false);
        for (name, source) in EMBEDDED.iter().copied().flatten() {
            let source = match overrides {
                Some(folder) => {
                    overridden(&folder.join(name))?.unwrap_or_else(|| (*source).to_owned())
                }
                None => (*source).to_owned(),
            };
            environment
                .add_template_owned(*name, source)
                .map_err(|cause| LettersError::Template {
                    name: (*name).to_owned(),
                    cause,
                })?;
        }
        let letters = Self { environment, house };
        for message in Message::samples() {
            for locale in [Locale::Id, Locale::En] {
                letters.render(&message, locale)?;
            }
        }
        Ok(letters)
    }

    pub fn render(&self, message: &Message, locale: Locale) -> Result<Rendered, LettersError> {
        let mut words = message.words(locale);
        words.insert("locale", locale.as_str().into());
        words.insert("house", one_line(&self.house.name).into());
        words.insert("panel_url", self.house.panel_url.as_str().into());
        let subject = one_line(&self.part(message, locale, "subject.txt", &words)?);
        words.insert("subject", subject.clone().into());
        Ok(Rendered {
            subject,
            text: self.part(message, locale, "body.txt", &words)?,
            html: self.part(message, locale, "body.html", &words)?,
        })
    }

    fn part(
        &self,
        message: &Message,
        locale: Locale,
        part: &str,
        words: &BTreeMap<&'static str, Value>,
    ) -> Result<String, LettersError> {
        let name = format!("{}/{}/{part}.j2", message.name(), locale.as_str());
        let rendered = self
            .environment
            .get_template(&name)
            .and_then(|template| template.render(words.clone()));
        match rendered {
            Ok(text) if text.trim().is_empty() => Err(LettersError::Empty { name }),
            Ok(text) => Ok(text),
            Err(cause) => Err(LettersError::Template { name, cause }),
        }
    }
}

/// The operator's own template, where there is one.
fn overridden(path: &Path) -> Result<Option<String>, LettersError> {
    match fs::read_to_string(path) {
        Ok(source) => Ok(Some(source)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(LettersError::Unreadable {
            path: path.to_owned(),
            cause,
        }),
    }
}
