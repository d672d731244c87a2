use crate::http::{Parts, fields::Fields, problem::Problem};
use poem_openapi::{Object, types::Example};
use purser_domain::{ids::ServiceId, service::ServiceCommand};

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
pub(super) struct CreateServiceRequest {
    /// Its short name: 2 to 40 of a to z, 0 to 9 and single hyphens.
    #[oai(validator(max_length = 40))]
    slug: String,
    /// Its name for people.
    #[oai(validator(max_length = 100))]
    title: String,
    /// What it is, for people.
    #[oai(validator(max_length = 2000))]
    description: String,
    /// The template that provisions it.
    #[oai(validator(max_length = 40))]
    recipe: String,
}

impl Example for CreateServiceRequest {
    fn example() -> Self {
        Self {
            slug: "wordpress".into(),
            title: "WordPress".into(),
            description: "A site or blog of your own".into(),
            recipe: "wordpress".into(),
        }
    }
}

impl CreateServiceRequest {
    pub(super) fn into_command(
        self,
        parts: &Parts,
        service_id: ServiceId,
    ) -> Result<ServiceCommand, Problem> {
        let mut fields = Fields::default();
        let slug = fields.parse("/slug", &self.slug);
        let title = fields.parse("/title", &self.title);
        let description = fields.parse("/description", &self.description);
        let recipe = fields.parse("/recipe", &self.recipe);
        if !parts
            .templates
            .iter()
            .any(|template| template.name == self.recipe)
        {
            fields.wrong("/recipe", "is not a template of this installation");
        }
        let parsed = slug.zip(title).zip(description.zip(recipe));
        let ((slug, title), (description, recipe)) = fields.done(parsed)?;
        Ok(ServiceCommand::Create {
            service_id,
            slug,
            title,
            description,
            recipe,
        })
    }
}
