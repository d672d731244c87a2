//! What a customer chose, opened for the one place that needs it: his app.

use super::Effects;
use crate::{auth::field, kubernetes::Choices, sagas::Outcome};
use purser_domain::{instance::Wanted, parameters::Chosen};
use std::collections::BTreeMap;

impl Effects {
    pub(super) async fn choices(&self, wanted: &Wanted) -> Result<Choices, Outcome> {
        let recipe = self.recipes.get(wanted.recipe.as_str());
        let recipe = recipe.map_err(|error| Outcome::Dead {
            error: error.to_string(),
        })?;
        let mut opened = BTreeMap::new();
        for (name, chosen) in wanted.parameters.iter() {
            let value = match chosen {
                Chosen::Number(number) => (*number).into(),
                Chosen::Flag(flag) => (*flag).into(),
                Chosen::Sealed(sealed) => {
                    let field = field::parameter(name.as_str());
                    self.open(sealed, &field).await?.into()
                }
            };
            opened.insert(name.to_string(), value);
        }
        Ok(recipe.choices(&opened))
    }
}
