use crate::http::{
    Parts,
    body::Body,
    caller::Admin,
    error::{self, ApiError, Command},
    fields::Fields,
    idempotency::Keyed,
    orphans::{Orphan, OrphanRemoval, RemovedOrphan},
    routes::Tag,
};
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json, types::Example};
use purser_domain::text::Reason;
use std::sync::Arc;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct RemoveOrphanRequest {
    /// Why; it stays on record.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for RemoveOrphanRequest {
    fn example() -> Self {
        Self {
            reason: "left behind by the trial of 12 May".into(),
        }
    }
}

/// The namespaces that belong to nothing.
#[derive(Object)]
struct FoundOrphans {
    items: Vec<Orphan>,
}

/// The answer of a removal. It stands on no commit: what it removes is in no history.
#[derive(ApiResponse)]
enum OrphanRemoved {
    /// Done
    #[oai(status = 200)]
    Done(
        Json<Orphan>,
        /// `true` where this request had been accepted before: it is the same answer again
        #[oai(header = "Idempotent-Replayed")]
        Option<bool>,
    ),
}

impl From<RemovedOrphan> for OrphanRemoved {
    fn from(removed: RemovedOrphan) -> Self {
        Self::Done(Json(removed.orphan), removed.repeated.then_some(true))
    }
}

pub(in crate::http) struct AdminOrphanRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/orphans", tag = "Tag::Administration")]
impl AdminOrphanRoutes {
    /// List namespaces that carry our labels and belong to no instance.
    ///
    /// Compared at this moment: cluster and history. What does not carry our labels, or the prefix of
    /// another installation, is not looked at.
    #[oai(path = "/", method = "get", operation_id = "list_orphans")]
    async fn list(&self, _admin: Admin) -> Result<Json<FoundOrphans>, ApiError<error::Query>> {
        let items = self.0.orphans.list().await?;
        Ok(Json(FoundOrphans { items }))
    }

    /// Remove an orphan with everything in it.
    ///
    /// It is looked at once more: a namespace that belongs to an instance is not found here. What is removed is in no
    /// history, so the answer has neither a position nor a version.
    #[oai(
        path = "/:namespace/remove",
        method = "post",
        operation_id = "remove_orphan"
    )]
    async fn remove(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The namespace's name.
        namespace: Path<String>,
        body: Body<RemoveOrphanRequest>,
    ) -> Result<OrphanRemoved, ApiError<Command>> {
        let mut fields = Fields::default();
        let reason = fields.parse::<Reason>("/reason", &body.0.reason);
        let reason = fields.done(reason)?;
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "remove_orphan", &[], &body.0)?;
        let removal = OrphanRemoval {
            id: context.command_id,
            actor: context.actor.to_string(),
            reason: reason.into(),
        };
        let removed = self.0.orphans.remove(&namespace.0, removal).await?;
        Ok(removed.into())
    }
}
