//! Instances to try a recipe with.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    manifest::Recipe,
    parameters::{Choices, ParameterType},
};
use crate::{
    config::Secret,
    kubernetes::{
        AppMail, MailOf, MailSecurity,
        spec::{ClusterSettings, InstanceSpec, PlanResources, RouteBy},
    },
};

/// Every way in which a recipe's manifests can come out: the smallest plan that can be sold and a middling one, before
/// and after the owner was made, where requests come through a Gateway,
/// where there is a mail server, where no mail may leave, and where the customer chose all that he may. Suspension is not among them: it scales what stands, and renders nothing.
pub(super) fn samples(recipe: &Recipe) -> impl Iterator<Item = InstanceSpec> {
    let smallest = PlanResources {
        cpu_millicores: 50,
        memory_mib: 64,
        storage_mib: 128,
    };
    let middling = sample(recipe);
    let plans = [smallest, middling.plan];
    let by_ingress = plans.into_iter().flat_map(move |plan| {
        let middling = middling.clone();
        [false, true].map(move |owner_created| InstanceSpec {
            plan,
            owner_created,
            ..middling.clone()
        })
    });
    by_ingress.chain([
        sample_by_gateway(recipe),
        mailing(recipe),
        silent(recipe),
        choosing(recipe),
    ])
}

/// An ordinary instance where requests come through a Gateway.
pub(super) fn sample_by_gateway(recipe: &Recipe) -> InstanceSpec {
    let mut spec = sample(recipe);
    spec.settings.route = RouteBy::Gateway {
        name: "public".into(),
        namespace: "gateway-system".into(),
    };
    spec
}

/// An ordinary instance.
pub(crate) fn sample(recipe: &Recipe) -> InstanceSpec {
    InstanceSpec {
        instance: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        customer: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002),
        recipe: recipe.name.clone(),
        plan: PlanResources {
            cpu_millicores: 500,
            memory_mib: 512,
            storage_mib: 5_120,
        },
        host: "sample.apps.example.id".into(),
        subdomain: "sample".into(),
        owner_email: "owner@example.id".into(),
        title: "Sample".into(),
        parameters: BTreeMap::new(),
        secrets: BTreeMap::new(),
        owner_created: false,
        mail: None,
        may_send_mail: true,
        operation: 0,
        settings: ClusterSettings {
            namespace_prefix: "customer-".into(),
            pod_security_version: "v1.34".into(),
            cluster_domain: "apps.example.id".into(),
            route: RouteBy::Ingress {
                class: "traefik".into(),
            },
            registry: String::new(),
            service_account: "purser".into(),
            service_account_namespace: "purser".into(),
            gateway_namespace: "gateway-system".into(),
            gateway_pod_labels: BTreeMap::new(),
            closed_networks: Vec::new(),
        },
        resting: false,
        contested: BTreeSet::new(),
    }
}

/// The same, with a mail server that wants to know who is there.
pub(in crate::kubernetes) fn mailing(recipe: &Recipe) -> InstanceSpec {
    InstanceSpec {
        mail: Some(AppMail {
            of: MailOf::Operator,
            host: "smtp.example.id".into(),
            networks: Vec::new(),
            port: 587,
            user: Some("relay".into()),
            password: Some(Secret::new("sample")),
            from: "Sample <no-reply@example.id>".into(),
            security: MailSecurity::StartTls,
        }),
        ..sample(recipe)
    }
}

/// An ordinary instance that no mail may leave.
pub(in crate::kubernetes) fn silent(recipe: &Recipe) -> InstanceSpec {
    InstanceSpec {
        may_send_mail: false,
        ..sample(recipe)
    }
}

/// An instance of a customer who chose everything that he may.
pub(in crate::kubernetes) fn choosing(recipe: &Recipe) -> InstanceSpec {
    let chosen = recipe.parameters.iter().map(|parameter| {
        let value = match (parameter.one_of.last(), parameter.kind) {
            (Some(value), _) => value.clone(),
            (None, ParameterType::Boolean) => true.into(),
            (None, ParameterType::Integer) => parameter.minimum.unwrap_or(1).into(),
            (None, ParameterType::Host) => "smtp.example.com".into(),
            (None, ParameterType::Sender) => "Sample <no-reply@example.com>".into(),
            _ => "sample".into(),
        };
        (parameter.name.clone(), value)
    });
    let Choices {
        parameters,
        secrets,
        mail,
    } = recipe.choices(&chosen.collect());
    InstanceSpec {
        parameters,
        secrets,
        mail,
        ..sample(recipe)
    }
}
