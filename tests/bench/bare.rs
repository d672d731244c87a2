//! The crates as they come: `CqrsFramework` on postgres-es' event store, with the same aggregates and
//! commands. Conflicts are made good by the caller, who tries again at once.

use crate::{
    load::{Load, Window, drive},
    report::Work,
    servers::{Store, pool},
    world::{credit, start_session},
};
use cqrs_es::{Aggregate, AggregateError, CqrsFramework, persist::PersistedEventStore};
use postgres_es::PostgresEventRepository;
use purser_domain::{
    Rupiah, Stream,
    decisions::One,
    ids::{UserId, WalletId},
    wallet::{Wallet, WalletCommand},
};
use sqlx::{Executor as _, PgPool, postgres::PgConnectOptions};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// Two cores serve no more at a time, and with one a caller the crates are slower.
const CONNECTIONS: usize = 16;

type Framework<A> = CqrsFramework<A, PersistedEventStore<PostgresEventRepository, A>>;

pub(crate) struct Bare {
    owner: PgConnectOptions,
}

impl Bare {
    /// The tables as postgres-es documents them.
    pub(crate) async fn prepare(store: &Store) -> anyhow::Result<Self> {
        store
            .owner
            .execute(
                "create table bare_events (
                   aggregate_type text not null, aggregate_id text not null,
                   sequence bigint check (sequence >= 0) not null,
                   event_type text not null, event_version text not null,
                   payload json not null, metadata json not null,
                   primary key (aggregate_type, aggregate_id, sequence));
                 create table bare_snapshots (
                   aggregate_type text not null, aggregate_id text not null,
                   last_sequence bigint check (last_sequence >= 0) not null,
                   current_snapshot bigint check (current_snapshot >= 0) not null,
                   payload json not null,
                   primary key (aggregate_type, aggregate_id, last_sequence))",
            )
            .await?;
        Ok(Self {
            owner: store.urls.owner.parse()?,
        })
    }

    pub(crate) async fn run(
        &self,
        work: Work,
        callers: usize,
        window: Window,
    ) -> anyhow::Result<Load> {
        let connections = u32::try_from(callers.min(CONNECTIONS))?;
        let pool = pool(connections).connect_with(self.owner.clone()).await?;
        let load = if work == Work::Hot {
            let owner = UserId::new(Uuid::now_v7());
            let wallet_id = WalletId::of(owner);
            let framework = framework::<Wallet>(&pool);
            let open = One::<Wallet> {
                id: wallet_id,
                command: WalletCommand::Open { owner },
            };
            accepted(&framework, open).await?;
            let amount = Rupiah::try_from(50_000)?;
            let call = move || {
                let framework = framework.clone();
                async move { accepted(&framework, credit(wallet_id, amount)).await }
            };
            drive(callers, window, call).await?
        } else {
            let framework = framework(&pool);
            let user_id = UserId::new(Uuid::now_v7());
            let call = move || {
                let framework = framework.clone();
                async move { accepted(&framework, start_session(user_id)).await }
            };
            drive(callers, window, call).await?
        };
        pool.close().await;
        Ok(load)
    }
}

fn framework<A: Aggregate<Services = ()>>(pool: &PgPool) -> Arc<Framework<A>> {
    let repository = PostgresEventRepository::new(pool.clone());
    let repository = repository.with_tables("bare_events", "bare_snapshots");
    let store = PersistedEventStore::new_event_store(repository);
    Arc::new(CqrsFramework::new(store, vec![], ()))
}

/// Tries until it is accepted, and says how often it was not.
async fn accepted<A>(framework: &Framework<A>, one: One<A>) -> anyhow::Result<u64>
where
    A: Stream + 'static,
    A::Command: Clone,
{
    let id = one.id.to_string();
    let mut conflicts = 0;
    loop {
        let outcome = framework
            .execute_with_metadata(&id, one.command.clone(), metadata())
            .await;
        match outcome {
            Ok(()) => return Ok(conflicts),
            Err(AggregateError::AggregateConflict) => conflicts += 1,
            Err(error) => return Err(anyhow::anyhow!("bare cqrs-es: {error}")),
        }
    }
}

/// The same five facts that Purser's events carry.
fn metadata() -> HashMap<String, String> {
    let id = Uuid::now_v7().to_string();
    let mut metadata: HashMap<String, String> =
        ["event_id", "correlation_id", "causation_id", "command_id"]
            .into_iter()
            .map(|name| (name.to_owned(), id.clone()))
            .collect();
    metadata.insert("actor".to_owned(), "system:bench".to_owned());
    metadata
}
