//! What `purser serve` runs with. Names are those that operators know; defaults stand here.

use super::{
    Environment, Problems, Secret, WebUrl, app_mail::app_mail, cluster, gateway::midtrans, mail,
    measuring, paper, rules, sagas, signing_in,
};
use crate::{
    auth::{AttemptLimits, Keys, PasswordCost, SessionTimes},
    fleet::FleetOptions,
    kubernetes::{
        AppMail, BoundaryRule, ClusterSettings, KubeletConfig, KubernetesConfig, NetworkPolicies,
        RecipeSource,
    },
    mail::{House, MailConfig},
    paper::Issuer,
    payments::MidtransConfig,
    sagas::{Alerts, Healing, WelcomeBonus, WorkerOptions},
    sweep::SweepOptions,
    usage::UsageOptions,
};
use async_nats::ServerAddr;
use purser_domain::{
    Rupiah,
    decisions::{Policy, TwoPersons},
    text::Email,
    user::Locale,
};
use sqlx::postgres::PgConnectOptions;
use std::{collections::BTreeSet, net::SocketAddr, ops::RangeInclusive, path::PathBuf};

/// The writer keeps one connection for itself, and readers, figures and the API must never wait for one another's.
const CONNECTIONS: RangeInclusive<u32> = 5..=1_000;

/// Everything that the application is told; nobody else reads the environment.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Where metrics are read; beside the API where it is missing.
    pub metrics_listen: Option<SocketAddr>,
    /// Where customers reach the API.
    pub public_url: WebUrl,
    pub database_url: Secret,
    pub database_connections: u32,
    pub nats_url: Secret,
    /// Who signed the certificate of NATS, where no authority did that the machine trusts.
    pub nats_ca_file: Option<PathBuf>,
    pub nats_replicas: usize,
    pub keys: Keys,
    pub password_cost: PasswordCost,
    pub cluster: KubernetesConfig,
    pub cluster_settings: ClusterSettings,
    pub cluster_boundary: BoundaryRule,
    /// Whether apps are kept apart on the network.
    pub network_policies: NetworkPolicies,
    /// Subdomains that nobody may have: the operator's choice and the installation's own.
    pub reserved_subdomains: BTreeSet<String>,
    /// How long subscriptions are waited for.
    pub policy: Policy,
    /// When a second person is asked.
    pub two_persons: TwoPersons,
    /// How long a sign-in lasts, and what a code of the second factor proves.
    pub sessions: SessionTimes,
    /// How often passwords are guessed and accounts made.
    pub attempts: AttemptLimits,
    /// How many proxies of ours stand before it and say where a request comes from.
    pub trusted_proxies: usize,
    /// From how much unspent paid credit on the operators are told.
    pub float_alert: Rupiah,
    /// For how many days the name of a removed app is kept for its customer.
    pub subdomain_quarantine_days: u32,
    /// Which apps can be sold.
    pub recipes: RecipeSource,
    /// Mail templates that stand in for those in the binary.
    pub mail_templates_dir: Option<PathBuf>,
    pub mail: MailConfig,
    /// Through whom apps send their mail; they send none where it is missing.
    pub app_mail: Option<AppMail>,
    pub house: House,
    /// Who issues paper.
    pub issuer: Issuer,
    pub midtrans: MidtransConfig,
    pub topup_minutes: u32,
    /// For how many minutes credit of a channel that takes payments back buys nothing new.
    pub topup_wait_minutes: u32,
    /// What whoever has proven his address is welcomed with; nothing where it is missing.
    pub welcome: Option<WelcomeBonus>,
    /// How long readiness may take while the cluster answers, in milliseconds; else what the recipe says.
    pub readiness_deadline_ms: Option<i64>,
    /// How long a removal may take while the cluster answers before it is an alarm, in milliseconds.
    pub removal_alarm_ms: i64,
    /// What is tried when an app that was ready is not.
    pub healing: Healing,
    /// Who is told of what waits for an operator.
    pub alerts: Option<Alerts>,
    /// Who of the staff owns a case from the beginning; the administrators together where it is missing.
    pub case_owner: Option<Email>,
    /// When everything is compared, and what becomes of orphans.
    pub sweep: SweepOptions,
    pub workers: WorkerOptions,
    pub fleet: FleetOptions,
    pub usage: UsageOptions,
    /// How kubelets are asked how full volumes are; they are not where it is missing.
    pub kubelets: Option<KubeletConfig>,
    /// Whether no other process serves this installation: what a dead one held is taken over at once.
    pub alone: bool,
    /// How many logs a customer follows at once.
    pub log_streams_per_customer: u32,
    /// How long a query waits for its read model, in milliseconds.
    pub query_patience_ms: u64,
}

