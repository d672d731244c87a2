//! The product in threads of its own, where it can die at any moment, and its ends amid something.

use super::{TestApp, app::is_settled, becomes, store::pool, until};
use purser::{app::App, standins::kubernetes::Outage};
use purser_projections::checkpoint;
use std::{pin::pin, time::Duration};
use tokio::{net::TcpListener, runtime::Runtime, task::spawn_blocking};

impl TestApp {
    /// From now on it has threads of its own, and can die.
    pub(crate) async fn starts_apart(&mut self) {
        self.stops().await;
        let address = self.wire.api.strip_prefix("http://").unwrap().to_owned();
        let runtime = Runtime::new().unwrap();
        let (settings, clock) = (self.settings.clone(), self.clock.clone());
        let listener = until("its address is free", async || {
            std::net::TcpListener::bind(&address).ok()
        });
        let listener = listener.await;
        listener.set_nonblocking(true).unwrap();
        let started = runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            App::start(settings, clock, listener, None).await
        });
        self.app = Some(started.await.unwrap().unwrap());
        self.apart = Some(runtime);
    }

    /// Nothing that it was about to do is done any more, and it is started anew. Its leases would end by themselves a minute
    /// later; they end here, because nobody is left who could rely on them.
    pub(crate) async fn dies_and_starts(&mut self) {
        if let Some(runtime) = self.apart.take() {
            let ends = move || runtime.shutdown_timeout(Duration::from_secs(30));
            spawn_blocking(ends).await.unwrap();
        }
        self.app = None;
        let pool = pool(&self.database.urls.app);
        checkpoint::release_all(&pool).await.unwrap();
        pool.close().await;
        self.starts_apart().await;
    }

    /// Stops while an effect waits for a cluster that hangs: other processes take its work over before it has come to an end.
    pub(crate) async fn stops_amid_an_effect(&mut self) {
        let pool = pool(&self.database.urls.app);
        let mut stopping = pin!(self.app.take().unwrap().stop());
        let given_up = becomes("its leases are given up", async || {
            let held = "select count(*) from checkpoints where holder is not null";
            let held: i64 = sqlx::query_scalar(held).fetch_one(&pool).await.unwrap();
            held == 0
        });
        tokio::select! {
            () = &mut stopping => panic!("it did not wait for the effect"),
            () = given_up => {}
        }
        self.kubernetes.set_outage(Outage::None);
        stopping.await;
        pool.close().await;
    }

    /// Whether nothing is due, nothing left to do, and everybody at the head.
    pub(crate) async fn is_at_rest(&self) -> bool {
        let pool = &self.app().pool;
        let due = sqlx::query_scalar("select exists (select from timers where due_at <= $1)");
        let due: bool = due.bind(self.clock.now()).fetch_one(pool).await.unwrap();
        !due && is_settled(pool).await
    }

    /// What keeps it from rest.
    pub(crate) async fn what_is_left(&self) -> Vec<String> {
        let left = "select saga || ' ' || status || ' ' || coalesce(last_error, '') from effects where status in ('waiting', 'running')
            union all select name || ' ' || position from checkpoints";
        let left = sqlx::query_scalar(left).fetch_all(&self.app().pool);
        left.await.unwrap()
    }
}
