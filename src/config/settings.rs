//! What `purser serve` runs with. Names are those that operators know; defaults stand here.

use super::{
    Environment, Problems, Secret, apart, app_mail::app_mail, gateway::midtrans, measuring, paper,
    sagas, signing_in,
};
use crate::{
    auth::{AttemptLimits, Keys, PasswordCost, SessionTimes},
    fleet::FleetOptions,
    kubernetes::{
        AppMail, BoundaryRule, ClusterSettings, ImageChoices, KubeletConfig, KubernetesConfig,
        NetworkPolicies, RecipeSource, RouteBy,
    },
    mail::{House, MailConfig, MailTls},
    paper::Issuer,
    payments::MidtransConfig,
    pod_security,
    sagas::{Alerts, Healing, WelcomeBonus, WorkerOptions},
    sweep::{OrphanPolicy, SweepOptions},
    usage::UsageOptions,
};
use purser_domain::{
    Rupiah,
    decisions::{Policy, TwoPersons},
    user::Locale,
};
use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

/// Everything that the application is told; nobody else reads the environment.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Where metrics are read; beside the API where it is missing.
    pub metrics_listen: Option<SocketAddr>,
    /// Where customers reach the API, without a slash at the end.
    pub public_url: String,
    pub database_url: Secret,
    pub database_connections: u32,
    pub nats_url: Secret,
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
        let public_url = env.required("PUBLIC_URL", "where customers reach the API, https://…");
        let settings = Self {
            listen: env.parse("LISTEN", SocketAddr::from(([0, 0, 0, 0], 8080))),
            metrics_listen: env.parse_optional("METRICS_LISTEN"),
            database_url: env.secret("DATABASE_URL", "postgres://… of the application's role"),
            database_connections: env.parse("DATABASE_CONNECTIONS", 32),
            nats_url: env.secret("NATS_URL", "nats://…"),
            nats_replicas: env.parse("NATS_REPLICAS", 1),
            keys: keys(&mut env),
            password_cost: PasswordCost::default(),
            cluster: KubernetesConfig {
                kubeconfig_path: env.get("KUBECONFIG_PATH").map(PathBuf::from),
                request_timeout_ms: env.parse("K8S_TIMEOUT_MS", 10_000),
            },
            cluster_settings: cluster_settings(&mut env),
            cluster_boundary: cluster_boundary(&mut env),
            network_policies: network_policies(&mut env),
            reserved_subdomains: reserved_subdomains(&env, &public_url),
            policy: policy(&mut env),
            two_persons: two_persons(&mut env),
            sessions: signing_in::sessions(&mut env),
            attempts: signing_in::attempts(&mut env),
            trusted_proxies: env.within("TRUSTED_PROXIES", 0, 0..=16),
            float_alert: rupiah(&mut env, "FLOAT_ALERT", 800_000_000),
            subdomain_quarantine_days: env.within("SUBDOMAIN_QUARANTINE_DAYS", 30, 0..=3_660),
            recipes: recipes(&mut env),
            mail_templates_dir: env.get("MAIL_TEMPLATES_DIR").map(PathBuf::from),
            mail: mail(&mut env),
            app_mail: app_mail(&mut env),
            house: House {
                name: env.get("OPERATOR_NAME").unwrap_or("Purser").to_owned(),
                panel_url: env
                    .get("PANEL_URL")
                    .unwrap_or(&public_url)
                    .trim_end_matches('/')
                    .to_owned(),
            },
            issuer: paper::issuer(&mut env),
            midtrans: midtrans(&mut env),
            topup_minutes: env.within("TOPUP_MINUTES", 60, 5..=10_080),
            topup_wait_minutes: env.within("TOPUP_WAIT_MINUTES", 10, 0..=10_080),
            welcome: welcome(&mut env),
            readiness_deadline_ms: sagas::readiness_deadline_ms(&mut env),
            removal_alarm_ms: sagas::removal_alarm_ms(&mut env),
            healing: sagas::healing(&mut env),
            alerts: alerts(&mut env),
            sweep: sweep(&mut env),
            workers: WorkerOptions {
                workers: env.parse("WORKERS", 8),
                ..WorkerOptions::default()
            },
            fleet: fleet(&mut env),
            usage: measuring::usage(&mut env),
            kubelets: measuring::kubelets(&mut env),
            alone: false,
            log_streams_per_customer: env.parse("LOG_STREAMS_PER_CUSTOMER", 3),
            query_patience_ms: env.parse("QUERY_PATIENCE_MS", 2_000),
            public_url: public_url.trim_end_matches('/').to_owned(),
        };
        env.finish()?;
        Ok(settings)
    }
}

