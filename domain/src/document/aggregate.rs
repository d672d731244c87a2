use super::{Content, DocumentCommand, DocumentError, DocumentEvent, DocumentKind};
use crate::{Rupiah, aggregate::aggregate, ids::DocumentId, series::PaperNumber};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    content: Option<Box<Content>>,
    numbered: Option<Numbered>,
    /// What was given back so far, and by which credit notes.
    credited: Rupiah,
    credit_notes: BTreeSet<DocumentId>,
}

/// How it stands in its series, and what its PDF is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    pub number: PaperNumber,
    /// The Jakarta date that it bears.
    pub date: NaiveDate,
    /// The version of words, layout and fonts.
    pub template: u32,
    /// In hexadecimal.
    pub pdf_sha256: String,
    /// The number of the invoice that it gives back of.
    pub invoice: Option<PaperNumber>,
}

aggregate!(
    Document,
    DocumentId,
    DocumentCommand,
    DocumentEvent,
    DocumentError,
    "document"
);

impl Document {
    pub fn content(&self) -> Option<&Content> {
        self.content.as_deref()
    }

    /// `None` until it has its number.
    pub fn numbered(&self) -> Option<&Numbered> {
        self.numbered.as_ref()
    }

    /// What was given back of it so far.
    pub fn credited(&self) -> Rupiah {
        self.credited
    }

    pub(super) fn decide(
        &self,
        command: DocumentCommand,
    ) -> Result<Vec<DocumentEvent>, DocumentError> {
        use {DocumentCommand as Do, DocumentError as No, DocumentEvent as Did};
        let content = match (command, &self.content) {
            (Do::Issue { .. }, Some(_)) => return Ok(vec![]),
            (Do::Issue { content, .. }, None) if content.total.is_zero() => {
                return Err(No::NoAmount);
            }
            (Do::Issue { content, at }, None) => return Ok(vec![Did::Issued { content, at }]),
            (_, None) => return Err(No::NotFound),
            (command, Some(content)) => (command, content),
        };
        match content {
            (Do::Number { .. }, _) if self.numbered.is_some() => Ok(vec![]),
            (Do::Number { number, .. }, content) if number.series.kind != content.kind() => {
                Err(No::AnotherSeries)
            }
            (
                Do::Number {
                    number,
                    date,
                    template,
                    pdf_sha256,
                    invoice,
                    at,
                },
                _,
            ) => Ok(vec![Did::Numbered {
                number,
                date,
                template,
                pdf_sha256,
                invoice,
                at,
            }]),
            (Do::Credit { credit_note_id, .. }, _)
                if self.credit_notes.contains(&credit_note_id) =>
            {
                Ok(vec![])
            }
            (Do::Credit { .. }, content) if content.kind() != DocumentKind::Invoice => {
                Err(No::NoInvoice)
            }
            (Do::Credit { amount, .. }, _) if amount.is_zero() => Err(No::NoAmount),
            (
                Do::Credit {
                    credit_note_id,
                    amount,
                },
                content,
            ) => match self.credited.checked_add(amount) {
                Some(credited) if credited <= content.total => Ok(vec![Did::Credited {
                    credit_note_id,
                    amount,
                }]),
                _ => Err(No::MoreThanInvoiced),
            },
            (Do::Issue { .. }, _) => Ok(vec![]),
        }
    }

    pub(super) fn fold(&mut self, event: DocumentEvent) {
        use DocumentEvent as Did;
        match event {
            Did::Issued { content, .. } => self.content = Some(content),
            Did::Numbered {
                number,
                date,
                template,
                pdf_sha256,
                invoice,
                ..
            } => {
                self.numbered = Some(Numbered {
                    number,
                    date,
                    template,
                    pdf_sha256,
                    invoice,
                });
            }
            Did::Credited {
                credit_note_id,
                amount,
            } => {
                self.credited = self.credited.checked_add(amount).unwrap_or(Rupiah::MAX);
                self.credit_notes.insert(credit_note_id);
            }
        }
    }
}
