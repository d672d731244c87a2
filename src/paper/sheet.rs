//! A document in words, before it has a form.

use purser_domain::user::Locale;
use serde::Serialize;

/// A label or a text, and what stands beside it.
pub(super) type Pair = (String, String);

/// Everything that is read on a document, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Sheet {
    #[serde(skip)]
    pub(super) locale: Locale,
    pub(super) lang: &'static str,
    /// `Invoice`.
    pub(super) title: String,
    pub(super) number: String,
    pub(super) date: String,
    pub(super) seller: Vec<String>,
    pub(super) buyer: Vec<String>,
    pub(super) facts: Vec<Pair>,
    /// What is charged, and what is taken off.
    pub(super) rows: Vec<Pair>,
    pub(super) total: Pair,
    pub(super) vat: Vec<Pair>,
    pub(super) notes: Vec<String>,
}
