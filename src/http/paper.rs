//! Documents as they are fetched: PDF and page.

use crate::paper::Found;
use poem_openapi::{
    ApiResponse,
    payload::{Binary, Html},
};

/// A PDF to keep.
#[derive(ApiResponse)]
pub(super) enum Pdf {
    /// The PDF.
    #[oai(status = 200, content_type = "application/pdf")]
    Found(
        Binary<Vec<u8>>,
        /// The name to keep it under.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

impl Pdf {
    pub(super) fn new(found: &Found, pdf: Vec<u8>) -> Self {
        let name = found.numbered.number.to_string().replace('/', "-");
        let disposition = format!("attachment; filename=\"{name}.pdf\"");
        Self::Found(Binary(pdf), disposition)
    }
}

/// A page to read.
#[derive(ApiResponse)]
pub(super) enum Page {
    /// The page.
    #[oai(status = 200)]
    Found(
        Html<String>,
        /// It loads nothing and runs nothing.
        #[oai(header = "Content-Security-Policy")]
        String,
    ),
}

impl Page {
    pub(super) fn new(page: String) -> Self {
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        Self::Found(Html(page), policy.into())
    }
}
