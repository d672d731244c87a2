//! Old versions of stored events, brought to the current one when they are read.

use serde_json::Value;

/// Turns the payload of one version into that of the next.
type Upcast = fn(Value) -> Value;

/// Every step from an old version to the next: event type, version it reads, version it gives.
const STEPS: &[(&str, &str, &str, Upcast)] = &[];

/// What has to be done before a stored payload can be decoded.
pub(super) enum Reading {
    /// It is of the current version.
    Current,
    /// It was brought to the current version.
    Upcast(Value),
    /// This build is older than the event.
    Unknown,
}

pub(super) fn read(
    known: &[(&str, &str)],
    event_type: &str,
    version: &str,
    payload: &str,
) -> serde_json::Result<Reading> {
    let Some((_, current)) = known.iter().find(|(name, _)| *name == event_type) else {
        return Ok(Reading::Unknown);
    };
    if *current == version {
        return Ok(Reading::Current);
    }
    let mut payload: Value = serde_json::from_str(payload)?;
    let mut version = version;
    while version != *current {
        let step = STEPS
            .iter()
            .find(|(name, from, ..)| *name == event_type && *from == version);
        let Some((_, _, next, upcast)) = step else {
            return Ok(Reading::Unknown);
        };
        payload = upcast(payload);
        version = next;
    }
    Ok(Reading::Upcast(payload))
}
