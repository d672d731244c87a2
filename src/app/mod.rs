//! The composition root: builds every part from the settings, starts what runs in the background, and
//! stops it in order. It alone knows all modules; it decides nothing itself.

mod anchor;
mod background;
mod boundary;
mod clock;
mod error;
mod health;
mod mails;
mod orphans;
mod parts;
mod patience;
mod pods;
mod relay_check;
mod routes;
mod support;
mod sweeps;
mod templates;

use crate::{
    auth::{Accounts, Passwords, Tokens, Vault, WorkerTokens},
    clock::Clock,
    config::Settings,
    fleet::{Hosts, Watcher},
    http::{self, AppHosts, Cors, LogStreams, Metrics, Parts},
    inbox::Inbox,
    kubernetes::{
        BoundaryRule, Cluster, Recipes,
        watch::{NodeWatch, Watch},
    },
    ledger::Books,
    mail::{Letters, Mailer},
    paper::Archive,
    payments::{Midtrans, Notifications},
    relay::{Bus, RelayHealth},
    sagas::{self, Effects, Lately, Observer},
    store::{Appender, AppenderOptions, Reader, States},
    sweep::Sweeper,
    usage::Sampler,
};
use background::Background;
pub use boundary::Boundary;
pub use error::AppError;
use poem::Route;
use purser_projections::views::Views;
use sqlx::PgPool;
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use parts::{ViewFollower, archive, installation, pool, sagas};

/// A running application.
pub struct App {
    pub address: SocketAddr,
    /// Where metrics are read, if not beside the API.
    pub metrics_address: Option<SocketAddr>,
    pub appender: Appender,
    pub states: Arc<States>,
    pub recipes: Arc<Recipes>,
    pub accounts: Accounts,
    pub pool: PgPool,
    pub bus: Bus,
    pub clock: Clock,
    pub relay_health: watch::Receiver<RelayHealth>,
    boundary: watch::Receiver<Boundary>,
    boundary_rule: BoundaryRule,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    ended: watch::Receiver<Option<String>>,
    holder: Uuid,
}

