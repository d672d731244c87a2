//! The whole product in this process, on a database of its own, with stand-ins for the outside. It is
//! spoken to over HTTP alone, and no test is over before everything adds up.

use super::{
    becomes, database, deploy, nats_url,
    person::{PASSWORD, Person},
    servers::Database,
    wire::Wire,
};
use purser::{
    app::{App, archive},
    auth::{NewAccount, PasswordCost},
    clock::Clock,
    config::{Environment, Settings},
    standins::{
        kubernetes::{self, KubernetesStandin},
        mailbox::{self, MailboxStandin},
        midtrans::{self, MidtransStandin},
    },
    store::{Asking, Reader},
    verify::{Report, verify, verify_pdfs},
};
use purser_domain::{
    Actor,
    period::day_begins,
    user::{Locale, Role},
};
use serde_json::json;
use sqlx::PgPool;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, runtime::Runtime};
use uuid::Uuid;

pub(crate) const SERVER_KEY: &str = "SB-Mid-server-test";
/// How many the stand-in cluster has.
const NODES: i64 = 3;
const CLUSTER_DOMAIN: &str = "apps.purser.test";
const MERCHANT: &str = "G000000001";
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A folder that goes with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("e2e-{}", Uuid::now_v7().simple());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) struct TestApp {
    pub(super) app: Option<App>,
    /// Where it lives, if it is to die.
    pub(super) apart: Option<Runtime>,
    pub(crate) wire: Wire,
    pub(crate) clock: Clock,
    pub(crate) database: Database,
    pub(crate) kubernetes: KubernetesStandin,
    pub(crate) midtrans: MidtransStandin,
    pub(crate) mailbox: MailboxStandin,
    pub(crate) settings: Settings,
    folder: Folder,
}

/// The product as most tests want it.
pub(crate) async fn app() -> TestApp {
    app_with(|_| ()).await
}

/// The product with other settings.
pub(crate) async fn app_with(change: impl FnOnce(&mut Settings)) -> TestApp {
    start(false, change).await
}

/// The product with the rights that `deploy/` gives it, on a cluster where they count a moment later.
pub(crate) async fn app_as_installed(change: impl FnOnce(&mut Settings)) -> TestApp {
    start(true, change).await
}

