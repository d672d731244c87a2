use crate::http::{
    Parts,
    caller::Auditor,
    error::{self, ApiError},
    problem::Problem,
    routes::Tag,
    sweeps::Sweep,
};
use poem_openapi::{OpenApi, payload::Json};
use std::sync::Arc;

pub(in crate::http) struct AdminSweepRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/sweep", tag = "Tag::Administration")]
impl AdminSweepRoutes {
    /// Read what the last sweep found.
    ///
    /// Every few minutes everything is compared: what is wanted, what is on the cluster, and what is
    /// recorded. What can be repaired without losing data is repaired at once.
    #[oai(path = "/", method = "get", operation_id = "get_sweep")]
    async fn get(&self, _auditor: Auditor) -> Result<Json<Sweep>, ApiError<error::Query>> {
        let missing = || Problem::not_found("sweep.not_found", "no sweep was made yet");
        let last = self.0.sweeps.last().await?;
        Ok(Json(last.ok_or_else(missing)?))
    }
}
