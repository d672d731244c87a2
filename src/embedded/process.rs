//! Other processes: whether one is still the one that was started, how to end it, and short commands.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use super::error::{EmbeddedError, io_error};

/// A process as noted on disk. The start time tells it from a later process with the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Noted {
    pub pid: i32,
    pub started: String,
}

impl Noted {
    /// `None` if there is no such process, or only its zombie.
    pub(super) fn of(pid: i32) -> Option<Self> {
        let started = if Path::new("/proc/self/stat").exists() {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // the name in parentheses may itself hold spaces and parentheses
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            let state = fields.next()?;
            if matches!(state, "Z" | "X") {
                return None;
            }
            fields.nth(18)?.to_owned()
        } else {
            ps(pid, "lstart=")?
        };
        Some(Self { pid, started })
    }

    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let (pid, started) = text.trim().split_once(' ')?;
        Some(Self {
            pid: pid.parse().ok()?,
            started: started.to_owned(),
        })
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, format!("{} {}\n", self.pid, self.started))
    }

    pub(super) fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Signals it until it is gone: politely, then for good.
    pub(super) async fn end(
        &self,
        name: &'static str,
        polite: Signal,
    ) -> Result<(), EmbeddedError> {
        for (signal, patience) in [(polite, 30), (Signal::KILL, 10)] {
            let deadline = Instant::now() + Duration::from_secs(patience);
            if self.is_alive() {
                tracing::warn!(
                    "stopping an earlier {name} of this data folder (pid {})",
                    self.pid
                );
                send(self.pid, signal);
            }
            while Instant::now() < deadline {
                if !self.is_alive() {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Err(EmbeddedError::LeftoverStays {
            name,
            pid: self.pid,
        })
    }
}

/// The whole command line of a process, its words separated by spaces.
pub(super) fn command_line(pid: i32) -> Option<String> {
    match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(words) => Some(String::from_utf8_lossy(&words).replace('\0', " ")),
        Err(_) => ps(pid, "command="),
    }
}

fn ps(pid: i32, column: &str) -> Option<String> {
    let output = Command::new("ps")
        .args(["-o", column, "-p", &pid.to_string()])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

pub(super) fn send(pid: i32, signal: Signal) {
    // the only refusals are "gone" and "not yours"; the caller looks whether it went away
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, signal);
    }
}

/// Runs a short command to its end on a thread that outlives it, and fails if it does.
pub(super) async fn run(mut command: Command) -> Result<String, EmbeddedError> {
    let shown = format!(
        "{} {}",
        command.get_program().display(),
        first_words(&command)
    );
    command.stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap_or_else(|panic| Err(io::Error::other(panic)))
        .map_err(io_error("run", &PathBuf::from(&shown)))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(EmbeddedError::CommandFailed {
            command: shown,
            output: said(&output),
        })
    }
}

fn first_words(command: &Command) -> String {
    command
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    if text.is_empty() {
        output.status.to_string()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_another_by_its_start() {
        let me = Noted::of(std::process::id() as i32).unwrap();
        assert!(me.is_alive());
        assert!(
            !Noted {
                started: "1".into(),
                ..me
            }
            .is_alive()
        );
    }

    #[test]
    fn a_zombie_counts_as_gone() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = child.id() as i32;
        while Noted::of(pid).is_some() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }
}
