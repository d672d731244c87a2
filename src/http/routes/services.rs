use super::Tag;
use crate::http::{
    Parts,
    answer::Listed,
    error::{ApiError, PublicQuery},
    problem::Problem,
};
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_domain::{ids::ServiceId, text::Slug};
use purser_projections::{
    Projection as _,
    pages::Page,
    plans::Plans,
    services::{self, Audience, ServiceWithPlans, Services},
    views::ViewsError,
};
use std::sync::Arc;

pub(super) const MODELS: &[&str] = &[Services::NAME, Plans::NAME];

pub(in crate::http) struct ServiceRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/services", tag = "Tag::Catalogue")]
impl ServiceRoutes {
    /// List what is for sale.
    #[oai(path = "/", method = "get", operation_id = "list_services")]
    async fn list(
        &self,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<ServiceWithPlans>>, ApiError<PublicQuery>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(MODELS, min_position.0).await?;
        let found = services::page(&mut views, Audience::Customers, &page).await;
        let (services, next) = found.map_err(ViewsError::from)?;
        let priced = services
            .into_iter()
            .map(|service| service.under(self.0.policy.vat));
        Ok(Json((priced.collect(), next).into()))
    }

    /// Read a service with its plans, by id or short name.
    #[oai(path = "/:id_or_slug", method = "get", operation_id = "get_service")]
    async fn get(
        &self,
        /// The service's id or short name.
        id_or_slug: Path<String>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<ServiceWithPlans>, ApiError<PublicQuery>> {
        let mut views = self.0.at(MODELS, min_position.0).await?;
        let found = match id_or_slug.0.parse::<ServiceId>() {
            Ok(id) => services::by_id(&mut views, Audience::Customers, id).await,
            Err(_) => {
                // What no slug can be is nowhere; the database refuses some of it.
                let slug: Slug = id_or_slug.0.parse().map_err(|_| not_found())?;
                services::by_slug(&mut views, Audience::Customers, slug.as_str()).await
            }
        };
        let service = found.map_err(ViewsError::from)?;
        let service = service.ok_or_else(not_found)?;
        Ok(Json(service.under(self.0.policy.vat)))
    }
}

pub(super) fn not_found() -> Problem {
    Problem::not_found("service.not_found", "there is no such service")
}
