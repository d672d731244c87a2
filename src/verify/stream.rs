//! The copy in JetStream: equal to the history between its first and its last message.

use super::{Check, VerifyError, history::History};
use crate::{
    relay::{Bus, Copied},
    store::Reader,
};

pub(super) async fn check(
    bus: &Bus,
    history: &History,
    reader: &Reader,
) -> Result<Check, VerifyError> {
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
            for (position, hash) in hashes {
                // What is beyond the cut was appended since, or was cut off the history's end.
                let expected = match history.hash(position) {
                    Some(expected) => Some(expected.to_vec()),
                    None => reader.at(position).await?.map(|event| event.hash),
                };
                match expected {
                    Some(expected) if hex::encode(&expected) == hash => {}
                    Some(_) => differences.push(format!(
                        "position {position} has another hash in the stream"
                    )),
                    None => differences.push(format!(
                        "the stream has position {position}, which the history has not"
                    )),
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