impl Settings {
    /// # Errors
    /// Everything that is missing or cannot be read, at once.
    pub fn read(mut env: Environment) -> Result<Self, Problems> {
        env.required("PUBLIC_URL", "where customers reach the API, https://…");
        let public_url: WebUrl = env
            .parse_optional("PUBLIC_URL")
            .unwrap_or_else(WebUrl::unread);
        let panel_url = env.parse("PANEL_URL", public_url.clone());
        let mail = mail::mail(&mut env);
        let workers = sagas::workers(&mut env, &mail);
        let settings = Self {
            listen: env.parse("LISTEN", SocketAddr::from(([0, 0, 0, 0], 8080))),
            metrics_listen: env.parse_optional("METRICS_LISTEN"),
            database_url: Secret::new(env.required_as::<PgConnectOptions>(
                "DATABASE_URL",
                "postgres://… of the application's role",
            )),
            database_connections: env.within("DATABASE_CONNECTIONS", 32, CONNECTIONS),
            nats_url: Secret::new(env.required_as::<ServerAddr>("NATS_URL", "nats://…")),
            nats_ca_file: env.get("NATS_CA_FILE").map(PathBuf::from),
            nats_replicas: env.within("NATS_REPLICAS", 1, 1..=5),
            keys: keys(&mut env),
            password_cost: PasswordCost::default(),
            cluster: cluster::connection(&mut env),
            cluster_settings: cluster::cluster_settings(&mut env),
            cluster_boundary: cluster::cluster_boundary(&mut env),
            network_policies: cluster::network_policies(&mut env),
            reserved_subdomains: cluster::reserved_subdomains(&env, [&public_url, &panel_url]),
            policy: rules::policy(&mut env),
            two_persons: rules::two_persons(&mut env),
            sessions: signing_in::sessions(&mut env),
            attempts: signing_in::attempts(&mut env),
            trusted_proxies: env.within("TRUSTED_PROXIES", 0, 0..=16),
            float_alert: rules::rupiah(&mut env, "FLOAT_ALERT", 800_000_000),
            subdomain_quarantine_days: env.within("SUBDOMAIN_QUARANTINE_DAYS", 30, 0..=3_660),
            recipes: cluster::recipes(&mut env),
            mail_templates_dir: env.get("MAIL_TEMPLATES_DIR").map(PathBuf::from),
            mail,
            app_mail: app_mail(&mut env),
            house: House {
                name: env.get("OPERATOR_NAME").unwrap_or("Purser").to_owned(),
                panel_url,
            },
            issuer: paper::issuer(&mut env),
            midtrans: midtrans(&mut env),
            topup_minutes: env.within("TOPUP_MINUTES", 60, 5..=10_080),
            topup_wait_minutes: env.within("TOPUP_WAIT_MINUTES", 10, 0..=10_080),
            welcome: rules::welcome(&mut env),
            readiness_deadline_ms: sagas::readiness_deadline_ms(&mut env),
            removal_alarm_ms: sagas::removal_alarm_ms(&mut env),
            healing: sagas::healing(&mut env),
            alerts: alerts(&mut env),
            case_owner: env.parse_optional("CASE_OWNER"),
            sweep: cluster::sweep(&mut env),
            workers,
            fleet: cluster::fleet(&mut env),
            usage: measuring::usage(&mut env),
            kubelets: measuring::kubelets(&mut env),
            alone: false,
            log_streams_per_customer: env.within("LOG_STREAMS_PER_CUSTOMER", 3, 0..=1_000),
            query_patience_ms: env.within("QUERY_PATIENCE_MS", 2_000, 0..=60_000),
            public_url,
        };
        env.finish()?;
        Ok(settings)
    }
}

fn alerts(env: &mut Environment) -> Option<Alerts> {
    let locales = [("en", Locale::En), ("id", Locale::Id)];
    let locale = env.choose("ALERT_LOCALE", Locale::En, &locales);
    let to = env.parse_optional("ALERT_EMAIL")?;
    Some(Alerts { to, locale })
}

fn keys(env: &mut Environment) -> Keys {
    let master = env.required(
        "MASTER_KEY",
        "32 random bytes in base64: `openssl rand -base64 32`",
    );
    Keys::parse(&master).unwrap_or_else(|error| {
        if !master.is_empty() {
            env.problem(format!("MASTER_KEY: {error}"));
        }
        Keys::new(&[0; 32])
    })
}
