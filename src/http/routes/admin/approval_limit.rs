use crate::http::{
    Parts,
    acting::Asked,
    answer::Accepted,
    body::Body,
    caller::{Admin, Auditor},
    error::{self, ApiError},
    fields::Fields,
    idempotency::Keyed,
    routes::Tag,
};
use poem_openapi::{Object, OpenApi, payload::Json, types::Example};
use purser_domain::{
    Rupiah,
    approval::Deed,
    approval_limit::{ApprovalLimit, over_all},
    ids::ApprovalLimitId,
};
use std::sync::Arc;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ApprovalLimitRequest {
    /// How much is moved without a second person from now on, in whole rupiah.
    above: i64,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for ApprovalLimitRequest {
    fn example() -> Self {
        Self {
            above: 500_000,
            reason: "we are more now".into(),
        }
    }
}

/// How much a member of the staff moves for one customer within 24 hours without a second person.
#[derive(Object)]
struct CurrentLimit {
    /// Whole rupiah.
    above: i64,
    /// How much for all customers together: five times as much.
    over_all: i64,
    /// Whether two persons decided it; otherwise it is the operator's setting.
    decided: bool,
}

/// The limit that was set.
#[derive(Object)]
struct ChangedLimit {
    /// Whole rupiah.
    above: i64,
    /// The position of the commit.
    position: i64,
    /// How often it was set so far.
    version: i64,
}

pub(in crate::http) struct AdminApprovalLimitRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/approval-limit", tag = "Tag::Administration")]
impl AdminApprovalLimitRoutes {
    /// Read how much is moved without a second person.
    #[oai(path = "/", method = "get", operation_id = "get_approval_limit")]
    async fn get(&self, _auditor: Auditor) -> Result<Json<CurrentLimit>, ApiError<error::Query>> {
        let id = ApprovalLimitId::the_one();
        let decided = self.0.states.load::<ApprovalLimit>(&id).await?.above();
        let above = decided.unwrap_or(self.0.two_persons.above);
        Ok(Json(CurrentLimit {
            above: above.get(),
            over_all: over_all(above).get(),
            decided: decided.is_some(),
        }))
    }

    /// Set how much is moved without a second person. Another one has to approve it.
    #[oai(path = "/", method = "put", operation_id = "set_approval_limit")]
    async fn set(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<ApprovalLimitRequest>,
    ) -> Result<Asked<ChangedLimit, 200>, ApiError<error::Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "set_approval_limit", &[], &body.0)?;
        let mut fields = Fields::default();
        let above = fields.take("/above", Rupiah::try_from(body.0.above));
        let reason = fields.parse("/reason", &body.0.reason);
        let (above, reason) = fields.done(above.zip(reason))?;
        let set = Deed::SetApprovalLimit { above, reason };
        let outcome = self.0.act(&admin, &context, None, set).await?;
        Ok(Asked::new(outcome, |done| {
            let body = ChangedLimit {
                above: above.get(),
                position: done.position,
                version: done.version,
            };
            Accepted::new(done, body)
        }))
    }
}
