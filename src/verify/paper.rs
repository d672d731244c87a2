//! Paper: numbers are gapless and each is one document's, and every PDF comes out as its digest says.

use super::{Check, VerifyError};
use crate::{
    paper::{Archive, ArchiveError, Press},
    store::Reader,
};
use chrono::NaiveDate;
use purser_domain::{
    AggregateType, Event, Recorded, Rupiah,
    document::{Content, DocumentEvent, Matter},
    ids::DocumentId,
    series::{PaperNumber, SeriesEvent, SeriesId},
    vat::VatRate,
};
use std::collections::{BTreeMap, HashMap};

/// What one pass over the history found.
#[derive(Default)]
pub(super) struct PaperCheck {
    issued: u64,
    /// The last number of each series, and its date.
    series: BTreeMap<SeriesId, (u32, NaiveDate)>,
    /// Whose each number is, as the series say.
    given: HashMap<PaperNumber, DocumentId>,
    /// And as the documents say.
    borne: HashMap<DocumentId, PaperNumber>,
    /// What each invoice is over.
    invoices: HashMap<DocumentId, Invoiced>,
    wrong: Vec<String>,
}

/// An invoice, and what its credit notes give back of it.
struct Invoiced {
    total: Rupiah,
    rate: Option<VatRate>,
    credited: i64,
    credited_vat: i64,
}

impl Invoiced {
    /// What is wrong with it, if anything is.
    fn difference(&self) -> Option<String> {
        let Some(credited) = Rupiah::try_from(self.credited)
            .ok()
            .filter(|credited| *credited <= self.total)
        else {
            let (credited, total) = (self.credited, self.total);
            return Some(format!("{credited} of {total} is given back"));
        };
        let vat = self.rate.map(|rate| rate.within(credited).vat.get());
        let (vat, noted) = (vat.unwrap_or_default(), self.credited_vat);
        let differs = || format!("its credit notes carry {noted} of VAT where {vat} is due");
        (vat != noted).then(differs)
    }
}

impl PaperCheck {
    pub(super) fn look_at(&mut self, event: &Recorded) {
        match &event.event {
            Event::Series(fact) => self.number(event, fact),
            Event::Document(DocumentEvent::Issued { content, .. }) => {
                self.issued += 1;
                self.sum_up(event, content);
            }
            Event::Document(DocumentEvent::Numbered { number, .. }) => {
                if let Ok(id) = event.stream.id.parse()
                    && let Some(before) = self.borne.insert(id, *number)
                {
                    self.wrong.push(format!("{id} bears {number} and {before}"));
                }
            }
            _ => {}
        }
    }

    fn sum_up(&mut self, event: &Recorded, content: &Content) {
        let vat = content.vat.map(|vat| vat.share.vat.get());
        match (&content.matter, event.stream.id.parse()) {
            (Matter::Period(_), Ok(id)) => {
                let invoiced = Invoiced {
                    total: content.total,
                    rate: content.vat.map(|vat| vat.rate),
                    credited: 0,
                    credited_vat: 0,
                };
                let whole = invoiced
                    .rate
                    .map(|rate| rate.within(content.total).vat.get());
                if whole != vat {
                    self.wrong
                        .push(format!("{id} has another VAT than its rate gives"));
                }
                self.invoices.insert(id, invoiced);
            }
            (Matter::Return(returned), _) => match self.invoices.get_mut(&returned.invoice_id) {
                Some(invoiced) => {
                    invoiced.credited += content.total.get();
                    invoiced.credited_vat += vat.unwrap_or_default();
                }
                None => self
                    .wrong
                    .push(format!("{} gives back of no invoice", event.stream)),
            },
            _ => {}
        }
    }

    fn number(&mut self, event: &Recorded, fact: &SeriesEvent) {
        let SeriesEvent::Numbered {
            number,
            document_id,
            date,
        } = fact;
        let Ok(series) = event.stream.id.parse::<SeriesId>() else {
            let named = &event.stream;
            self.wrong.push(format!("{named} is no series"));
            return;
        };
        let last = self.series.insert(series, (*number, *date));
        let next = last.map_or(1, |(last, _)| last + 1);
        if *number != next {
            self.wrong.push(format!(
                "{series} goes on with {number} where {next} follows"
            ));
        }
        if last.is_some_and(|(_, last)| *date < last) {
            self.wrong
                .push(format!("{series} steps back to {date} with {number}"));
        }
        let number = PaperNumber {
            series,
            number: *number,
        };
        self.given.insert(number, *document_id);
    }

    pub(super) fn check(&self) -> Check {
        let mut differences = self.wrong.clone();
        for (number, id) in &self.given {
            if self.borne.get(id) != Some(number) {
                differences.push(format!("{number} is given to {id}, which does not bear it"));
            }
        }
        for (id, number) in &self.borne {
            if self.given.get(number) != Some(id) {
                differences.push(format!("{id} bears {number}, which was not given to it"));
            }
        }
        for (id, invoiced) in &self.invoices {
            differences.extend(invoiced.difference().map(|what| format!("{id}: {what}")));
        }
        Check {
            name: "documents gapless, VAT of parts sums up".into(),
            looked_at: format!("{} of {} documents", self.borne.len(), self.issued),
            differences,
        }
    }
}

/// Renders every PDF again and compares it with its digest. Those with a name on them that was erased cannot be.
///
/// # Errors
/// The history cannot be read. What is wrong with it is in the check.
pub async fn verify_pdfs(archive: &Archive, reader: &Reader) -> Result<Check, VerifyError> {
    let (mut whole, mut erased, mut differences) = (0, 0, vec![]);
    let mut after = None;
    loop {
        let ids = reader.streams(AggregateType::Document, after.as_deref(), CHUNK);
        let ids = ids.await?;
        let Some(last) = ids.last() else {
            break;
        };
        after = Some(last.clone());
        for id in &ids {
            let Ok(id) = id.parse() else {
                differences.push(format!("{id:?} is the id of no document"));
                continue;
            };
            match looked_at(archive, id).await {
                Ok(Some(true)) => whole += 1,
                Ok(Some(false)) => erased += 1,
                Ok(None) => {}
                Err(ArchiveError::Store(error)) => return Err(error.into()),
                Err(error) => differences.push(format!("{id}: {}", crate::chain_of(&error))),
            }
        }
    }
    Ok(Check {
        name: "every PDF comes out to the byte".into(),
        looked_at: format!("{whole} PDFs, {erased} erased"),
        differences,
    })
}

/// Documents at once.
const CHUNK: i64 = 500;

/// Whether all of it is still known; `None` where it has no number yet.
async fn looked_at(archive: &Archive, id: DocumentId) -> Result<Option<bool>, ArchiveError> {
    let Some(found) = archive.find(id).await? else {
        return Ok(None);
    };
    let pdf = archive.pdf(id, &found).await?;
    Ok(Some(Press::digest(&pdf) == found.numbered.pdf_sha256))
}
