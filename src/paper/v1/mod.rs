//! The first version of words, layout and fonts.

mod layout;
mod matter;
mod words;

use super::sheet::Sheet;
use purser_domain::{
    document::{Content, Numbered},
    user::Locale,
};

pub(super) const VERSION: u32 = 1;
pub(super) const PAGE: &str = include_str!("../../../templates/paper/v1/page.html.j2");

pub(super) fn sheet(content: &Content, numbered: &Numbered, buyer: Option<&str>) -> Sheet {
    matter::sheet(content, numbered, buyer)
}

/// What stands before an NPWP.
pub(super) fn tax_id(locale: Locale) -> &'static str {
    words::words(locale).tax_id
}

/// `None` where a font cannot be read.
pub(super) fn pdf(sheet: &Sheet, numbered: &Numbered) -> Option<Vec<u8>> {
    layout::pdf(sheet, numbered)
}
