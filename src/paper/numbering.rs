//! Numbers, given by whoever holds the lease, in the order in which documents were issued: the purchase that led to one
//! does not wait for it. The number is the version of its series, and its commit holds the digest of the PDF, so that a
//! second process gives nothing twice and a death at any point leaves no gap (billing rule 29).

use super::{Archive, ArchiveError, Press};
use crate::{
    clock::Clock,
    faults,
    relay::{ApplyError, Follower},
    store::{Appender, Command, CommandError},
};
use async_trait::async_trait;
use purser_domain::{
    Actor, Event, Recorded,
    decisions::NumberDocument,
    document::{Content, Document, DocumentEvent, Matter, Numbered},
    ids::{DocumentId, derived},
    period::jakarta_date,
    series::{PaperNumber, Series, SeriesId},
};
use sqlx::{PgConnection, PgPool};

/// How often another number is asked for where the one before was given to somebody else's document: each time somebody got
/// on, so that this is for a fault of ours alone.
const ATTEMPTS: u32 = 1_000;

/// The follower that gives numbers.
pub struct Numbering {
    pub archive: Archive,
    pub appender: Appender,
    pub clock: Clock,
}

impl Numbering {
    /// The name of its checkpoint, and of it as a reader that operators see.
    pub const NAME: &'static str = "paper-numbers";

    /// Begins at the head of the history, the first time it is started.
    ///
    /// # Errors
    /// The database's error.
    pub async fn activate(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query(
            "insert into checkpoints (name, position)
             select $1, coalesce((select max(position) from events), 0) on conflict do nothing",
        )
        .bind(Self::NAME)
        .execute(pool)
        .await?;
        Ok(())
    }

    async fn number(&self, event: &Recorded, id: DocumentId) -> Result<(), ApplyError> {
        for _ in 0..ATTEMPTS {
            let document = self.archive.states.load::<Document>(&id).await?;
            let Some(content) = document.content().filter(|_| document.numbered().is_none()) else {
                return Ok(());
            };
            let wanted = self.next(event, id, content).await?;
            let key = derived(&["number-document", &id.to_string()]);
            let actor = Actor::System("paper");
            let command = Command::of_effect(key, event.metadata.correlation_id, actor, wanted);
            match self.appender.execute(command).await {
                Ok(_) => {
                    faults::reach("numbered");
                    return Ok(());
                }
                // Another process was quicker with another document.
                Err(CommandError::Refused(refused)) => {
                    tracing::info!(document.id = %id, code = refused.code, "{id} waits for the next number: {refused}");
                }
                Err(CommandError::KeyReused) => {
                    return Err(failed(event, "the command id of its number is taken"));
                }
                Err(CommandError::Store(error)) => return Err(error.into()),
            }
        }
        Err(failed(
            event,
            "its series moves faster than it can be numbered",
        ))
    }

    /// What it would be as the next of its series.
    async fn next(
        &self,
        event: &Recorded,
        id: DocumentId,
        content: &Content,
    ) -> Result<NumberDocument, ApplyError> {
        let at = self.clock.now();
        let mut date = jakarta_date(at);
        let mut series = SeriesId::of(content.kind(), date);
        let mut state = self.archive.states.load::<Series>(&series).await?;
        // Of two clocks, the one that is ahead counts.
        if let Some(last) = state.last_date().filter(|last| *last > date) {
            date = last;
            series = SeriesId::of(content.kind(), date);
            state = self.archive.states.load::<Series>(&series).await?;
        }
        let number = PaperNumber {
            series,
            number: state.next(),
        };
        let mut numbered = Numbered {
            number,
            date,
            template: self.archive.press.current(),
            pdf_sha256: String::new(),
            invoice: self.invoice_of(event, content).await?,
        };
        let rendered = async {
            let buyer = self.archive.buyer(content).await?;
            let print = self.archive.print(content.clone(), numbered.clone(), buyer);
            print.await
        };
        let pdf = rendered.await.map_err(|error| from_archive(event, error))?;
        numbered.pdf_sha256 = Press::digest(&pdf);
        let Numbered {
            number,
            date,
            template,
            pdf_sha256,
            invoice,
        } = numbered;
        Ok(NumberDocument {
            document_id: id,
            number,
            date,
            template,
            pdf_sha256,
            invoice,
            at,
        })
    }

    /// The number of the invoice that a credit note gives back of: it was issued before, and has its number.
    async fn invoice_of(
        &self,
        event: &Recorded,
        content: &Content,
    ) -> Result<Option<PaperNumber>, ApplyError> {
        let Matter::Return(returned) = &content.matter else {
            return Ok(None);
        };
        let invoice = self
            .archive
            .states
            .load::<Document>(&returned.invoice_id)
            .await?;
        let number = invoice.numbered().map(|numbered| numbered.number);
        let number = number.ok_or_else(|| failed(event, "its invoice has no number"));
        Ok(Some(number?))
    }
}

#[async_trait]
impl Follower for Numbering {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn concerns(&self, event: &Recorded) -> bool {
        matches!(event.event, Event::Document(DocumentEvent::Issued { .. }))
    }

    async fn apply(
        &self,
        _rows: &mut PgConnection,
        events: &[&Recorded],
    ) -> Result<(), ApplyError> {
        for event in events {
            if let Event::Document(DocumentEvent::Issued { .. }) = &event.event
                && let Ok(id) = event.stream.id.parse()
            {
                self.number(event, id).await?;
            }
        }
        Ok(())
    }
}

fn failed(event: &Recorded, reason: &str) -> ApplyError {
    ApplyError::Event {
        position: event.position,
        reason: reason.into(),
    }
}

/// What the store lacks for a while is tried again; what cannot be rendered waits for an operator.
fn from_archive(event: &Recorded, error: ArchiveError) -> ApplyError {
    match error {
        ArchiveError::Store(error) | ArchiveError::Vault(crate::auth::VaultError::Store(error)) => {
            error.into()
        }
        error => failed(event, &crate::chain_of(&error)),
    }
}
