//! The demo catalogue and the demo people, made by ordinary commands under fixed keys: a second start
//! repeats them and nothing changes.

use super::facts::SignIn;
use crate::{
    app::App,
    auth::{NewAccount, TotpSecret},
    store::{Asking, Context},
};
use anyhow::Context as _;
use purser_domain::{
    Actor, Decision, Rupiah,
    decisions::{AddPlan, One},
    ids::{PlanId, ServiceId, UserId, derived},
    resources::Resources,
    second_factor::SecondFactor,
    service::{Free, Licence, Plan, PriceList, Service, ServiceCommand},
    user::{Locale, Role, User},
};
use uuid::Uuid;

const ACTOR: Actor = Actor::System("demo");
const PASSWORD: &str = "purser-demo";
const TRIAL_DAYS: u32 = 14;
/// The second administrator, who has a second factor with this secret.
const APPROVER: &str = "approver";
const SECRET: TotpSecret = TotpSecret::new(*b"purser demo approver");

/// A plan that the banner can offer.
pub(super) struct Offer {
    pub(super) service: &'static str,
    pub(super) plan: &'static str,
    pub(super) plan_id: PlanId,
    pub(super) monthly: Rupiah,
}

struct DemoApp {
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    plans: &'static [DemoPlan],
}

struct DemoPlan {
    slug: &'static str,
    title: &'static str,
    /// Rupiah a month; a year costs ten months. At 0 it is a trial.
    monthly: i64,
    cpu_millicores: u32,
    memory_mib: u32,
    storage_mib: u32,
}

const fn plan(
    slug: &'static str,
    title: &'static str,
    monthly: i64,
    [cpu_millicores, memory_mib, storage_mib]: [u32; 3],
) -> DemoPlan {
    DemoPlan {
        slug,
        title,
        monthly,
        cpu_millicores,
        memory_mib,
        storage_mib,
    }
}

const CATALOGUE: &[DemoApp] = &[
    DemoApp {
        slug: "wordpress",
        title: "WordPress",
        description: "A website or shop with its own database.",
        plans: &[
            plan("starter", "Starter", 40_000, [500, 512, 5_120]),
            plan("trial", "Trial", 0, [500, 512, 5_120]),
        ],
    },
    DemoApp {
        slug: "ghost",
        title: "Ghost",
        description: "A publication with members and newsletters.",
        plans: &[
            plan("starter", "Starter", 35_000, [500, 512, 5_120]),
            plan("publisher", "Publisher", 75_000, [1_000, 1_024, 10_240]),
        ],
    },
    DemoApp {
        slug: "n8n",
        title: "n8n",
        description: "Workflow automation, under n8n's Sustainable Use License.",
        plans: &[
            plan("starter", "Starter", 25_000, [500, 768, 2_048]),
            plan("team", "Team", 45_000, [1_000, 1_024, 5_120]),
            plan("busy", "Busy", 75_000, [2_000, 2_048, 10_240]),
        ],
    },
];

const PEOPLE: &[(&str, &str, &[Role])] = &[
    ("admin", "Ani Admin", &[Role::Admin]),
    // Approves what the first one asks for.
    (APPROVER, "Ari Admin", &[Role::Admin]),
    ("operator", "Oki Operator", &[Role::Operator]),
    ("auditor", "Ayu Auditor", &[Role::Auditor]),
    ("customer", "Budi Santoso", &[Role::Customer]),
];

pub(super) fn sign_ins() -> Vec<SignIn> {
    let sign_in = |(role, ..): &(&str, &str, &[Role])| SignIn {
        role: (*role).to_owned(),
        email: address(role),
        password: PASSWORD.to_owned(),
        totp_secret: (*role == APPROVER).then(|| SECRET.base32()),
    };
    PEOPLE.iter().map(sign_in).collect()
}

fn address(role: &str) -> String {
    format!("{role}@purser.test")
}