impl App {
    /// Starts everything. `listener` is bound already, so that its address is known; `extra` is served
    /// beside the API, for `purser dev`.
    ///
    /// # Errors
    /// What keeps it from starting. A dependency that is merely away does not.
    pub async fn start(
        settings: Settings,
        clock: Clock,
        listener: TcpListener,
        extra: Option<Route>,
    ) -> Result<Self, AppError> {
        // First, because nothing else is worth starting with recipes that cannot be carried out.
        let recipes = Arc::new(Recipes::load(&settings.recipes)?);
        let listen = settings.listen;
        let address = listener
            .local_addr()
            .map_err(|error| AppError::Listen(listen, error))?;
        let pool = parts::serving_pool(&settings)?;
        let installation = installation(&pool).await?;
        // Before anything goes by it.
        clock::compare(&clock, &pool).await?;
        if settings.alone {
            purser_projections::checkpoint::release_all(&pool).await?;
            sagas::release_all(&pool).await?;
        }
        let bus = Bus::connect(
            settings.nats_url.expose(),
            settings.nats_ca_file.as_deref(),
            installation,
            settings.nats_replicas,
        )
        .await?;
        let appender = Appender::start(pool.clone(), clock.clone(), AppenderOptions::default());
        let states = Arc::new(States::new(pool.clone(), 10_000));
        let vault = Vault::new(pool.clone(), settings.keys.clone());
        let passwords = Passwords::new(settings.password_cost)?;
        let tokens = Tokens::new(&settings.keys, installation);
        let accounts = Accounts::new(
            appender.clone(),
            states.clone(),
            vault.clone(),
            passwords,
            tokens,
            clock.clone(),
            settings.sessions,
        )
        .limited(settings.attempts);
        let cluster = Cluster::connect(settings.cluster.clone()).await?;
        let gateway = Arc::new(Midtrans::new(settings.midtrans.clone())?);

        let stop = CancellationToken::new();
        let holder = Uuid::now_v7();
        let mut background = Background::new(pool.clone(), clock.clone(), holder, stop.clone());
        let watching = clock::watch(clock.clone(), pool.clone(), stop.clone());
        background.keep("clock", tokio::spawn(watching));
        let telling = anchor::tell(Reader::new(pool.clone()), clock.clone(), stop.clone());
        background.keep("anchor", tokio::spawn(telling));
        background.writer(&appender);
        routes::look(&cluster, &settings.cluster_settings).await?;
        if let Some(mail) = settings.app_mail.clone() {
            let closed = settings.cluster_settings.closed_networks.clone();
            let looking = relay_check::look(mail, closed, stop.clone());
            background.tasks.push(tokio::spawn(looking));
        }
        let trial = boundary::find_out(&cluster, &settings).await?;
        let boundary = trial.known();
        let relay_health = background.relay(&bus, &appender);
        let feed = background.feed(&bus, &appender);
        background.views(&feed);
        let watch = Watch::start(cluster.clone());
        let cluster_answers = watch.healthy();
        let keeping = trial.keep(cluster_answers.clone(), stop.clone());
        background.keep("boundary", tokio::spawn(keeping));
        let observer = Observer {
            appender: appender.clone(),
            states: states.clone(),
            clock: clock.clone(),
            cluster: cluster.clone(),
            cluster_settings: settings.cluster_settings.clone(),
        };
        let (watching, token) = (observer.clone(), stop.clone());
        background.keep("observer", tokio::spawn(watching.run(watch, token)));
        let support = background.support(&cluster, &cluster_answers, &settings);
        let pool_label = settings.fleet.pool_label.clone();
        let nodes = NodeWatch::start(cluster.clone(), cluster_answers.clone(), pool_label);
        background.fleet(Watcher::new(
            appender.clone(),
            states.clone(),
            pool.clone(),
            clock.clone(),
            nodes,
            recipes.clone(),
            settings.fleet.clone(),
            installation,
        ));
        background.usage(Sampler::new(
            appender.clone(),
            states.clone(),
            cluster.clone(),
            recipes.clone(),
            settings.cluster_settings.clone(),
            pool.clone(),
            clock.clone(),
            settings.usage.clone(),
            parts::kubelets(&cluster, &settings)?,
        ));
        let archive = Archive::new(states.clone(), vault.clone());
        background.keep_paper(&vault, &clock, settings.issuer.kept_years);
        background
            .numbers(&archive, &appender, &feed, &clock)
            .await?;
        let effects = Arc::new(Effects {
            appender: appender.clone(),
            states: states.clone(),
            pool: pool.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            cluster: cluster.clone(),
            recipes: recipes.clone(),
            cluster_settings: settings.cluster_settings.clone(),
            app_mail: settings.app_mail.clone(),
            gateway: gateway.clone(),
            mailer: Mailer::new(settings.mail.clone())?,
            letters: Letters::load(
                settings.house.clone(),
                settings.mail_templates_dir.as_deref(),
            )?,
            issuer: settings.issuer.clone(),
            archive: archive.clone(),
            alerts: settings.alerts.clone(),
            case_owner: settings.case_owner.clone(),
            panel_url: settings.house.panel_url.to_string(),
            policy: settings.policy,
            topup_wait_minutes: settings.topup_wait_minutes,
            quarantine_days: settings.subdomain_quarantine_days,
            welcome: settings.welcome,
            lately: Lately::default(),
        });
        let strays = Arc::new(orphans::Strays {
            cluster: cluster.clone(),
            settings: settings.cluster_settings.clone(),
            states: states.clone(),
            pool: pool.clone(),
        });
        let allowed = background.effects_allowed(relay_health.clone());
        background.sweep(Sweeper {
            cluster: cluster.clone(),
            states: states.clone(),
            effects: effects.clone(),
            observer: observer.clone(),
            orphans: strays.clone(),
            pool: pool.clone(),
            clock: clock.clone(),
            allowed: allowed.clone(),
            options: settings.sweep,
        });
        let books = Arc::new(Books::new(Reader::new(pool.clone())));
        background.reconcile(parts::daily(
            &settings, &appender, &states, &gateway, &books, &clock, &pool,
        ));
        background.overdue(parts::overdue(&settings, &appender, &pool, &clock));
        let sagas = parts::sagas(&recipes, &(&settings).into());
        background
            .sagas(
                sagas,
                effects,
                &feed,
                &clock,
                cluster_answers.clone(),
                &allowed,
                &settings,
            )
            .await?;

        let parts = Parts {
            appender: appender.clone(),
            states: states.clone(),
            views: Views::new(pool.clone(), settings.query_patience_ms),
            vault: vault.clone(),
            accounts: accounts.clone(),
            top_ups: parts::top_ups(
                &settings, &appender, &states, &vault, &gateway, &clock, &pool,
            ),
            notifications: Notifications::new(
                appender.clone(),
                states.clone(),
                vault,
                gateway,
                Inbox::new(pool.clone(), clock.clone()),
                Reader::new(pool.clone()),
            ),
            orphans: strays,
            sweeps: Arc::new(sweeps::Reports(pool.clone())),
            mails: Arc::new(mails::Sent(pool.clone())),
            pods: Arc::new(pods::Pods::new(
                cluster.clone(),
                recipes.clone(),
                &settings,
                states.clone(),
                accounts.clone(),
                stop.clone(),
            )),
            hosts: Hosts::new(
                appender.clone(),
                states.clone(),
                WorkerTokens::new(&settings.keys),
                pool.clone(),
                clock.clone(),
            ),
            log_streams: Arc::new(LogStreams::new(settings.log_streams_per_customer)),
            policy: settings.policy,
            two_persons: settings.two_persons,
            books,
            archive,
            reserved_subdomains: settings.reserved_subdomains.clone(),
            offered: templates::offered(&recipes),
            templates: templates::templates(&recipes, &settings.cluster_settings.registry),
            app_hosts: AppHosts::new(
                &settings.cluster_settings.cluster_domain,
                settings.public_url.host(),
            ),
            cors: Cors::new(&settings.house.panel_url, &settings.public_url),
            readiness: Arc::new(health::Health {
                pool: pool.clone(),
                appender: appender.clone(),
                clock: clock.clone(),
                bus: bus.clone(),
                relay: relay_health.clone(),
                allowed: allowed.clone(),
                cluster: cluster_answers.clone(),
                boundary: boundary.clone(),
                support: support.clone(),
            }),
            measures: Arc::new(health::Figures {
                pool: pool.clone(),
                clock: clock.clone(),
                relay: relay_health.clone(),
                support,
                boundary: boundary.clone(),
                untaken: Default::default(),
                cluster,
                cluster_answers,
            }),
            metrics: Arc::new(Metrics::default()),
            metrics_apart: settings.metrics_listen.is_some(),
            trusted_proxies: settings.trusted_proxies,
            clock: clock.clone(),
        };
        let metrics_address = background.metrics(settings.metrics_listen, &parts).await?;
        background
            .serve(listener, http::api(parts, extra.unwrap_or_default()))
            .map_err(|error| AppError::Listen(listen, error))?;
        tracing::info!(%address, "serving on {address}");
        let Background { tasks, ended, .. } = background;
        Ok(Self {
            address,
            metrics_address,
            appender,
            states,
            recipes,
            accounts,
            pool,
            bus,
            clock,
            relay_health,
            boundary,
            boundary_rule: settings.cluster_boundary,
            stop,
            tasks,
            ended: ended.subscribe(),
            holder,
        })
    }

    /// Ends when it is found out, after a start without an answer, that there is no boundary where there must be one.
    pub async fn is_unconfined(&self) -> AppError {
        let mut boundary = self.boundary.clone();
        let open = |boundary: &Boundary| matches!(boundary, Boundary::Open(_));
        if self.boundary_rule == BoundaryRule::Enforce
            && let Ok(found) = boundary.wait_for(open).await
            && let Boundary::Open(why) = &*found
        {
            return AppError::Unconfined(why.clone());
        }
        std::future::pending().await
    }

    /// Ends when something that runs in the background has ended by itself: nobody does its work any more.
    pub async fn is_incomplete(&self) -> AppError {
        let mut ended = self.ended.clone();
        if let Ok(ended) = ended.wait_for(Option::is_some).await
            && let Some(name) = &*ended
        {
            return AppError::Incomplete(name.clone());
        }
        std::future::pending().await
    }

    /// Stops in order: no new requests, then what runs in the background, each after what it is at.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a task ended badly"
                );
            }
        }
        parts::let_go(&self.pool, self.holder).await;
    }
}
