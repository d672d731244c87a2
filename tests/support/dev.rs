//! The program itself, as a process: `purser dev` and what operators run beside it.

use super::{Database, Folder, Wire, app::is_settled, becomes, database, nats_url, tools, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{ExitStatus, Output, Stdio},
};
use tokio::process::{Child, Command};

/// A folder, and the servers to go with it, where the program can be started again and again.
pub(crate) struct Place {
    pub(crate) folder: Folder,
    pub(crate) servers: Option<(Database, String)>,
    environment: Vec<(&'static str, String)>,
}

impl Place {
    /// On a database of its own on the tests' servers.
    pub(crate) async fn new() -> Self {
        Self {
            folder: Folder::new(),
            servers: Some((database().await, nats_url().await.to_owned())),
            environment: vec![],
        }
    }

    /// With servers of its own, as a developer has it.
    pub(crate) fn embedded() -> Self {
        let folder = Folder::new();
        let shared = tools().folder().to_owned();
        fs::create_dir_all(&shared).unwrap();
        std::os::unix::fs::symlink(shared, folder.path().join("tools")).unwrap();
        Self {
            folder,
            servers: None,
            environment: vec![],
        }
    }

    /// With these settings as well.
    pub(crate) fn with<const N: usize>(mut self, settings: [(&'static str, &str); N]) -> Self {
        self.environment = settings
            .map(|(name, value)| (name, value.to_owned()))
            .into();
        self
    }

    /// The program with this installation's environment and nothing else.
    pub(crate) fn program(&self, args: &[&str]) -> Command {
        let mut command = program(args);
        if let Some((database, nats)) = &self.servers {
            command.env("DATABASE_URL", &database.urls.app);
            command.env("DATABASE_OWNER_URL", &database.urls.owner);
            command.env("NATS_URL", nats);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn data_dir(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Output {
        let args = [args, &["--data-dir", self.data_dir()]].concat();
        self.program(&args).output().await.unwrap()
    }

    /// Starts `purser dev` and waits until it is ready.
    pub(crate) async fn start(&self, args: &[&str]) -> Dev {
        let facts = self.folder.path().join("dev.json");
        // What a killed one left behind does not say that the next one is ready.
        let _ = fs::remove_file(&facts);
        let own = ["dev", "--data-dir", self.data_dir(), "--pod-start-ms", "20"];
        let log = fs::File::create(self.folder.path().join("output")).unwrap();
        let mut command = self.program(&[&own, args].concat());
        let command = command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let facts = until("purser dev is ready", async || {
            if let Some(status) = child.try_wait().unwrap() {
                let said = fs::read_to_string(self.folder.path().join("output")).unwrap();
                panic!("purser dev ended with {status}:\n{said}");
            }
            let facts: Value = serde_json::from_slice(&fs::read(&facts).ok()?).ok()?;
            Some(facts)
        })
        .await;
        let text = |name: &str| facts[name].as_str().unwrap();
        let kubeconfig = fs::read_to_string(text("kubeconfig")).unwrap();
        let wire = Wire::new(
            text("base_url"),
            text("midtrans_url"),
            text("mailbox_url"),
            &kubeconfig,
        );
        Dev { child, facts, wire }
    }

    /// Waits until everything that follows from what was done is done.
    pub(crate) async fn settle(&self) {
        let (database, _) = self.servers.as_ref().unwrap();
        let pool = purser::app::pool(&database.urls.app, 1).unwrap();
        becomes("everything is done", async || is_settled(&pool).await).await;
        pool.close().await;
    }

    /// The program's own proof that everything adds up.
    pub(crate) async fn verify(&self) {
        let report = self.run(&["verify"]).await;
        let text = String::from_utf8_lossy(&report.stdout);
        assert!(report.status.success(), "{text}");
        assert!(text.contains("everything is as it should be"), "{text}");
    }
}

/// The program with an empty environment.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_purser"));
    command.args(args).env_clear().stdin(Stdio::null());
    for name in ["PATH", "HOME"] {
        command.envs(std::env::var(name).map(|value| (name, value)));
    }
    command
}

/// A running `purser dev`; it ends with its owner.
pub(crate) struct Dev {
    child: Child,
    pub(crate) facts: Value,
    pub(crate) wire: Wire,
}

impl Dev {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Waits until it has died by itself.
    pub(crate) async fn died(mut self) -> ExitStatus {
        let died = tokio::time::timeout(std::time::Duration::from_secs(60), self.child.wait());
        died.await.expect("it lives on").unwrap()
    }

    /// Ends it without a warning.
    pub(crate) async fn killed(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Stops it as Ctrl-C does.
    pub(crate) async fn stopped(self) -> ExitStatus {
        let pid = Pid::from_raw(self.pid().cast_signed()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        self.died().await
    }
}

/// The processes whose command line names this folder.
pub(crate) fn processes_in(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(folder)).collect()
}