pub(super) fn policy(env: &mut Environment) -> Policy {
    let default = Policy::default();
    Policy {
        grace_days: env.within("GRACE_DAYS", default.grace_days, 0..=366),
        keep_days: env.within("SUSPENDED_DAYS", default.keep_days, 1..=3_660),
        notice_days: env.within("PRICE_NOTICE_DAYS", default.notice_days, 0..=3_660),
        low_credit_days: env.within("LOW_CREDIT_DAYS", default.low_credit_days, 1..=28),
        full_refund_hours: env.within("FULL_REFUND_HOURS", default.full_refund_hours, 0..=8_784),
        lost_minutes: env.within("LOST_DAY_MINUTES", default.lost_minutes, 15..=1_440),
        keep_volume: env.parse("DOWNGRADE_KEEPS_VOLUME", default.keep_volume),
        vat: paper::vat(env),
    }
}

fn two_persons(env: &mut Environment) -> TwoPersons {
    let default = TwoPersons::default();
    TwoPersons {
        above: rupiah(env, "APPROVAL_ABOVE", default.above.get()),
        hours: env.within("APPROVAL_HOURS", default.hours, 1..=8_784),
    }
}

fn rupiah(env: &mut Environment, name: &str, default: i64) -> Rupiah {
    let amount = env.parse(name, default);
    Rupiah::try_from(amount).unwrap_or_else(|error| {
        env.problem(format!("{name}: {error}"));
        Rupiah::ZERO
    })
}

fn welcome(env: &mut Environment) -> Option<WelcomeBonus> {
    let amount: u32 = env.parse("WELCOME_BONUS", 0);
    let amount = Rupiah::try_from(i64::from(amount)).ok()?;
    let days = env.within("WELCOME_BONUS_DAYS", 30, 1..=3_660);
    (!amount.is_zero()).then_some(WelcomeBonus { amount, days })
}

