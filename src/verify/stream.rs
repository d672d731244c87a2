//! The copy in JetStream: equal to the history between its first and its last message.

use super::{Check, VerifyError};
use crate::{
    relay::{Bus, Copied},
    store::Reader,
};

/// Events at once.
const CHUNK: usize = 10_000;

/// Whatever the stream has is in the history by now, or was cut off its end.
pub(super) async fn check(bus: &Bus, reader: &Reader) -> Result<Check, VerifyError> {
    let name = "JetStream equals the history".to_owned();
    Ok(match bus.copied().await {
        Ok(Copied { last, hashes }) => {
            let looked_at = match (hashes.first(), hashes.last()) {
                (Some((first, _)), Some((last, _))) => {
                    format!("{} messages, {first} to {last}", hashes.len())
                }
                _ => format!("no messages yet after position {last}"),
            };
            let mut differences = Vec::new();
            if last > reader.head().await? && hashes.is_empty() {
                differences.push(format!(
                    "the stream has come to position {last}, which the history has not"
                ));
            }
            for chunk in hashes.chunks(CHUNK) {
                let positions: Vec<i64> = chunk.iter().map(|(position, _)| *position).collect();
                let expected = reader.hashes(&positions).await?;
                for (position, hash) in chunk {
                    match expected.get(position) {
                        Some(expected) if hex::encode(expected) == *hash => {}
                        Some(_) => differences.push(format!(
                            "position {position} has another hash in the stream"
                        )),
                        None => differences.push(format!(
                            "the stream has position {position}, which the history has not"
                        )),
                    }
                }
            }
            Check {
                name,
                looked_at,
                differences,
            }
        }
        Err(error) => Check {
            name,
            looked_at: "nothing".into(),
            differences: vec![crate::chain_of(&error)],
        },
    })
}