/// Makes what is not there yet.
pub(super) async fn seed(app: &App) -> anyhow::Result<Vec<Offer>> {
    for (role, name, roles) in PEOPLE {
        let context = context("add-person", role);
        if app.states.load::<User>(&person(role)).await?.exists() {
            continue;
        }
        let account = NewAccount {
            name: name.parse()?,
            email: address(role).parse()?,
            phone: None,
            password: PASSWORD.to_owned(),
            roles: roles.to_vec(),
            locale: Locale::En,
        };
        app.accounts
            .add(&context, account)
            .await
            .with_context(|| format!("the demo {role} could not be made"))?;
    }
    let approver = person(APPROVER);
    let factor = app.states.load::<SecondFactor>(&approver).await?;
    if factor.since().is_none() {
        let enrol = context("enrol-person", APPROVER);
        app.accounts.enrol(&enrol, approver, &SECRET).await?;
    }
    let mut offers = Vec::new();
    // Other recipes may stand in for those that the demo sells.
    let known = |demo: &&DemoApp| app.recipes.get(demo.slug).is_ok();
    for service in CATALOGUE.iter().filter(known) {
        offers.extend(
            offer(app, service)
                .await
                .with_context(|| format!("{} could not be offered", service.title))?,
        );
    }
    Ok(offers)
}

/// The account of a demo person.
fn person(role: &str) -> UserId {
    UserId::new(context("add-person", role).derive("user"))
}

async fn offer(app: &App, demo: &DemoApp) -> anyhow::Result<Vec<Offer>> {
    let service_id = ServiceId::new(derived(&["demo-service", demo.slug]));
    let create = ServiceCommand::Create {
        service_id,
        slug: demo.slug.parse()?,
        title: demo.title.parse()?,
        description: demo.description.parse()?,
        recipe: demo.slug.parse()?,
    };
    execute(
        app,
        "create-service",
        demo.slug,
        One::<Service> {
            id: service_id,
            command: create,
        },
    )
    .await?;
    let mut offers = Vec::new();
    for plan in demo.plans {
        let key = format!("{}/{}", demo.slug, plan.slug);
        let plan_id = PlanId::new(derived(&["demo-plan", &key]));
        let monthly = Rupiah::try_from(plan.monthly)?;
        let add = AddPlan {
            service_id,
            plan: Plan {
                plan_id,
                slug: plan.slug.parse()?,
                title: plan.title.parse()?,
                price: PriceList {
                    monthly,
                    yearly: Rupiah::try_from(plan.monthly * 10)?,
                },
                resources: Resources::new(plan.cpu_millicores, plan.memory_mib, plan.storage_mib)?,
                free: monthly
                    .is_zero()
                    .then_some(Free::Trial { days: TRIAL_DAYS }),
            },
            capacity: 1_000,
            max_per_customer: 20,
        };
        execute(app, "add-plan", &key, add).await?;
        offers.push(Offer {
            service: demo.title,
            plan: plan.title,
            plan_id,
            monthly,
        });
    }
    let licence = match &app.recipes.get(demo.slug)?.licence_notice {
        None => Licence::Free,
        Some(notice) => Licence::Acknowledged {
            notice: notice.parse()?,
            by: person("admin"),
        },
    };
    let publish = One::<Service> {
        id: service_id,
        command: ServiceCommand::Publish { licence },
    };
    execute(app, "publish-service", demo.slug, publish).await?;
    Ok(offers)
}

async fn execute(
    app: &App,
    operation: &str,
    key: &str,
    decision: impl Decision + 'static,
) -> anyhow::Result<()> {
    app.appender
        .execute(context(operation, key).command(decision))
        .await?;
    Ok(())
}

fn context(operation: &str, key: &str) -> Context {
    let request_id = Uuid::now_v7();
    let asking = Asking {
        key: Some(key.to_owned()),
        body_hash: [0; 32],
        request_id,
        correlation_id: request_id,
    };
    asking.by(ACTOR, operation)
}
