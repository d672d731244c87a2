//! Small pieces that join one module's shape to another's.

use super::AppError;
use crate::{
    auth::{Keys, Vault},
    clock::Clock,
    config::{SagaOptions, Settings},
    kubernetes::{Cluster, KubeletError, Kubelets, Recipe, Recipes, Stage},
    ledger::Books,
    overdue::Overdue,
    paper::Archive,
    payments::{Midtrans, PageSettings, TopUps},
    reconcile::{Daily, PATIENCE_MS, Reconciler},
    relay::{ApplyError, Follower},
    sagas::{self, AnySaga, Road},
    store::{Appender, Reader, States, Turns},
};
use async_trait::async_trait;
use purser_domain::{Recorded, instance::Step};
use purser_projections::{ProjectionError, ReadModel, views::Views};
use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{io, sync::Arc, time::Duration};
use uuid::Uuid;

/// A read model as a follower of the history.
pub struct ViewFollower(pub Arc<dyn ReadModel>);

#[async_trait]
impl Follower for ViewFollower {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn concerns(&self, event: &Recorded) -> bool {
        self.0.concerns(event)
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        let events: Vec<Recorded> = events.iter().map(|event| (*event).clone()).collect();
        self.0
            .project(rows, &events)
            .await
            .map_err(|error| match error {
                ProjectionError::Database(error) => ApplyError::Database(error),
                ProjectionError::Event {
                    position,
                    ref source,
                    ..
                } => ApplyError::Event {
                    position,
                    reason: source.to_string(),
                },
                ProjectionError::Shape => ApplyError::Event {
                    position: events.first().map_or(0, |event| event.position),
                    reason: error.to_string(),
                },
            })
    }
}

/// What the server is told of every session of a process that serves, beside the search path. A process that vanishes without
/// a word leaves locks behind: its sessions are to end soon. Nothing that serving asks takes a minute, and none of its
/// transactions waits for anything but the database and, for a document, the processor. What reads the whole history
/// (`verify`, `rebuild`, `migrate`) has sessions of its own.
const SESSION: [(&str, &str); 7] = [
    ("statement_timeout", "60s"),
    // No more than the writer waits for: the lock that appending takes is one as well.
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "60s"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30s"),
];

/// How long a connection is asked whether it is still there.
const THERE: Duration = Duration::from_secs(1);
/// A connection that answered so short a time ago is there.
const FRESH: Duration = Duration::from_secs(1);
/// How long is waited, at the end, until leases are given up and connections closed.
const LET_GO: Duration = Duration::from_secs(5);

/// A pool with the application's rights and search path.
///
/// # Errors
/// A URL that is none.
pub fn pool(url: &str, connections: u32) -> Result<PgPool, AppError> {
    let options: PgConnectOptions = url.parse().map_err(AppError::DatabaseUrl)?;
    Ok(pool_of(options, connections))
}

/// The pool of a process that serves: bounded in what it may ask.
pub(super) fn serving_pool(settings: &Settings) -> Result<PgPool, AppError> {
    let url = settings.database_url.expose();
    let options: PgConnectOptions = url.parse().map_err(AppError::DatabaseUrl)?;
    let options = options.options(SESSION);
    Ok(pool_of(options, settings.database_connections))
}

fn pool_of(options: PgConnectOptions, connections: u32) -> PgPool {
    let options = options
        .options([("search_path", "views,work,public")])
        .application_name("purser");
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // As the pool itself would ask, but not for ever: the way may be gone without anybody having said so. And not each
        // time, because it asks after every use as well.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                match known.idle_for > FRESH {
                    true => in_time(connection.ping()).await,
                    false => Ok(true),
                }
            })
        })
        // What came back amid a statement has to come to its end before the pool asks, which it does without a limit: its
        // place would never be free again. Where nothing is under way this sends nothing.
        .after_release(|connection, _| Box::pin(in_time(connection.flush())))
        .connect_lazy_with(options)
}

/// Whether the other end is there, by this answer of its.
async fn in_time(answer: impl Future<Output = sqlx::Result<()>>) -> sqlx::Result<bool> {
    let answered = tokio::time::timeout(THERE, answer).await;
    answered.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))?;
    Ok(true)
}

/// Gives up what other processes wait for: a lease that nobody renews ends by itself, only later.
pub(super) async fn give_up_leases(pool: &PgPool, holder: Uuid) {
    let given_up = purser_projections::checkpoint::release(pool, holder);
    let why = match tokio::time::timeout(LET_GO, given_up).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => crate::chain_of(&error),
        Err(_) => "the database does not answer".to_owned(),
    };
    tracing::debug!("leases were not given up, they end by themselves: {why}");
}

/// Gives up this process's connections to the database.
pub(super) async fn let_go(pool: &PgPool) {
    if tokio::time::timeout(LET_GO, pool.close()).await.is_err() {
        tracing::warn!("the database was not let go of in time, its connections are left behind");
    }
}

