//! The clock stand-in: moves business time forward, and is the authenticator that goes by it. Its offset is kept before it is applied, so that
//! time never runs backwards after a crash.

use crate::{auth::TotpSecret, clock::Clock};
use chrono::{DateTime, Duration, Utc};
use poem::{
    EndpointExt as _, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Json, Query},
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

const FILE: &str = "clock.json";

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    offset_us: i64,
}

/// The clock as it was left.
pub(super) fn load(root: &Path) -> io::Result<Clock> {
    let kept: Kept = match fs::read_to_string(root.join(FILE)) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
        Err(error) => return Err(error),
    };
    Ok(Clock::ahead_by(Duration::microseconds(kept.offset_us)))
}

/// By how much to move; the parts add up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    #[serde(default)]
    days: u32,
    #[serde(default)]
    hours: u32,
    #[serde(default)]
    minutes: u32,
    #[serde(default)]
    seconds: u32,
}

#[derive(Serialize)]
struct Reading {
    now: DateTime<Utc>,
    ahead_seconds: i64,
}

struct Movable {
    clock: Clock,
    root: PathBuf,
}

/// `GET /dev/clock`, `POST /dev/clock/advance`, and `GET /dev/code?secret=`: an authenticator outside does not know what time it
/// is here.
pub(super) fn routes(clock: Clock, root: PathBuf) -> Route {
    let state = Arc::new(Movable { clock, root });
    Route::new()
        .at("/dev/clock", get(read).data(state.clone()))
        .at("/dev/code", get(code).data(state.clone()))
        .at("/dev/clock/advance", post(advance).data(state))
}

#[handler]
fn read(state: Data<&Arc<Movable>>) -> Json<Reading> {
    Json(reading(&state.clock))
}

#[derive(Deserialize)]
struct Shown {
    /// In base32.
    secret: String,
}

#[handler]
fn code(state: Data<&Arc<Movable>>, of: Query<Shown>) -> poem::Result<String> {
    let secret = TotpSecret::parse(&of.secret).map_err(poem::error::BadRequest)?;
    Ok(secret.code(state.clock.now()))
}

fn reading(clock: &Clock) -> Reading {
    Reading {
        now: clock.now(),
        ahead_seconds: clock.offset().num_seconds(),
    }
}

#[handler]
fn advance(state: Data<&Arc<Movable>>, by: Json<Advance>) -> poem::Result<Json<Reading>> {
    let Advance {
        days,
        hours,
        minutes,
        seconds,
    } = by.0;
    let by = Duration::days(days.into())
        + Duration::hours(hours.into())
        + Duration::minutes(minutes.into())
        + Duration::seconds(seconds.into());
    let limit = Duration::days(3650);
    let by = by
        .to_std()
        .ok()
        .filter(|_| by > Duration::zero() && state.clock.offset() + by <= limit);
    let by = by.ok_or_else(|| {
        poem::Error::from_string(
            "say how far: {\"days\": 1, \"hours\": 0, \"minutes\": 0, \"seconds\": 0}, ten years in all at most",
            StatusCode::BAD_REQUEST,
        )
    })?;
    let offset = state.clock.offset() + Duration::from_std(by).unwrap_or_default();
    let kept = Kept {
        offset_us: offset.num_microseconds().unwrap_or(0),
    };
    keep(&state.root, &kept).map_err(poem::error::InternalServerError)?;
    state.clock.advance(by);
    Ok(Json(reading(&state.clock)))
}

fn keep(root: &Path, kept: &Kept) -> io::Result<()> {
    let half = root.join("clock.json.new");
    fs::write(&half, serde_json::to_vec(kept)?)?;
    fs::rename(half, root.join(FILE))
}
