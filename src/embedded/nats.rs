//! nats-server with JetStream on loopback, its files in the data folder.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::child::{self, Child, Kind};
use super::data_dir::{
    DataDir, private_folder, random_hex, read_state, write_private, write_state,
};
use super::error::EmbeddedError;
use super::identity::ending_with_us;
use super::{Tools, ports};

const READY_WITHIN: Duration = Duration::from_secs(60);
/// A pebibyte: no limit.
const FILE_STORE_BYTES: u64 = 1 << 50;

/// A running nats-server. Dropping it asks the server to stop; [`Nats::stop`] also waits.
pub struct Nats {
    child: Child,
    launch: Launch,
    url: String,
}

#[derive(Serialize, Deserialize)]
struct State {
    /// Told by the server when one connects: so nobody mistakes a stranger on the port for it.
    server_name: String,
    password: String,
    port: u16,
}

struct Launch {
    program: PathBuf,
    dir: DataDir,
    state: State,
}

impl Nats {
    pub async fn start(dir: &DataDir, tools: &Tools) -> Result<Self, EmbeddedError> {
        let program = tools.nats_server().await?;
        stop_leftover(dir).await?;
        let state = match read_state::<State>(&state_file(dir))? {
            Some(state) => state,
            None => State {
                server_name: format!("purser-{}", random_hex(6)),
                password: random_hex(24),
                port: 0,
            },
        };
        let mut launch = Launch {
            program,
            dir: dir.clone(),
            state,
        };
        let child = launch.start().await?;
        let url = format!(
            "nats://purser:{}@127.0.0.1:{}",
            launch.state.password, launch.state.port
        );
        Ok(Self { child, launch, url })
    }

    /// With user and password, which async-nats does not take from a URL: hand them to its options.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn port(&self) -> u16 {
        self.launch.state.port
    }

    pub fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// Where JetStream keeps its files.
    pub fn store_dir(&self) -> PathBuf {
        store_dir(&self.launch.dir)
    }

    /// Comes true when the server has ended, whoever ended it; the error holds its last words.
    pub fn ended(&self) -> impl Future<Output = EmbeddedError> + Send + 'static {
        self.child.ended()
    }

    /// The end a crash would bring.
    pub async fn kill(&mut self) {
        self.child.kill().await;
    }

    /// Runs it again on the same port and data; ends it first if it still runs.
    pub async fn restart(&mut self) -> Result<(), EmbeddedError> {
        self.child.stop().await;
        self.child = self.launch.start_on_its_port().await?;
        Ok(())
    }

    pub async fn stop(self) {
        self.child.stop().await;
    }

    pub(super) fn stop_blocking(&self) {
        self.child.stop_blocking(Signal::KILL);
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Nats")
            .field("port", &self.port())
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

impl Launch {
    /// Starts it where it was last time, or on another free port if that one is taken.
    async fn start(&mut self) -> Result<Child, EmbeddedError> {
        child::bound_log(&kind(&self.dir).log);
        let mut tries = 0;
        loop {
            self.state.port = ports::keep_or_choose(self.state.port)?;
            match self.start_on_its_port().await {
                Err(error) if ports::was_taken(&error) && tries < ports::TRIES => tries += 1,
                outcome => {
                    write_state(&state_file(&self.dir), &self.state)?;
                    return outcome;
                }
            }
        }
    }

    async fn start_on_its_port(&self) -> Result<Child, EmbeddedError> {
        private_folder(&store_dir(&self.dir))?;
        let config = config_file(&self.dir);
        write_private(&config, self.config().as_bytes())?;
        let mut command = ending_with_us("TERM", &self.program);
        command.arg("--config").arg(&config);
        let child = Child::start(&kind(&self.dir), command).await?;
        tokio::select! {
            biased;
            error = child.ended() => Err(error),
            ready = timeout(READY_WITHIN, self.greeted()) => match ready {
                Ok(()) => Ok(child),
                Err(_) => Err(child.not_ready(READY_WITHIN)),
            },
        }
    }

    /// A stream reserves its largest size. Without a limit of its own the server offers three quarters of the free
    /// disk, and a small disk then takes no stream at all; what is really written stays far below.
    ///
    /// Messages are not synced one by one: the stream is a copy, and the relay brings again what a power
    /// cut took from it.
    ///
    /// Strings are written as JSON, which the format reads as quoted strings with the same escapes.
    fn config(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        format!(
            "server_name: {name}\nlisten: \"127.0.0.1:{port}\"\n\
             jetstream {{ store_dir: {store}, max_file_store: {FILE_STORE_BYTES} }}\n\
             authorization {{ user: purser, password: {password} }}\n",
            name = quoted(&self.state.server_name),
            port = self.state.port,
            store = quoted(&store_dir(&self.dir).to_string_lossy()),
            password = quoted(&self.state.password),
        )
    }

    /// The server opens its port after JetStream is up, and its first line names it.
    async fn greeted(&self) {
        let name = format!("\"server_name\":\"{}\"", self.state.server_name);
        loop {
            if let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.state.port)).await {
                let mut line = String::new();
                let heard = timeout(
                    Duration::from_secs(2),
                    BufReader::new(stream).read_line(&mut line),
                )
                .await;
                if matches!(heard, Ok(Ok(_))) && line.contains(&name) {
                    return;
                }
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

pub(super) async fn stop_leftover(dir: &DataDir) -> Result<(), EmbeddedError> {
    child::stop_leftover(&kind(dir), &config_file(dir)).await
}

fn kind(dir: &DataDir) -> Kind {
    Kind {
        name: "nats-server",
        stop: Signal::TERM,
        log: dir.join("nats.log"),
        note: dir.join("nats.pid"),
    }
}

fn state_file(dir: &DataDir) -> PathBuf {
    dir.join("nats.json")
}

fn config_file(dir: &DataDir) -> PathBuf {
    dir.join("nats.conf")
}

fn store_dir(dir: &DataDir) -> PathBuf {
    dir.join("nats")
}
