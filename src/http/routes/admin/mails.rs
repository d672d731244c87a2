use super::users::ReasonRequest;
use crate::http::{
    Parts,
    answer::Accepted,
    body::Body,
    caller::{Auditor, Operator},
    error::{self, ApiError, Command},
    idempotency::Keyed,
    mails::MailInfo,
    problem::Problem,
    routes::Tag,
};
use poem::http::StatusCode;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_domain::{
    decisions::One,
    ids::{MailId, UserId},
    mail::{Mail, MailCommand},
};
use std::sync::Arc;
use uuid::Uuid;

/// Letters to a customer.
#[derive(Object)]
struct FoundMails {
    /// The newest first.
    items: Vec<MailInfo>,
}

/// A letter that is sent again.
#[derive(Object)]
struct ResentMail {
    mail_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// How often it was sent again, with this time.
    version: i64,
}

pub(in crate::http) struct AdminMailRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/mails", tag = "Tag::Administration")]
impl AdminMailRoutes {
    /// List the letters to a customer, without their words.
    #[oai(path = "/", method = "get", operation_id = "list_mails")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// The customer's id.
        user_id: Query<Uuid>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
    ) -> Result<Json<FoundMails>, ApiError<error::Query>> {
        let limit = limit.0.unwrap_or(50);
        let items = self.0.mails.of(UserId::new(user_id.0), limit).await?;
        Ok(Json(FoundMails { items }))
    }

    /// Send a letter again, with what it tells as it stands now.
    #[oai(path = "/:id/resend", method = "post", operation_id = "resend_mail")]
    async fn resend(
        &self,
        operator: Operator,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The letter's id.
        id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Accepted<ResentMail>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, operator.actor(), "resend_mail", &[id.0], &body.0)?;
        let (mail_id, reason) = (MailId::new(id.0), body.0.reason()?);
        let missing = || Problem::not_found("mail.not_found", "there is no such letter");
        if self
            .0
            .mails
            .get(mail_id)
            .await?
            .ok_or_else(missing)?
            .is_under_way()
        {
            let detail = "this letter is still to be sent";
            return Err(Problem::new(StatusCode::CONFLICT, "mail.under_way", detail).into());
        }
        let resend = One::<Mail> {
            id: mail_id,
            command: MailCommand::Resend {
                reason,
                at: self.0.clock.now(),
            },
        };
        let committed = self.0.appender.execute(context.command(resend)).await?;
        let body = ResentMail {
            mail_id: id.0,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}
