//! Against an API server that answers from a script: for the refusals and races that a healthy one does not show.

mod applying;
mod counting;
mod draining;
mod owning;
mod passwords;
mod resizing;
mod resuming;
mod scripted;
mod secrets;
mod starting;
mod stopping;
mod stuck;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::kubernetes::{
    recipes::{Recipes, sample},
    spec::{InstanceSpec, Stage},
};
use scripted::{Answer, Asked, Scripted};

const EFFECT: Uuid = Uuid::from_u128(9);

fn recipes() -> Recipes {
    Recipes::embedded().unwrap()
}

fn ghost(recipes: &Recipes) -> InstanceSpec {
    sample(recipes.get("ghost").unwrap())
}

fn ours(mut object: Value) -> Value {
    object["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("purser");
    object
}

fn object(kind: &str, name: &str) -> Value {
    let api_version = if kind == "Deployment" {
        "apps/v1"
    } else {
        "v1"
    };
    let spec = match kind {
        "Deployment" => json!({"selector": {}, "template": {}}),
        _ => json!({}),
    };
    let mut object =
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "uid": "u-1"}});
    if kind != "Secret" {
        object["spec"] = spec;
    }
    object
}
