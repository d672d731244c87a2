//! The second version: the first one, with the address and the NPWP of whom it is made out to. What it takes from the first
//! is released, and stays as it is.

use super::{sheet::Sheet, v1};
use crate::auth::Buyer;
use purser_domain::document::{Content, Numbered};

pub(super) const VERSION: u32 = 2;
pub(super) const PAGE: &str = v1::PAGE;

pub(super) fn sheet(content: &Content, numbered: &Numbered, buyer: Option<&Buyer>) -> Sheet {
    let name = buyer.map(|buyer| &*buyer.name);
    let mut sheet = v1::sheet(content, numbered, name);
    if let Some(details) = buyer.and_then(|buyer| buyer.details.as_ref()) {
        let address = details.address.lines().map(str::to_owned);
        let label = v1::tax_id(content.locale);
        let npwp = details.npwp.as_ref().map(|npwp| format!("{label}: {npwp}"));
        sheet.buyer.extend(address.chain(npwp));
    }
    sheet
}

/// `None` where a font cannot be read.
pub(super) fn pdf(sheet: &Sheet, numbered: &Numbered) -> Option<Vec<u8>> {
    v1::pdf(sheet, numbered)
}
