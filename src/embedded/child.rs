//! One supervised child process: a thread starts it, waits for it and tells everyone how it ended.
//!
//! The thread is not a detail. The kernel's parent-death signal fires when the *thread* that started the
//! child ends, and a child may outlive the tokio runtime it was asked for in (a server shared by tests).

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use tokio::sync::{oneshot, watch};

use super::error::{EmbeddedError, io_error};
use super::process::{self, Noted};

/// What all children of one kind have in common.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub name: &'static str,
    /// The signal for an orderly end.
    pub stop: Signal,
    pub log: PathBuf,
    /// Where the running process is noted for whoever comes after a crash.
    pub note: PathBuf,
}

pub(super) struct Child {
    kind: Kind,
    pid: i32,
    log_from: u64,
    running: Arc<Mutex<bool>>,
    ended: watch::Receiver<Option<String>>,
}

impl Child {
    pub(super) async fn start(kind: &Kind, mut command: Command) -> Result<Self, EmbeddedError> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&kind.log);
        let log = log.map_err(io_error("open", &kind.log))?;
        let log_from = log.metadata().map_or(0, |found| found.len());
        let errors = log.try_clone().map_err(io_error("open", &kind.log))?;
        // a group of its own: Ctrl-C reaches purser alone, which then stops its children in order
        command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0);

        let program = PathBuf::from(command.get_program());
        let running = Arc::new(Mutex::new(true));
        let (tell_end, ended) = watch::channel(None);
        let (tell_start, started) = oneshot::channel();
        let keeper = Keeper {
            command,
            note: kind.note.clone(),
            running: Arc::clone(&running),
            tell_end,
        };
        thread::Builder::new()
            .name(kind.name.to_owned())
            .spawn(move || keeper.keep(tell_start))
            .map_err(io_error("start a thread for", &program))?;
        let pid = started
            .await
            .unwrap_or_else(|_| Err(std::io::Error::other("its thread ended")))
            .map_err(io_error("start", &program))?;
        Ok(Self {
            kind: kind.clone(),
            pid,
            log_from,
            running,
            ended,
        })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// Sends a signal while the process is certainly still ours: it is reaped only under the same lock.
    pub(super) fn signal(&self, signal: Signal) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if *running {
            process::send(self.pid, signal);
        }
    }

    /// Comes true once the process has ended, with what it said last.
    pub(super) fn ended(&self) -> impl Future<Output = EmbeddedError> + Send + 'static {
        let (mut ended, kind, log_from) = (self.ended.clone(), self.kind.clone(), self.log_from);
        async move {
            let status = match ended.wait_for(Option::is_some).await {
                Ok(status) => status.clone().unwrap_or_default(),
                Err(_) => "nobody saw how".to_owned(),
            };
            EmbeddedError::Ended {
                name: kind.name,
                status,
                tail: tail(&kind.log, log_from),
                log: kind.log,
            }
        }
    }

    pub(super) fn not_ready(&self, after: Duration) -> EmbeddedError {
        let log = self.kind.log.clone();
        EmbeddedError::NotReady {
            name: self.kind.name,
            seconds: after.as_secs(),
            tail: tail(&log, self.log_from),
            log,
        }
    }

    /// An orderly end, insisting more and more.
    pub(super) async fn stop(&self) {
        for (signal, patience) in [(self.kind.stop, 30), (Signal::QUIT, 5), (Signal::KILL, 5)] {
            self.signal(signal);
            if tokio::time::timeout(Duration::from_secs(patience), self.ended())
                .await
                .is_ok()
            {
                return;
            }
        }
    }

    /// The end a crash would bring.
    pub(super) async fn kill(&self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// An end without ceremony, waited for where nothing can be awaited.
    pub(super) fn stop_blocking(&self, signal: Signal) {
        self.signal(signal);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.ended.borrow().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(self.kind.stop);
    }
}

struct Keeper {
    command: Command,
    note: PathBuf,
    running: Arc<Mutex<bool>>,
    tell_end: watch::Sender<Option<String>>,
}