async fn start(installed: bool, change: impl FnOnce(&mut Settings)) -> TestApp {
    purser::choose_crypto();
    let (database, nats) = (database().await, nats_url().await);
    let (folder, clock) = (Folder::new(), super::clock());
    let now = clock.clone();
    let kubernetes = KubernetesStandin::start(kubernetes::Options {
        listen: LOOPBACK,
        state_file: None,
        pod_start_ms: 20,
    });
    let kubernetes = kubernetes.await.unwrap();
    let midtrans = MidtransStandin::start(midtrans::Options {
        listen: LOOPBACK,
        server_key: SERVER_KEY.into(),
        client_key: "SB-Mid-client-test".into(),
        merchant_id: MERCHANT.into(),
        notification_url: None,
        retry_scale: 1.0 / 6_000.0,
        state_file: None,
        now: Arc::new(move || now.now()),
    });
    let midtrans = midtrans.await.unwrap();
    let mailbox = MailboxStandin::start(mailbox::Options {
        smtp_listen: LOOPBACK,
        http_listen: LOOPBACK,
        state_file: None,
    });
    let mailbox = mailbox.await.unwrap();
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let wire = Wire::new(
        &api,
        midtrans.url(),
        mailbox.url(),
        &kubernetes.kubeconfig(),
    );
    let kubeconfig = folder.path().join("kubeconfig");
    let way = if installed {
        deploy::install(&wire).await;
        kubernetes.configure(kubernetes::Settings {
            rbac_lag_ms: 30,
            ..kubernetes.settings()
        });
        kubernetes.kubeconfig_of("purser", "purser").unwrap()
    } else {
        kubernetes.kubeconfig()
    };
    std::fs::write(&kubeconfig, way).unwrap();
    let smtp = mailbox.smtp_addr();
    let values = [
        ("PUBLIC_URL", api.clone()),
        ("DATABASE_URL", database.urls.app.clone()),
        ("DATABASE_CONNECTIONS", "12".into()),
        ("NATS_URL", nats.into()),
        ("MASTER_KEY", MASTER_KEY.into()),
        ("KUBECONFIG_PATH", kubeconfig.to_str().unwrap().into()),
        ("K8S_CLUSTER_DOMAIN", CLUSTER_DOMAIN.into()),
        // The administrator is held back by nothing.
        (
            "CLUSTER_BOUNDARY",
            if installed { "enforce" } else { "warn" }.into(),
        ),
        ("SMTP_HOST", smtp.ip().to_string()),
        ("SMTP_PORT", smtp.port().to_string()),
        ("SMTP_TLS", "none".into()),
        // Everybody comes from one place here.
        ("SIGN_IN_ATTEMPTS", "0".into()),
        ("SIGN_UPS_AN_HOUR", "0".into()),
        ("MAIL_FROM", "Purser <no-reply@purser.test>".into()),
        ("MIDTRANS_SERVER_KEY", SERVER_KEY.into()),
        ("MIDTRANS_MERCHANT_ID", MERCHANT.into()),
        ("MIDTRANS_SNAP_URL", midtrans.snap_url()),
        ("MIDTRANS_CORE_URL", midtrans.core_url().into()),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value));
    let mut settings = Settings::read(Environment::new("", values)).unwrap();
    settings.password_cost = PasswordCost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    // What is away comes back soon in a test, and should be found soon.
    settings.workers.backoff_ms = 20;
    settings.workers.backoff_max_ms = 250;
    change(&mut settings);
    let app = App::start(settings.clone(), clock.clone(), listener, None);
    let app = app.await.unwrap();
    midtrans.set_notification_url(format!("{api}/api/v1/payments/midtrans/notifications"));
    let app = TestApp {
        app: Some(app),
        apart: None,
        wire,
        clock,
        database,
        kubernetes,
        midtrans,
        mailbox,
        settings,
        folder,
    };
    // They come whenever they are seen, and no test should have to reckon with that.
    becomes("the nodes are registered", async || {
        app.times("worker.registered").await == NODES
    })
    .await;
    app
}

impl TestApp {
    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Where it keeps what it is told in files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn customer(&self) -> Person {
        Person::signs_up(&self.wire).await
    }

    pub(crate) async fn admin(&self) -> Person {
        self.staff(Role::Admin).await
    }

    /// An administrator whose session is proven with a second factor.
    pub(crate) async fn proven_admin(&self) -> Person {
        self.admin().await.enrols(&self.clock).await
    }

    /// Staff are made by staff; the first one is made here.
    pub(crate) async fn staff(&self, role: Role) -> Person {
        let email = format!("staff-{}@purser.test", Uuid::now_v7().simple());
        let account = NewAccount {
            name: "Ani Admin".parse().unwrap(),
            email: email.parse().unwrap(),
            phone: None,
            password: PASSWORD.into(),
            roles: vec![role],
            locale: Locale::En,
        };
        let id = Uuid::now_v7();
        let asking = Asking {
            key: None,
            body_hash: [0; 32],
            request_id: id,
            correlation_id: id,
        };
        let context = asking.by(Actor::System("test"), "add-person");
        self.app().accounts.add(&context, account).await.unwrap();
        Person::signs_in(&self.wire, &email, PASSWORD).await
    }

    /// Puts a service up for sale, with one plan for 40,000 a month.
    pub(crate) async fn sells(&self, recipe: &str) {
        self.sells_few(recipe, 1_000, 20).await;
    }

    pub(crate) async fn sells_few(&self, recipe: &str, capacity: u32, max_per_customer: u32) {
        let admin = self.admin().await;
        let service =
            json!({ "slug": recipe, "title": recipe, "description": "An app", "recipe": recipe });
        let service = admin.post("/admin/services", &service).await.is(201);
        let id = service.text_of("service_id");
        let plan = json!({
            "slug": "starter", "title": "Starter", "monthly_price": 40_000, "yearly_price": 400_000,
            "cpu_millicores": 500, "memory_mib": 768, "storage_mib": 5_120,
            "capacity": capacity, "max_per_customer": max_per_customer,
        });
        let path = format!("/admin/services/{id}/plans");
        admin.post(&path, &plan).await.is(201);
        let path = format!("/admin/services/{id}/publish");
        let knowing = json!({ "licence_acknowledged": true });
        let published = admin.post(&path, &knowing).await.is(200);
        let path = format!("/services/{recipe}?min_position={}", published.position());
        admin.get(&path).await.is(200);
    }

