//! What a PostgreSQL that was not stopped leaves behind: itself, and its `postmaster.pid`.

use std::fs;
use std::path::Path;

use super::super::child::{self, Kind};
use super::super::error::{EmbeddedError, io_error};
use super::super::process::{Noted, command_line};

/// Ends the server of this very data, if one still runs, and sees that its pid file stops no new one.
pub(super) async fn stop(kind: &Kind, data: &Path) -> Result<(), EmbeddedError> {
    child::stop_leftover(kind, data).await?;
    let file = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else {
        return Ok(());
    };
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let Some(noted) = first
        .trim()
        .parse()
        .ok()
        .and_then(|pid: i32| Noted::of(pid.abs()))
    else {
        return Ok(());
    };
    let line = command_line(noted.pid).unwrap_or_default();
    if line.contains("postgres") && line.contains(&*data.to_string_lossy()) {
        return noted.end(kind.name, kind.stop).await;
    }
    // The pid now belongs to a stranger, and PostgreSQL would take it for itself and refuse to start. It
    // knows better of its own parent, which we are; its check for orphaned backends stays in force.
    fs::write(&file, format!("{}\n{rest}", std::process::id())).map_err(io_error("write", &file))
}
