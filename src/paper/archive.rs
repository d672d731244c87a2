//! Documents as they are fetched: rendered from the history, and held to the digest in it.

use super::{Press, PressError};
use crate::{
    auth::{Buyer, Vault, VaultError},
    store::{States, StoreError},
};
use purser_domain::{
    document::{Content, Document, Numbered},
    ids::DocumentId,
};
use std::sync::Arc;

/// A document was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the name on it cannot be read")]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Press(#[from] PressError),
    #[error("the PDF of {0} is not the one whose digest stands in the history")]
    Another(DocumentId),
    #[error("the rendering was broken off")]
    Broken,
}

/// Renders documents from the history.
#[derive(Clone)]
pub struct Archive {
    pub(super) states: Arc<States>,
    vault: Vault,
    pub(super) press: Arc<Press>,
}

/// A document that has its number, and whom it is made out to.
#[derive(Clone, Debug)]
pub struct Found {
    pub content: Content,
    pub numbered: Numbered,
    /// `None` where it was erased, or is not for whoever asks: then the PDF is another one, and the digest still proves the
    /// first.
    pub buyer: Option<Buyer>,
}

impl Archive {
    pub fn new(states: Arc<States>, vault: Vault) -> Self {
        let press = Arc::default();
        Self {
            states,
            vault,
            press,
        }
    }

    /// `None` where there is no such document, or it has no number yet.
    ///
    /// # Errors
    /// The history or the name cannot be read.
    pub async fn find(&self, id: DocumentId) -> Result<Option<Found>, ArchiveError> {
        let document = self.states.load::<Document>(&id).await?;
        let (Some(content), Some(numbered)) = (document.content(), document.numbered()) else {
            return Ok(None);
        };
        let buyer = self.buyer(content).await?;
        Ok(Some(Found {
            content: content.clone(),
            numbered: numbered.clone(),
            buyer,
        }))
    }

    /// Whom it is made out to, where nobody has erased him.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) async fn buyer(&self, content: &Content) -> Result<Option<Buyer>, ArchiveError> {
        let details = content.buyer_details.as_ref();
        match &content.buyer {
            Some(name) => Ok(self.vault.open_buyer(name, details).await?),
            None => Ok(None),
        }
    }

    /// The page for people to read.
    ///
    /// # Errors
    /// A version of words, layout and fonts that this build does not have.
    pub fn html(&self, found: &Found) -> Result<String, ArchiveError> {
        let Found {
            content,
            numbered,
            buyer,
        } = found;
        Ok(self.press.html(content, numbered, buyer.as_ref())?)
    }

    /// The PDF, which is the one whose digest stands in the history unless the name on it was erased.
    ///
    /// # Errors
    /// It is not, or it cannot be rendered.
    pub async fn pdf(&self, id: DocumentId, found: &Found) -> Result<Vec<u8>, ArchiveError> {
        let Found {
            content,
            numbered,
            buyer,
        } = found.clone();
        let whole = buyer.is_some() || content.buyer.is_none();
        let expected = numbered.pdf_sha256.clone();
        let pdf = self.print(content, numbered, buyer).await?;
        match whole && Press::digest(&pdf) != expected {
            true => Err(ArchiveError::Another(id)),
            false => Ok(pdf),
        }
    }

    /// Renders beside what else is under way.
    ///
    /// # Errors
    /// It cannot be rendered.
    pub(super) async fn print(
        &self,
        content: Content,
        numbered: Numbered,
        buyer: Option<Buyer>,
    ) -> Result<Vec<u8>, ArchiveError> {
        let press = self.press.clone();
        let printing =
            tokio::task::spawn_blocking(move || press.pdf(&content, &numbered, buyer.as_ref()));
        Ok(printing.await.map_err(|_| ArchiveError::Broken)??)
    }
}
