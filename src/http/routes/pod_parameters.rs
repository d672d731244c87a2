use super::{Tag, pods::ChangedPod};
use crate::http::{
    Parts,
    answer::Accepted,
    body::Body,
    caller::Customer,
    error::{self, ApiError, Command},
    idempotency::Keyed,
    parameters::{Shown, Typed},
    problem::Problem,
};
use poem_openapi::{Object, OpenApi, param::Path, payload::Json, types::Example};
use purser_domain::{
    Refused,
    ids::InstanceId,
    instance::{Instance, InstanceError, LifeCommand, Wanted},
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ChangeParametersRequest {
    /// All that you choose, by name.
    parameters: Typed,
}

impl Example for ChangeParametersRequest {
    fn example() -> Self {
        Self {
            parameters: Typed::new(),
        }
    }
}

/// What a customer chose of an app; what he left out follows the template.
#[derive(Object)]
struct ChosenParameters {
    /// By name.
    parameters: Typed,
    /// The names of the secrets that were chosen: they are shown to nobody again.
    secrets: Vec<String>,
}

impl From<Shown> for ChosenParameters {
    fn from(shown: Shown) -> Self {
        let Shown {
            parameters,
            secrets,
        } = shown;
        Self {
            parameters,
            secrets,
        }
    }
}

pub(in crate::http) struct PodParameterRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/pods", tag = "Tag::Pods")]
impl PodParameterRoutes {
    /// Read what you chose of your app.
    #[oai(
        path = "/:id/parameters",
        method = "get",
        operation_id = "get_pod_parameters"
    )]
    async fn parameters(
        &self,
        customer: Customer,
        /// The pod's id.
        id: Path<Uuid>,
    ) -> Result<Json<ChosenParameters>, ApiError<error::Query>> {
        let wanted = self.wanted(&customer, id.0).await?;
        let shown = self
            .0
            .shown(wanted.recipe.as_str(), &wanted.parameters)
            .await?;
        Ok(Json(shown.into()))
    }

    /// Choose anew what your app runs with: it starts anew, its data stay.
    ///
    /// What the template lets customers choose, as in an order. This takes the place of all that was chosen before, so
    /// that what is left out follows the template again; secrets too are given anew. An app that is stopped gets it when
    /// it is started.
    #[oai(
        path = "/:id/parameters",
        method = "put",
        operation_id = "change_pod_parameters"
    )]
    async fn change_parameters(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The pod's id.
        id: Path<Uuid>,
        body: Body<ChangeParametersRequest>,
    ) -> Result<Accepted<ChangedPod>, ApiError<Command>> {
        let (asked_by, at) = (customer.id(), self.0.clock.now());
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "change_pod_parameters", &[id.0], &body.0)?;
        let recipe = self.wanted(&customer, id.0).await?.recipe;
        let chosen = self.0.chosen(asked_by, recipe.as_str(), body.0.parameters);
        let command = LifeCommand::ChangeParameters {
            asked_by,
            parameters: chosen.await?,
            at,
        };
        Ok(ChangedPod::by(&self.0, &context, id.0, command).await?)
    }
}

impl PodParameterRoutes {
    /// What is to run as a pod that is this customer's.
    async fn wanted(&self, customer: &Customer, id: Uuid) -> Result<Wanted, Problem> {
        let id = InstanceId::new(id);
        let instance = self.0.states.load::<Instance>(&id).await?;
        let own = instance
            .wanted()
            .filter(|wanted| wanted.user_id == customer.id());
        let missing = || Refused::from(InstanceError::NotFound);
        Ok(own.ok_or_else(missing)?.clone())
    }
}