    /// Moves business time on.
    pub(crate) fn minutes_pass(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    /// Moves business time to the first moment of this day in Jakarta.
    pub(crate) fn day_comes(&self, day: &str) {
        let begins = day_begins(day.parse().unwrap());
        let ahead = begins - self.clock.now();
        self.clock.advance(ahead.to_std().unwrap());
    }

    pub(crate) async fn head(&self) -> i64 {
        self.number("select coalesce(max(position), 0) from events")
            .await
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let number = sqlx::query_scalar(sql).fetch_one(&self.app().pool);
        number.await.unwrap()
    }

    /// How often this happened.
    pub(crate) async fn times(&self, event: &str) -> i64 {
        let sql = format!("select count(*) from events where event_type = '{event}'");
        self.number(&sql).await
    }

    /// Waits until every reader is at the head and no effect is left to do, at one and the same moment.
    pub(crate) async fn settle(&self) {
        let pool = &self.app().pool;
        becomes("everything is done", async || is_settled(pool).await).await;
    }

    pub(crate) async fn stops(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
        if let Some(runtime) = self.apart.take() {
            runtime.shutdown_background();
        }
    }

    /// Starts where it was stopped.
    pub(crate) async fn starts(&mut self) {
        let address = self.wire.api.strip_prefix("http://").unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let app = App::start(self.settings.clone(), self.clock.clone(), listener, None);
        self.app = Some(app.await.unwrap());
    }

    pub(crate) async fn verified(&self) -> Report {
        let app = self.app();
        let models = purser_projections::all();
        let mut report = verify(&app.pool, Some(&app.bus), &models).await.unwrap();
        let archive = archive(&app.pool, self.settings.keys.clone());
        let pdfs = verify_pdfs(&archive, &Reader::new(app.pool.clone())).await;
        report.checks.push(pdfs.unwrap());
        report
    }

    /// Ends the test: everything is done, and everything adds up.
    pub(crate) async fn finish(self) {
        self.finish_with(&[]).await;
    }

    /// Ends the test where exactly these differences are expected, each named by a part of its text.
    pub(crate) async fn finish_with(mut self, expected: &[&str]) {
        self.settle().await;
        let report = self.verified().await;
        let found = report.differences();
        let as_expected = found.len() == expected.len()
            && expected
                .iter()
                .all(|part| found.iter().any(|one| one.contains(part)));
        assert!(as_expected, "{expected:?} was expected:\n{report}");
        self.stops().await;
    }
}

/// Whether every reader is at the head and no effect is left to do, at one and the same moment.
pub(crate) async fn is_settled(pool: &PgPool) -> bool {
    let names = purser_projections::all().into_iter();
    let mut names: Vec<String> = names.map(|model| model.name().to_owned()).collect();
    names.extend(
        [
            "purchase",
            "operation",
            "healing",
            "holds",
            "payment",
            "letters",
            "workers",
            "usage",
            "renewal",
            "prices",
            "arrears",
            "paper",
            "approvals",
            "welcome",
            "expiry",
            "erasure",
        ]
        .map(|saga| format!("saga:{saga}")),
    );
    names.push("paper-numbers".to_owned());
    let settled = sqlx::query_scalar(
        "select not exists (select from effects where status in ('waiting', 'running'))
            and not exists (select from unnest($1::text[]) name left join checkpoints using (name)
              where position is distinct from (select coalesce(max(position), 0) from events))",
    );
    settled.bind(names).fetch_one(pool).await.unwrap()
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let unfinished = self.app.is_some() && !std::thread::panicking();
        assert!(!unfinished, "a test ends with app.finish().await");
    }
}