fn sweep(env: &mut Environment) -> SweepOptions {
    let after_minutes: u32 = env.parse("ORPHAN_AFTER_MINUTES", 1_440);
    let after_ms = i64::from(after_minutes) * 60_000;
    let policies = [
        ("report", OrphanPolicy::Report),
        ("remove", OrphanPolicy::Remove { after_ms }),
    ];
    let default = SweepOptions::default();
    SweepOptions {
        every_ms: env.parse::<u64>("SWEEP_SECONDS", default.every_ms / 1_000) * 1_000,
        repairs: env.parse("SWEEP_REPAIRS", default.repairs),
        orphans: env.choose("ORPHAN_POLICY", default.orphans, &policies),
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

fn cluster_settings(env: &mut Environment) -> ClusterSettings {
    let text =
        |env: &Environment, name: &str, default: &str| env.get(name).unwrap_or(default).to_owned();
    let pod_security_version = text(env, "K8S_POD_SECURITY_VERSION", "v1.34");
    if pod_security::minor(&pod_security_version).is_none() {
        env.problem(format!(
            "K8S_POD_SECURITY_VERSION is {pod_security_version:?}; it is a version like v1.34"
        ));
    }
    ClusterSettings {
        namespace_prefix: text(env, "K8S_NAMESPACE_PREFIX", "customer-"),
        pod_security_version,
        cluster_domain: env.required(
            "K8S_CLUSTER_DOMAIN",
            "the domain under which apps are reached",
        ),
        route: route(env),
        registry: text(env, "TEMPLATE_REGISTRY", ""),
        service_account: text(env, "K8S_SERVICE_ACCOUNT", "purser"),
        service_account_namespace: text(env, "K8S_SERVICE_ACCOUNT_NAMESPACE", "purser"),
        gateway_namespace: text(env, "K8S_GATEWAY_NAMESPACE", "gateway-system"),
        gateway_pod_labels: apart::labels(env, "K8S_GATEWAY_POD_LABELS"),
        closed_networks: apart::networks(env, "CLOSED_NETWORKS"),
    }
}

fn route(env: &mut Environment) -> RouteBy {
    let class = env.get("K8S_INGRESS_CLASS").unwrap_or("traefik").to_owned();
    let kinds = [("ingress", false), ("gateway", true)];
    if !env.choose("ROUTE_KIND", false, &kinds) {
        return RouteBy::Ingress { class };
    }
    let namespace = env.get("GATEWAY_NAMESPACE");
    let namespace = namespace.or(env.get("K8S_GATEWAY_NAMESPACE"));
    RouteBy::Gateway {
        namespace: namespace.unwrap_or("gateway-system").to_owned(),
        name: env.required("GATEWAY_NAME", "the Gateway that routes belong to"),
    }
}

fn cluster_boundary(env: &mut Environment) -> BoundaryRule {
    let words = [
        ("enforce", BoundaryRule::Enforce),
        ("warn", BoundaryRule::Warn),
    ];
    env.choose("CLUSTER_BOUNDARY", BoundaryRule::Enforce, &words)
}

fn network_policies(env: &mut Environment) -> NetworkPolicies {
    let words = [
        ("enforced", NetworkPolicies::Enforced),
        ("unverified", NetworkPolicies::Unverified),
        ("unenforced", NetworkPolicies::Unenforced),
    ];
    env.choose("NETWORK_POLICIES", NetworkPolicies::Unverified, &words)
}

/// What the operator names, and where the installation's own addresses stand among the apps'.
fn reserved_subdomains(env: &Environment, public_url: &str) -> BTreeSet<String> {
    let domain = env.get("K8S_CLUSTER_DOMAIN").unwrap_or_default();
    let own = [public_url, env.get("PANEL_URL").unwrap_or_default()];
    let own = own.into_iter().filter_map(|url| {
        let host = url.split_once("://")?.1.split(['/', ':']).next()?;
        let name = host.strip_suffix(domain)?.strip_suffix('.')?;
        name.rsplit('.').next()
    });
    let named = env.get("RESERVED_SUBDOMAINS").unwrap_or_default();
    let named = named.split(|letter: char| letter == ',' || letter.is_whitespace());
    own.chain(named)
        .filter(|name| !name.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The recipes that the settings name, for whoever needs nothing else of them.
pub fn recipes(env: &mut Environment) -> RecipeSource {
    RecipeSource {
        directory: env.get("TEMPLATES_DIR").map(PathBuf::from),
        images: env.parse("TEMPLATE_IMAGES", ImageChoices::default()),
    }
}

pub(super) fn fleet(env: &mut Environment) -> FleetOptions {
    let options = FleetOptions {
        degraded_after_ms: env.parse("WORKER_DEGRADED_AFTER_MS", 60_000),
        offline_after_ms: env.parse("WORKER_OFFLINE_AFTER_MS", 180_000),
        pool_label: env
            .get("WORKER_POOL_LABEL")
            .unwrap_or("purser.example/pool")
            .to_owned(),
        hold_sales: env.parse("WORKER_HOLD_SALES", true),
        drain_deadline_ms: env.parse::<u32>("WORKER_DRAIN_MS", 3_600_000).into(),
    };
    if options.degraded_after_ms >= options.offline_after_ms {
        env.problem("WORKER_DEGRADED_AFTER_MS is not below WORKER_OFFLINE_AFTER_MS");
    }
    options
}

fn mail(env: &mut Environment) -> MailConfig {
    let tls = [
        ("none", MailTls::None),
        ("starttls", MailTls::StartTls),
        ("implicit", MailTls::Implicit),
    ];
    MailConfig {
        host: env.required("SMTP_HOST", "the mail server"),
        port: env.parse("SMTP_PORT", 587),
        user: env.get("SMTP_USER").map(str::to_owned),
        password: env.get("SMTP_PASS").map(Secret::new),
        tls: env.choose("SMTP_TLS", MailTls::StartTls, &tls),
        from: env.required("MAIL_FROM", "`Name <address>` of the sender"),
        timeout_ms: env.parse("SMTP_TIMEOUT_MS", 20_000),
    }
}
