//! The letters of the work list, for the API.

use crate::{
    http::{MailInfo, Mails},
    sagas::{self, SentMail},
    store::StoreError,
};
use async_trait::async_trait;
use purser_domain::ids::{MailId, UserId};
use sqlx::PgPool;

pub(super) struct Sent(pub(super) PgPool);

#[async_trait]
impl Mails for Sent {
    async fn of(&self, customer: UserId, limit: i64) -> Result<Vec<MailInfo>, StoreError> {
        let found = sagas::mails_of(&self.0, customer, limit).await?;
        Ok(found.into_iter().map(told).collect())
    }

    async fn get(&self, id: MailId) -> Result<Option<MailInfo>, StoreError> {
        Ok(sagas::mail(&self.0, id).await?.map(told))
    }
}

fn told(mail: SentMail) -> MailInfo {
    MailInfo {
        id: mail.id,
        letter: mail.letter,
        status: mail.status,
        asked_at: mail.asked_at,
        sent_at: mail.sent_at,
    }
}
