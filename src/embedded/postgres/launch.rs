//! Starting the server on data that is there, and knowing when it takes connections.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep, timeout};

use super::super::child::{self, Child, Kind};
use super::super::data_dir::{DataDir, write_state};
use super::super::error::EmbeddedError;
use super::super::identity::Identity;
use super::super::{Durability, ports};
use super::State;
use super::home::{Home, state_file};

/// Long, because the server may first have to replay what a power cut interrupted.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Backends of a server that was killed end by themselves, and until then no other may start.
const ORPHANS_GONE_WITHIN: Duration = Duration::from_secs(30);

pub(super) struct Launch {
    pub dir: DataDir,
    pub home: Home,
    pub bin: PathBuf,
    pub identity: Identity,
    pub durability: Durability,
}

impl Launch {
    /// Starts it where it was last time, or on another free port if that one is taken.
    pub(super) async fn start(&mut self, state: &mut State) -> Result<Child, EmbeddedError> {
        child::bound_log(&kind(&self.dir).log);
        let mut tries = 0;
        loop {
            let port = ports::keep_or_choose(state.port)?;
            match self.start_on_its_port(port).await {
                Err(error) if ports::was_taken(&error) && tries < ports::TRIES => tries += 1,
                Err(error) => return Err(error),
                Ok(child) => {
                    if port != state.port {
                        state.port = port;
                        write_state(&state_file(&self.dir), state)?;
                    }
                    return Ok(child);
                }
            }
        }
    }

    pub(super) async fn start_on_its_port(&self, port: u16) -> Result<Child, EmbeddedError> {
        let began = Instant::now();
        loop {
            match self.try_once(port).await {
                Err(EmbeddedError::Ended { tail, .. })
                    if tail.contains("shared memory block")
                        && began.elapsed() < ORPHANS_GONE_WITHIN =>
                {
                    sleep(Duration::from_millis(50)).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn try_once(&self, port: u16) -> Result<Child, EmbeddedError> {
        let dies = match self.durability {
            Durability::Durable => "INT",
            Durability::Throwaway => "QUIT",
        };
        let mut command = self
            .identity
            .command_ending_with_us(dies, &self.bin.join("postgres"));
        command.arg("-D").arg(self.home.data()).env("LC_ALL", "C");
        for setting in self.settings(port) {
            command.arg("-c").arg(setting);
        }
        let child = Child::start(&kind(&self.dir), command).await?;
        tokio::select! {
            biased;
            error = child.ended() => Err(error),
            ready = timeout(READY_WITHIN, self.says_ready(child.pid(), port)) => match ready {
                Ok(()) => Ok(child),
                Err(_) => Err(child.not_ready(READY_WITHIN)),
            },
        }
    }

    fn settings(&self, port: u16) -> Vec<String> {
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            "unix_socket_directories=".to_owned(),
            "max_connections=200".to_owned(),
            "shared_buffers=128MB".to_owned(),
            "timezone=UTC".to_owned(),
            "log_timezone=UTC".to_owned(),
        ];
        let more: &[&str] = match self.durability {
            Durability::Durable => &["fsync=on", "synchronous_commit=on", "full_page_writes=on"],
            Durability::Throwaway => &[
                "fsync=off",
                "full_page_writes=off",
                "wal_level=minimal",
                "max_wal_senders=0",
            ],
        };
        settings.extend(more.iter().map(|&setting| setting.to_owned()));
        settings
    }

    /// The server's own word in `postmaster.pid`: asking by connecting would fill its log with refusals.
    async fn says_ready(&self, pid: i32, port: u16) {
        let file = self.home.data().join("postmaster.pid");
        loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            if let [first, _, _, fourth, _, _, _, status, ..] = lines[..]
                && first == pid.to_string()
                && fourth == port.to_string()
                && status == "ready"
            {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(super) fn kind(dir: &DataDir) -> Kind {
    Kind {
        name: "PostgreSQL",
        stop: Signal::INT,
        log: dir.join("postgres.log"),
        note: dir.join("postgres.pid"),
    }
}
