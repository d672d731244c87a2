//! Paper over several streams: a credit note with its invoice, a number with its series (billing rules 25 and 29).

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    document::{
        Content, ContentVat, Document, DocumentCommand, DocumentError, Matter, ReturnCause,
        Returned, Seller,
    },
    ids::{CreditId, DocumentId},
    sealed::Sealed,
    series::{PaperNumber, Series, SeriesCommand, SeriesId},
    user::Locale,
};
use chrono::{DateTime, NaiveDate, Utc};

/// Something of an invoice was given back: the note carries the rate of the invoice, and the VAT of several notes sums to
/// that of what they give back together.
#[derive(Clone, Debug)]
pub struct CreditInvoice {
    pub invoice_id: DocumentId,
    /// What gave it back.
    pub credit_id: CreditId,
    pub amount: Rupiah,
    pub cause: ReturnCause,
    pub locale: Locale,
    pub seller: Seller,
    pub buyer: Option<Sealed>,
    pub buyer_details: Option<Sealed>,
    pub at: DateTime<Utc>,
}

/// Gives a document the next number of its series, with the digest of its PDF. Where the number was given to another one
/// meanwhile it is refused, and asked for anew with the next.
#[derive(Clone, Debug)]
pub struct NumberDocument {
    pub document_id: DocumentId,
    pub number: PaperNumber,
    pub date: NaiveDate,
    pub template: u32,
    pub pdf_sha256: String,
    pub invoice: Option<PaperNumber>,
    pub at: DateTime<Utc>,
}

impl Decision for CreditInvoice {
    fn streams(&self) -> Vec<StreamId> {
        let note_id = DocumentId::of_credit_note(self.credit_id);
        vec![
            StreamId::of::<Document>(&note_id),
            StreamId::of::<Document>(&self.invoice_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let note_id = DocumentId::of_credit_note(self.credit_id);
        if work.state::<Document>(&note_id).content().is_some() {
            return Ok(answer(note_id));
        }
        let invoice = work.state::<Document>(&self.invoice_id);
        let before = invoice.credited();
        let content = invoice.content().ok_or(DocumentError::NotFound)?;
        let Matter::Period(billed) = &content.matter else {
            return Err(DocumentError::NoInvoice.into());
        };
        let after = before.checked_add(self.amount).unwrap_or(Rupiah::MAX);
        let note = Content {
            user_id: content.user_id,
            locale: self.locale,
            seller: self.seller.clone(),
            buyer: self.buyer.clone(),
            buyer_details: self.buyer_details.clone(),
            matter: Matter::Return(Returned {
                invoice_id: self.invoice_id,
                subscription_id: billed.subscription_id,
                charge_id: billed.charge_id,
                credit_id: self.credit_id,
                service: billed.service.clone(),
                plan: billed.plan.clone(),
                period: billed.period,
                cause: self.cause,
            }),
            total: self.amount,
            vat: content.vat.map(|vat| ContentVat {
                rate: vat.rate,
                share: vat.rate.between(before, after),
            }),
            e_meterai: false,
        };
        let credit = DocumentCommand::Credit {
            credit_note_id: note_id,
            amount: self.amount,
        };
        work.execute::<Document>(&self.invoice_id, credit)?;
        let issue = DocumentCommand::Issue {
            content: Box::new(note),
            at: self.at,
        };
        work.execute::<Document>(&note_id, issue)?;
        Ok(answer(note_id))
    }
}

impl NumberDocument {
    fn series(&self) -> SeriesId {
        self.number.series
    }
}

impl Decision for NumberDocument {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Document>(&self.document_id),
            StreamId::of::<Series>(&self.series()),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let document = work.state::<Document>(&self.document_id);
        if let Some(numbered) = document.numbered() {
            return Ok(answer(numbered.number));
        }
        let take = SeriesCommand::Number {
            number: self.number.number,
            document_id: self.document_id,
            date: self.date,
        };
        let number = DocumentCommand::Number {
            number: self.number,
            date: self.date,
            template: self.template,
            pdf_sha256: self.pdf_sha256.clone(),
            invoice: self.invoice,
            at: self.at,
        };
        work.execute::<Document>(&self.document_id, number)?;
        work.execute::<Series>(&self.series(), take)?;
        Ok(answer(self.number))
    }
}
