//! The press: what a document says becomes HTML or PDF, in the version that it was numbered with.

use super::{sheet::Sheet, v1, v2};
use crate::auth::Buyer;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, value::Serde};
use purser_domain::document::{Content, Numbered};
use sha2::{Digest as _, Sha256};

/// The version that new documents get.
const CURRENT: u32 = v2::VERSION;

/// A document was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    #[error("this build has no version {0} of words, layout and fonts")]
    UnknownTemplate(u32),
    #[error("a font of version {0} cannot be read")]
    Font(u32),
    #[error("the page cannot be written")]
    Page(#[source] minijinja::Error),
}

/// Renders documents.
pub struct Press {
    pages: Environment<'static>,
}

impl Default for Press {
    fn default() -> Self {
        let mut pages = Environment::new();
        pages.set_undefined_behavior(UndefinedBehavior::Strict);
        pages.set_auto_escape_callback(|_| AutoEscape::Html);
        // An error must not carry the customer's name along.
        pages.set_debug(false);
        Self { pages }
    }
}

impl Press {
    /// The version that new documents get.
    pub const fn current(&self) -> u32 {
        CURRENT
    }

    /// The page for people to read; `buyer` is whom it is made out to, where nobody has erased him.
    ///
    /// # Errors
    /// A version that this build does not have.
    pub fn html(
        &self,
        content: &Content,
        numbered: &Numbered,
        buyer: Option<&Buyer>,
    ) -> Result<String, PressError> {
        let sheet = sheet(content, numbered, buyer)?;
        self.pages
            .render_str(page(numbered)?, Serde(&sheet))
            .map_err(PressError::Page)
    }

    /// The PDF. The same history gives the same bytes.
    ///
    /// # Errors
    /// A version that this build does not have.
    pub fn pdf(
        &self,
        content: &Content,
        numbered: &Numbered,
        buyer: Option<&Buyer>,
    ) -> Result<Vec<u8>, PressError> {
        let sheet = sheet(content, numbered, buyer)?;
        let pdf = match numbered.template {
            v1::VERSION => v1::pdf(&sheet, numbered),
            _ => v2::pdf(&sheet, numbered),
        };
        pdf.ok_or(PressError::Font(numbered.template))
    }

    /// What the history keeps of a PDF: its SHA-256 in hexadecimal.
    pub fn digest(pdf: &[u8]) -> String {
        hex::encode(Sha256::digest(pdf))
    }
}

fn sheet(
    content: &Content,
    numbered: &Numbered,
    buyer: Option<&Buyer>,
) -> Result<Sheet, PressError> {
    match numbered.template {
        v1::VERSION => Ok(v1::sheet(
            content,
            numbered,
            buyer.map(|buyer| &*buyer.name),
        )),
        v2::VERSION => Ok(v2::sheet(content, numbered, buyer)),
        unknown => Err(PressError::UnknownTemplate(unknown)),
    }
}

fn page(numbered: &Numbered) -> Result<&'static str, PressError> {
    match numbered.template {
        v1::VERSION => Ok(v1::PAGE),
        v2::VERSION => Ok(v2::PAGE),
        unknown => Err(PressError::UnknownTemplate(unknown)),
    }
}
