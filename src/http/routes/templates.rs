use super::Tag;
use crate::http::{
    Parts, TemplateInfo,
    error::{ApiError, PublicQuery},
    problem::Problem,
};
use poem_openapi::{OpenApi, param::Path, payload::Json};
use std::sync::Arc;

pub(in crate::http) struct TemplateRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/templates", tag = "Tag::Catalogue")]
impl TemplateRoutes {
    /// List the recipes that apps are provisioned by.
    #[oai(path = "/", method = "get", operation_id = "list_templates")]
    async fn list(&self) -> Result<Json<Vec<TemplateInfo>>, ApiError<PublicQuery>> {
        Ok(Json(self.0.templates.clone()))
    }

    /// Read a recipe.
    #[oai(path = "/:name", method = "get", operation_id = "get_template")]
    async fn get(
        &self,
        /// The recipe's name.
        name: Path<String>,
    ) -> Result<Json<TemplateInfo>, ApiError<PublicQuery>> {
        let found = self
            .0
            .templates
            .iter()
            .find(|template| template.name == name.0);
        let missing = || Problem::not_found("template.not_found", "there is no such template");
        Ok(Json(found.cloned().ok_or_else(missing)?))
    }
}
