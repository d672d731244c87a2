//! Receipts, invoices and credit notes, as they are listed.

use crate::{
    Projection, Row, Rows, Unprojectable,
    columns::select,
    facts::{moment, stream_id, stream_row},
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    document::{Content, DocumentEvent, Matter},
    ids::{DocumentId, UserId},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Of a top-up.
    Receipt,
    /// Of a period that has begun.
    Invoice,
    /// Of what was given back of an invoice.
    CreditNote,
}

impl From<purser_domain::document::DocumentKind> for DocumentKind {
    fn from(kind: purser_domain::document::DocumentKind) -> Self {
        use purser_domain::document::DocumentKind as Kind;
        match kind {
            Kind::Receipt => Self::Receipt,
            Kind::Invoice => Self::Invoice,
            Kind::CreditNote => Self::CreditNote,
        }
    }
}

/// A receipt, an invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Document", skip_serializing_if_is_none)]
pub struct DocumentRow {
    /// The document's id.
    pub id: Uuid,
    /// Whom it is made out to.
    pub user_id: Uuid,
    /// What it is.
    pub kind: DocumentKind,
    /// The number on it, once it has one: `INV/2027/000042`.
    pub number: Option<String>,
    /// The date on it, in Asia/Jakarta.
    pub date: Option<NaiveDate>,
    /// What was paid or given back, in whole rupiah.
    pub total: i64,
    /// The VAT in the total; absent where there is none.
    pub vat: Option<i64>,
    /// The total without VAT; absent where there is none in it.
    pub net: Option<i64>,
    /// The subscription that it is about.
    pub subscription_id: Option<Uuid>,
    /// The top-up that it is a receipt of.
    pub top_up_id: Option<Uuid>,
    /// The invoice that it gives back of.
    pub invoice_id: Option<Uuid>,
    /// What was given back of it by credit notes so far, in whole rupiah.
    pub credited: i64,
    /// Whether the law wants an e-meterai on it.
    pub needs_e_meterai: bool,
    /// The SHA-256 of its PDF, in hexadecimal: it proves a copy that somebody holds.
    pub pdf_sha256: Option<String>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    #[oai(skip)]
    pub position: i64,
}

impl Row for DocumentRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for DocumentRow {
    const TABLE: &'static str = Documents::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `documents`.
pub struct Documents;

impl Projection for Documents {
    const NAME: &'static str = "documents_v1";
    const TABLE: &'static str = "documents";
    type Row = DocumentRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Document(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<DocumentRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Document(fact) = &event.event else {
            return Ok(());
        };
        let id = stream_id(event)?;
        match fact {
            DocumentEvent::Issued { content, at } => rows.insert(issued(id, content, *at, event)),
            DocumentEvent::Numbered {
                number,
                date,
                template: _,
                pdf_sha256,
                invoice: _,
                at: _,
            } => rows.update(id, |row| {
                row.number = Some(number.to_string());
                row.date = Some(*date);
                row.pdf_sha256 = Some(pdf_sha256.clone());
            }),
            DocumentEvent::Credited {
                credit_note_id: _,
                amount,
            } => rows.update(id, |row| row.credited += amount.get()),
        }
    }
}

fn issued(id: Uuid, content: &Content, at: DateTime<Utc>, event: &Recorded) -> DocumentRow {
    let (subscription_id, top_up_id, invoice_id) = match &content.matter {
        Matter::TopUp(paid) => (None, Some(paid.top_up_id.uuid()), None),
        Matter::Period(billed) => (Some(billed.subscription_id.uuid()), None, None),
        Matter::Return(returned) => (
            Some(returned.subscription_id.uuid()),
            None,
            Some(returned.invoice_id.uuid()),
        ),
    };
    DocumentRow {
        id,
        user_id: content.user_id.uuid(),
        kind: content.kind().into(),
        number: None,
        date: None,
        total: content.total.get(),
        vat: content.vat.map(|vat| vat.share.vat.get()),
        net: content.vat.map(|vat| vat.share.net.get()),
        subscription_id,
        top_up_id,
        invoice_id,
        credited: 0,
        needs_e_meterai: content.e_meterai,
        pdf_sha256: None,
        issued_at: moment(at),
        position: event.position,
    }
}

/// A customer's documents, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page_of_user(
    rows: &mut PgConnection,
    user: UserId,
    page: &Page,
) -> sqlx::Result<(Vec<DocumentRow>, Option<String>)> {
    owned::page(rows, user, page).await
}

/// A customer's document; somebody else's is not found.
///
/// # Errors
/// The database's error.
pub async fn of_user(
    rows: &mut PgConnection,
    user: UserId,
    document: DocumentId,
) -> sqlx::Result<Option<DocumentRow>> {
    owned::one(rows, user, document.uuid()).await
}

/// Everybody's documents of this kind, or all of them; newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    kind: Option<DocumentKind>,
    page: &Page,
) -> sqlx::Result<(Vec<DocumentRow>, Option<String>)> {
    // Each has an index of its own, and a plan that serves both uses neither.
    let which = match kind {
        Some(_) => "kind = $1",
        None => "$1::text is null",
    };
    let which = format!(
        "where {which} and (position, id) < ($2, $3)
         order by position desc, id desc limit $4"
    );
    let select = select::<DocumentRow>(Documents::TABLE, &which);
    let found = sqlx::query_as(&select)
        .bind(kind)
        .bind(page.before_position())
        .bind(page.before_id())
        .bind(page.fetch())
        .fetch_all(rows)
        .await?;
    Ok(page.cut(found, DocumentRow::cursor))
}

/// One document, whoever it is made out to.
///
/// # Errors
/// The database's error.
pub async fn by_id(
    rows: &mut PgConnection,
    document: DocumentId,
) -> sqlx::Result<Option<DocumentRow>> {
    owned::any(rows, document.uuid()).await
}

#[cfg(test)]
mod tests;
