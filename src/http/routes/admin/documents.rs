use crate::{
    http::{
        Parts,
        answer::Listed,
        caller::Auditor,
        error::{self, ApiError},
        paper::{Page as PaperPage, Pdf},
        problem::Problem,
        routes::{Tag, documents::missing},
    },
    paper::Found,
};
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_domain::ids::DocumentId;
use purser_projections::{
    Projection as _,
    documents::{self, DocumentKind, DocumentRow, Documents},
    pages::Page,
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

pub(in crate::http) struct AdminDocumentRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/documents", tag = "Tag::Administration")]
impl AdminDocumentRoutes {
    /// List everybody's receipts, invoices and credit notes.
    #[oai(path = "/", method = "get", operation_id = "list_all_documents")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// Of this kind; all where it is not given.
        kind: Query<Option<DocumentKind>>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<DocumentRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[Documents::NAME], min_position.0).await?;
        let found = documents::page(&mut views, kind.0, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a document.
    #[oai(path = "/:id", method = "get", operation_id = "get_any_document")]
    async fn get(
        &self,
        _auditor: Auditor,
        /// The document's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<DocumentRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Documents::NAME], min_position.0).await?;
        let found = documents::by_id(&mut views, DocumentId::new(id.0)).await;
        let document = found.map_err(ViewsError::from)?;
        Ok(Json(document.ok_or_else(missing)?))
    }

    /// Fetch a document as a PDF.
    ///
    /// Its SHA-256 stands in the document. Where the name on it was erased, that shows, and the digest is still that of the
    /// PDF as it was handed out. Of a person who was erased it shows to every role but `auditor` at once, and to that one once
    /// the time is over for which paper is kept.
    #[oai(
        path = "/:id/pdf",
        method = "get",
        operation_id = "get_any_document_pdf"
    )]
    async fn pdf(
        &self,
        auditor: Auditor,
        /// The document's id.
        id: Path<Uuid>,
    ) -> Result<Pdf, ApiError<error::Query>> {
        let id = DocumentId::new(id.0);
        let found = self.found(&auditor, id).await?;
        Ok(Pdf::new(&found, self.0.archive.pdf(id, &found).await?))
    }

    /// Read a document as a page. Whom it is made out to shows as on its PDF.
    #[oai(
        path = "/:id/html",
        method = "get",
        operation_id = "get_any_document_html"
    )]
    async fn html(
        &self,
        auditor: Auditor,
        /// The document's id.
        id: Path<Uuid>,
    ) -> Result<PaperPage, ApiError<error::Query>> {
        let found = self.found(&auditor, DocumentId::new(id.0)).await?;
        Ok(PaperPage::new(self.0.archive.html(&found)?))
    }
}

impl AdminDocumentRoutes {
    /// The law keeps whoever was erased on his paper for auditors alone (billing rule 31).
    async fn found(&self, auditor: &Auditor, id: DocumentId) -> Result<Found, Problem> {
        let found = self.0.archive.find(id).await?.ok_or_else(missing)?;
        let shown =
            auditor.has_the_role() || !self.0.accounts.is_erased(found.content.user_id).await?;
        Ok(match shown {
            true => found,
            false => Found {
                buyer: None,
                ..found
            },
        })
    }
}