/// The id of the installation that this database belongs to.
///
/// # Errors
/// The database's error.
pub async fn installation(pool: &PgPool) -> sqlx::Result<Uuid> {
    sqlx::query_scalar("select id from work.installation")
        .fetch_one(pool)
        .await
}

/// The documents of an installation.
pub fn archive(pool: &PgPool, keys: Keys) -> Archive {
    let states = Arc::new(States::new(pool.clone(), 100));
    Archive::new(states, Vault::new(pool.clone(), keys))
}

/// Who knows how full volumes are, where the settings say that they are asked.
pub(super) fn kubelets(
    cluster: &Cluster,
    settings: &Settings,
) -> Result<Option<Kubelets>, KubeletError> {
    let config = settings.kubelets.clone();
    config
        .map(|config| Kubelets::new(cluster.clone(), config))
        .transpose()
}

/// How long what is asked of an app that ran may take, in milliseconds while the cluster answers. Shorter than an order: no
/// volume is made and hardly an image pulled, and until it is over its customer can ask for nothing else. What goes on after
/// that goes on, and while its pod is still starting, which an update's migrations are part of, it is not given up.
const OPERATION_DEADLINE_MS: i64 = 600_000;

/// The sagas of this build.
pub fn sagas(recipes: &Recipes, options: &SagaOptions) -> Vec<Arc<dyn AnySaga>> {
    let deadline_ms = options.readiness_deadline_ms;
    let roads = recipes
        .iter()
        .map(|recipe| (recipe.name.clone(), road(recipe, deadline_ms)))
        .collect();
    vec![
        Arc::new(sagas::Purchase::new(roads, options.removal_alarm_ms)),
        Arc::new(sagas::Operation {
            deadline_ms: deadline_ms.unwrap_or(OPERATION_DEADLINE_MS),
        }),
        Arc::new(sagas::Holds),
        Arc::new(options.healing),
        Arc::new(sagas::Payment),
        Arc::new(sagas::Letters),
        Arc::new(sagas::NodeWishes {
            drain_deadline_ms: options.drain_deadline_ms,
        }),
        Arc::new(sagas::UsageLetters),
        Arc::new(sagas::Renewal {
            low_credit_days: options.low_credit_days,
        }),
        Arc::new(sagas::Prices),
        Arc::new(sagas::Arrears),
        Arc::new(sagas::Papers),
        Arc::new(sagas::Approvals),
        Arc::new(sagas::Welcome),
        Arc::new(sagas::Expiry),
        Arc::new(sagas::Erasure),
    ]
}

/// The steps of a recipe, and how long they may take.
pub(super) fn road(recipe: &Recipe, deadline_ms: Option<i64>) -> Road {
    let step = |stage| {
        Some(match stage {
            Stage::Namespace => Step::Namespace,
            Stage::Guards => Step::Guards,
            Stage::Secret => Step::Secret,
            Stage::Database => Step::Database,
            Stage::Owner => Step::Owner,
            Stage::App => Step::App,
            Stage::Handover => Step::Handover,
            Stage::Route => Step::Route,
            Stage::Reset => return None,
        })
    };
    Road {
        steps: recipe.stages().into_iter().filter_map(step).collect(),
        deadline_ms: deadline_ms.unwrap_or(i64::from(recipe.deadline_seconds) * 1_000),
    }
}

pub(super) fn top_ups(
    settings: &Settings,
    appender: &Appender,
    states: &Arc<States>,
    vault: &Vault,
    gateway: &Arc<Midtrans>,
    clock: &Clock,
    pool: &PgPool,
) -> TopUps {
    let page = PageSettings {
        open_minutes: settings.topup_minutes,
        finish_url: format!("{}/top-ups/", settings.house.panel_url),
    };
    TopUps::new(
        appender.clone(),
        states.clone(),
        vault.clone(),
        gateway.clone(),
        clock.clone(),
        page,
        Turns::new(pool.clone()),
    )
}

pub(super) fn daily(
    settings: &Settings,
    appender: &Appender,
    states: &Arc<States>,
    gateway: &Arc<Midtrans>,
    books: &Arc<Books>,
    clock: &Clock,
    pool: &PgPool,
) -> Daily {
    Daily {
        reconciler: Reconciler {
            states: states.clone(),
            reader: Reader::new(pool.clone()),
            gateway: gateway.clone(),
            books: books.clone(),
            views: Views::new(pool.clone(), PATIENCE_MS),
        },
        appender: appender.clone(),
        pool: pool.clone(),
        clock: clock.clone(),
        float_alert: settings.float_alert,
        wait_minutes: settings.topup_wait_minutes,
    }
}

pub(super) fn overdue(
    settings: &Settings,
    appender: &Appender,
    pool: &PgPool,
    clock: &Clock,
) -> Overdue {
    Overdue {
        pool: pool.clone(),
        appender: appender.clone(),
        clock: clock.clone(),
        policy: settings.policy,
    }
}