impl Keeper {
    fn keep(mut self, tell_start: oneshot::Sender<std::io::Result<i32>>) {
        let mut child = match self.command.spawn() {
            Ok(child) => child,
            Err(error) => {
                let _ = tell_start.send(Err(error));
                return;
            }
        };
        let pid = child.id().cast_signed();
        if let Some(noted) = Noted::of(pid)
            && let Err(error) = noted.write(&self.note)
        {
            tracing::warn!("cannot note pid {pid} in {}: {error}", self.note.display());
        }
        if tell_start.send(Ok(pid)).is_err() {
            // whoever asked was cancelled, and nobody else knows this child
            let _ = child.kill();
        }
        // wait without reaping: the pid cannot be given to a stranger before `running` says so
        if let Some(pid) = Pid::from_raw(pid) {
            let wait = || {
                waitid(
                    WaitId::Pid(pid),
                    WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
                )
            };
            let _ = rustix::io::retry_on_intr(wait);
        }
        let status = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            *running = false;
            child.wait()
        };
        let _ = fs::remove_file(&self.note);
        self.tell_end.send_replace(Some(
            status.map_or_else(|error| error.to_string(), |status| status.to_string()),
        ));
    }
}

/// Ends the process noted by an earlier purser, if it is still that process and was started for `marker`.
pub(super) async fn stop_leftover(kind: &Kind, marker: &Path) -> Result<(), EmbeddedError> {
    if let Some(noted) = Noted::read(&kind.note)
        && noted.is_alive()
        && process::command_line(noted.pid)
            .is_some_and(|line| line.contains(&*marker.to_string_lossy()))
    {
        noted.end(kind.name, kind.stop).await?;
    }
    let _ = fs::remove_file(&kind.note);
    Ok(())
}

/// Keeps a log of many starts from growing without end.
pub(super) fn bound_log(log: &Path) {
    const LIMIT: u64 = 16 << 20;
    if fs::metadata(log).is_ok_and(|found| found.len() > LIMIT) {
        let _ = fs::rename(log, log.with_extension("log.old"));
    }
}

/// The last lines written since `from`.
fn tail(log: &Path, from: u64) -> String {
    const BYTES: u64 = 8 << 10;
    const LINES: usize = 20;
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = fs::File::open(log)?;
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(
            from.max(end.saturating_sub(BYTES)).min(end),
        ))?;
        let mut bytes = Vec::new();
        file.take(BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = read()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::data_dir::{private_folder, random_hex, remove};
    use super::*;

    #[tokio::test]
    async fn only_the_process_of_this_folder_is_a_leftover() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(".purser/tests")
            .join(random_hex(8));
        private_folder(&folder).unwrap();
        let kind = Kind {
            name: "sleeper",
            stop: Signal::TERM,
            log: folder.join("log"),
            note: folder.join("note"),
        };
        let marker = folder.join("config");
        let mut sleeper = Command::new("sh");
        sleeper
            .args(["-c", "read nothing", "sh"])
            .arg(&marker)
            .stdin(Stdio::piped());
        let mut sleeper = sleeper.spawn().unwrap();
        let noted = Noted::of(sleeper.id().cast_signed()).unwrap();
        // the kernel shows the words a moment after the program has begun
        while !process::command_line(noted.pid).unwrap().contains("config") {
            tokio::task::yield_now().await;
        }

        noted.write(&kind.note).unwrap();
        stop_leftover(&kind, &folder.join("another")).await.unwrap();
        assert!(noted.is_alive(), "started for something else");

        Noted {
            started: "1".into(),
            ..noted.clone()
        }
        .write(&kind.note)
        .unwrap();
        stop_leftover(&kind, &marker).await.unwrap();
        assert!(noted.is_alive(), "started at another time");

        noted.write(&kind.note).unwrap();
        stop_leftover(&kind, &marker).await.unwrap();
        assert!(!noted.is_alive());
        sleeper.wait().unwrap();
        remove(&folder).unwrap();
    }

    #[tokio::test]
    async fn a_child_that_ends_is_noticed_with_its_last_words() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(".purser/tests")
            .join(random_hex(8));
        private_folder(&folder).unwrap();
        let kind = Kind {
            name: "sh",
            stop: Signal::TERM,
            log: folder.join("log"),
            note: folder.join("note"),
        };
        fs::write(&kind.log, "of an earlier run\n").unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no space left; exit 3"]);
        let child = Child::start(&kind, command).await.unwrap();
        let EmbeddedError::Ended { status, tail, .. } = child.ended().await else {
            panic!("another error")
        };
        assert_eq!((&*status, &*tail), ("exit status: 3", "no space left"));
        assert!(!kind.note.exists());
        remove(&folder).unwrap();
    }
}
