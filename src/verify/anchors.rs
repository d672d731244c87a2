//! Heads that were noted earlier: whoever can write to the database can cut the history's end off, or chain it anew up to the
//! end, and what is left proves itself. It does not lead to a head that stands elsewhere.

use super::{Check, VerifyError};
use crate::store::{Anchor, Reader};

/// Holds the history against heads that were noted earlier.
///
/// # Errors
/// The database cannot be read. Heads that the history does not have are in the check.
pub async fn verify_anchors(reader: &Reader, anchors: &[Anchor]) -> Result<Check, VerifyError> {
    let head = reader.head().await?;
    let mut differences = Vec::new();
    for anchor in anchors {
        let Anchor { position, hash } = anchor;
        let stored = match position {
            0 => Some(Anchor::default().hash.to_vec()),
            _ => reader.at(*position).await?.map(|event| event.hash),
        };
        match stored {
            Some(stored) if stored == hash => {}
            Some(_) => differences.push(format!(
                "position {position} has another hash than was noted: the history up to it was changed"
            )),
            None => differences.push(format!(
                "the history ends at position {head}, a head at {position} was noted: its end was cut off"
            )),
        }
    }
    Ok(Check {
        name: "the history leads to every anchor".into(),
        looked_at: format!("{} anchors", anchors.len()),
        differences,
    })
}
