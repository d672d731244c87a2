use super::Tag;
use crate::{
    http::{
        Parts,
        answer::Listed,
        caller::Customer,
        error::{self, ApiError},
        paper::{Page as PaperPage, Pdf},
        problem::Problem,
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
    documents::{self, DocumentRow, Documents},
    pages::Page,
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

pub(in crate::http) struct DocumentRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/documents", tag = "Tag::Documents")]
impl DocumentRoutes {
    /// List your receipts, invoices and credit notes.
    ///
    /// A receipt follows every top-up, an invoice the beginning of every period that was paid for, a credit note whatever is
    /// given back of an invoice. What cost nothing has no paper.
    #[oai(path = "/", method = "get", operation_id = "list_documents")]
    async fn list(
        &self,
        customer: Customer,
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
        let found = documents::page_of_user(&mut views, customer.id(), &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read one of your documents.
    #[oai(path = "/:id", method = "get", operation_id = "get_document")]
    async fn get(
        &self,
        customer: Customer,
        /// The document's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<DocumentRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Documents::NAME], min_position.0).await?;
        let found = documents::of_user(&mut views, customer.id(), DocumentId::new(id.0)).await;
        let document = found.map_err(ViewsError::from)?;
        Ok(Json(document.ok_or_else(missing)?))
    }

    /// Fetch one of your documents as a PDF.
    ///
    /// It is the same to the byte whenever it is fetched; its SHA-256 stands in the document. A document is found here from
    /// when it has its number.
    #[oai(path = "/:id/pdf", method = "get", operation_id = "get_document_pdf")]
    async fn pdf(
        &self,
        customer: Customer,
        /// The document's id.
        id: Path<Uuid>,
    ) -> Result<Pdf, ApiError<error::Query>> {
        let id = DocumentId::new(id.0);
        let found = self.of(&customer, id).await?;
        Ok(Pdf::new(&found, self.0.archive.pdf(id, &found).await?))
    }

    /// Read one of your documents as a page.
    #[oai(path = "/:id/html", method = "get", operation_id = "get_document_html")]
    async fn html(
        &self,
        customer: Customer,
        /// The document's id.
        id: Path<Uuid>,
    ) -> Result<PaperPage, ApiError<error::Query>> {
        let found = self.of(&customer, DocumentId::new(id.0)).await?;
        Ok(PaperPage::new(self.0.archive.html(&found)?))
    }
}

impl DocumentRoutes {
    /// Somebody else's document is not found. Who was erased stands on his paper for auditors alone.
    async fn of(&self, customer: &Customer, id: DocumentId) -> Result<Found, Problem> {
        self.0.accounts.profile(customer.id()).await?;
        let found = self.0.archive.find(id).await?;
        let own = found.filter(|found| found.content.user_id == customer.id());
        own.ok_or_else(missing)
    }
}

pub(super) fn missing() -> Problem {
    Problem::not_found("document.not_found", "there is no such document")
}
