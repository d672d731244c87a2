use super::users::ReasonRequest;
use crate::http::{
    Parts,
    answer::Accepted,
    body::Body,
    caller::Admin,
    error::{ApiError, Command},
    idempotency::Keyed,
    routes::Tag,
};
use poem_openapi::{Object, OpenApi, param::Path};
use purser_domain::ids::UserId;
use std::sync::Arc;
use uuid::Uuid;

/// A person who was erased.
#[derive(Object)]
struct ErasedUser {
    user_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the account.
    version: i64,
}

pub(in crate::http) struct AdminErasureRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/users", tag = "Tag::Administration")]
impl AdminErasureRoutes {
    /// Erase a person: shuts the account for good and destroys the key of everything personal in it. There is no way back.
    ///
    /// Needs your second factor. Refused while a subscription is not over, paid credit is left, a payment page is open, or
    /// anything is set aside, owed or on its way, and while the account is active: deactivate it first. What stands on paper is kept for as long as the law wants it.
    #[oai(path = "/:id/erase", method = "post", operation_id = "erase_user")]
    async fn erase(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The user's id.
        id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Accepted<ErasedUser>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "erase_user", &[id.0], &body.0)?;
        let reason = body.0.reason()?;
        let user_id = UserId::new(id.0);
        let committed = self.0.erase(&admin, &context, user_id, reason).await?;
        let body = ErasedUser {
            user_id: id.0,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}
