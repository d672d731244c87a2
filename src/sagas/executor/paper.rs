//! Issuing paper: whom it is made out to, in which language and by whom is looked up now, and stands from then on.

use super::{Effects, from_store, from_vault};
use crate::{
    auth::{BillingDetails, Buyer, VaultError, field},
    mail::{Attachment, Message},
    paper::ArchiveError,
    sagas::{Bill, Outcome, Paper, Task},
};
use chrono::{DateTime, Datelike, Utc};
use purser_domain::{
    Rupiah,
    decisions::{CreditInvoice, One},
    document::{Billed, Content, ContentVat, Document, DocumentCommand, Matter, ReturnCause},
    ids::{ChargeId, CreditId, DocumentId, SubscriptionId, UserId},
    period::jakarta_date,
    sealed::Sealed,
    user::{Locale, User},
};

/// Name, and address with NPWP, of whom paper is made out to.
type SealedBuyer = (Option<Sealed>, Option<Sealed>);

impl Effects {
    pub(super) async fn issue(&self, task: &Task, paper: &Paper) -> Outcome {
        let issued = match paper {
            Paper::Receipt {
                to,
                topped_up,
                amount,
                at,
            } => {
                let id = DocumentId::of_receipt(topped_up.credit_id);
                let matter = Matter::TopUp(topped_up.clone());
                let content = self.content(*to, matter, *amount, *at).await;
                content.map(|content| (id, content, *at))
            }
            Paper::Invoice {
                subscription_id,
                charge_id,
                bill,
                total,
                at,
            } => {
                let id = DocumentId::of_invoice(*charge_id);
                let content = self
                    .invoice(*subscription_id, *charge_id, bill, *total, *at)
                    .await;
                content.map(|content| (id, content, *at))
            }
            Paper::CreditNote {
                subscription_id: _,
                charge_id,
                credit_id,
                amount,
                cause,
                at,
            } => {
                let note = self
                    .credit_note(*charge_id, *credit_id, *amount, *cause, *at)
                    .await;
                return match note {
                    Ok(note) => self.decide(task, "paper", note).await,
                    Err(outcome) => outcome,
                };
            }
        };
        match issued {
            Ok((id, content, at)) => {
                let content = Box::new(content);
                let command = DocumentCommand::Issue { content, at };
                let issue = One::<Document> { id, command };
                self.decide(task, "paper", issue).await
            }
            Err(outcome) => outcome,
        }
    }

    async fn content(
        &self,
        user_id: UserId,
        matter: Matter,
        total: Rupiah,
        at: DateTime<Utc>,
    ) -> Result<Content, Outcome> {
        let (locale, (buyer, buyer_details)) = self.buyer(user_id, at).await?;
        let content = Content {
            user_id,
            locale,
            seller: self.issuer.seller.clone(),
            buyer,
            buyer_details,
            matter,
            total,
            vat: None,
            e_meterai: false,
        };
        let e_meterai = self.issuer.stamps(&content);
        Ok(Content {
            e_meterai,
            ..content
        })
    }

    async fn invoice(
        &self,
        subscription_id: SubscriptionId,
        charge_id: ChargeId,
        bill: &Bill,
        total: Rupiah,
        at: DateTime<Utc>,
    ) -> Result<Content, Outcome> {
        let terms = self.terms(subscription_id).await?;
        let billed = Billed {
            subscription_id,
            charge_id,
            service: terms.service,
            plan: bill.plan.clone().unwrap_or(terms.plan),
            billing_cycle: bill.billing_cycle.unwrap_or(terms.billing_cycle),
            period: bill.period,
            cause: bill.cause,
            price: bill.price,
            discount: bill.discount,
            promotional: bill.promotional,
            returned: bill.returned,
        };
        let matter = Matter::Period(billed);
        let content = self.content(terms.user_id, matter, total, at).await?;
        let vat = bill.vat.rate();
        Ok(Content {
            vat: vat.map(|rate| ContentVat::within(rate, total)),
            ..content
        })
    }

    async fn credit_note(
        &self,
        charge_id: ChargeId,
        credit_id: CreditId,
        amount: Rupiah,
        cause: ReturnCause,
        at: DateTime<Utc>,
    ) -> Result<CreditInvoice, Outcome> {
        let invoice_id = DocumentId::of_invoice(charge_id);
        let invoice = self.states.load::<Document>(&invoice_id).await;
        let invoice = invoice.map_err(from_store)?;
        let Some(content) = invoice.content() else {
            return Err(Outcome::Retry {
                error: format!("the invoice {invoice_id} is not issued yet"),
                after: None,
            });
        };
        let (locale, (buyer, buyer_details)) = self.buyer(content.user_id, at).await?;
        Ok(CreditInvoice {
            invoice_id,
            credit_id,
            amount,
            cause,
            locale,
            seller: self.issuer.seller.clone(),
            buyer,
            buyer_details,
            at,
        })
    }

    /// The language of whom it is made out to, and what stands of him on it, under the key of his paper.
    async fn buyer(
        &self,
        user_id: UserId,
        at: DateTime<Utc>,
    ) -> Result<(Locale, SealedBuyer), Outcome> {
        let user = self.states.load::<User>(&user_id).await;
        let user = user.map_err(from_store)?;
        let buyer = match self.made_out_to(user_id, &user).await? {
            Some(buyer) => buyer,
            None => return Ok((user.locale(), (None, None))),
        };
        let year = jakarta_date(at).year();
        match self.vault.seal_buyer(user_id, year, &buyer).await {
            Err(VaultError::Erased) => Ok((user.locale(), (None, None))),
            sealed => {
                let (name, details) = sealed.map_err(from_vault)?;
                Ok((user.locale(), (Some(name), details)))
            }
        }
    }

    /// What he gave for his paper, or else his name; `None` where he was erased.
    async fn made_out_to(&self, user_id: UserId, user: &User) -> Result<Option<Buyer>, Outcome> {
        let Some(name) = user.name() else {
            return Err(Outcome::Dead {
                error: format!("there is no user {user_id}"),
            });
        };
        let found = match user.billing_details() {
            Some(sealed) => BillingDetails::open(&self.vault, sealed)
                .await
                .map(Buyer::from),
            None => {
                let name = self.vault.open(name, field::NAME).await;
                name.map(|name| Buyer {
                    name,
                    details: None,
                })
            }
        };
        match found {
            Err(VaultError::Erased) => Ok(None),
            found => found.map(Some).map_err(from_vault),
        }
    }

    /// The letter that a document comes with, and its PDF.
    pub(super) async fn document(
        &self,
        name: String,
        id: DocumentId,
    ) -> Result<(Message, Attachment), Outcome> {
        let found = self.archive.find(id).await.map_err(from_archive)?;
        let found = found.ok_or_else(|| Outcome::Dead {
            error: format!("there is no document {id}"),
        })?;
        let bytes = self.archive.pdf(id, &found).await.map_err(from_archive)?;
        let number = found.numbered.number.to_string();
        let attachment = Attachment {
            name: format!("{}.pdf", number.replace('/', "-")),
            bytes,
        };
        let message = Message::Document {
            name,
            paper: found.content.kind(),
            number,
            total: found.content.total,
        };
        Ok((message, attachment))
    }
}

/// What the store lacks for a while is tried again; what cannot be rendered waits for an operator.
pub(super) fn from_archive(error: ArchiveError) -> Outcome {
    match error {
        ArchiveError::Store(error) => from_store(error),
        ArchiveError::Vault(error) => from_vault(error),
        error => Outcome::Dead {
            error: crate::chain_of(&error),
        },
    }
}
