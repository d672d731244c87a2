//! Purser: the appender with the domain's own decisions.

use crate::{
    load::{Load, Window, drive},
    report::Work,
    servers::Store,
    world::{World, command, credit, start_session},
};
use purser::{
    clock::Clock,
    store::{Appender, AppenderOptions},
};
use purser_domain::{
    Rupiah,
    decisions::One,
    ids::{UserId, WalletId},
    wallet::{Wallet, WalletCommand},
};
use sqlx::PgPool;
use uuid::Uuid;

pub(crate) struct Ours {
    appender: Appender,
    pool: PgPool,
    world: World,
}

/// What one new session looks like in the table.
#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) payload: String,
    pub(crate) metadata: String,
}

impl Ours {
    pub(crate) async fn prepare(store: &Store, users: usize) -> anyhow::Result<Self> {
        let options = AppenderOptions::default();
        let appender = Appender::start(store.app.clone(), Clock::default(), options);
        Ok(Self {
            world: World::prepare(&appender, users).await?,
            pool: store.app.clone(),
            appender,
        })
    }

    /// The row of a decision on a new stream, for those who are to insert the same.
    pub(crate) async fn any_new(&self) -> anyhow::Result<Row> {
        let user_id = UserId::new(Uuid::now_v7());
        let done = self
            .appender
            .execute(command(start_session(user_id)))
            .await?;
        let select = "select payload::text, metadata::text from events where position = $1";
        let row = sqlx::query_as(select).bind(done.position);
        Ok(row.fetch_one(&self.pool).await?)
    }

    pub(crate) async fn run(
        &self,
        work: Work,
        callers: usize,
        window: Window,
    ) -> anyhow::Result<Load> {
        let appender = self.appender.clone();
        match work {
            Work::New => {
                let user_id = UserId::new(Uuid::now_v7());
                let call = move || {
                    let appender = appender.clone();
                    async move {
                        appender.execute(command(start_session(user_id))).await?;
                        Ok(0)
                    }
                };
                drive(callers, window, call).await
            }
            Work::Purchase => {
                let mut world = self.world.clone();
                world.open_shop(&appender).await?;
                let call = move || {
                    let (appender, world) = (appender.clone(), world.clone());
                    async move {
                        appender.execute(command(world.purchase()?)).await?;
                        Ok(0)
                    }
                };
                drive(callers, window, call).await
            }
            Work::Hot => {
                let owner = UserId::new(Uuid::now_v7());
                let wallet_id = WalletId::of(owner);
                let open = One::<Wallet> {
                    id: wallet_id,
                    command: WalletCommand::Open { owner },
                };
                appender.execute(command(open)).await?;
                let amount = Rupiah::try_from(50_000)?;
                let call = move || {
                    let appender = appender.clone();
                    async move {
                        appender.execute(command(credit(wallet_id, amount))).await?;
                        Ok(0)
                    }
                };
                drive(callers, window, call).await
            }
        }
    }
}
