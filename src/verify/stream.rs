//! The copy in JetStream: equal to the history between its first and its last message.

use super::{Check, history::History};
use crate::relay::Bus;

pub(super) async fn check(bus: &Bus, history: &History) -> Check {
    let name = "JetStream equals the history".to_owned();
    match bus.hashes().await {
        Ok(hashes) => {
            let looked_at = match (hashes.first(), hashes.last()) {
                (Some((first, _)), Some((last, _))) => {
                    format!("{} messages, {first} to {last}", hashes.len())
                }
                _ => "no messages".to_owned(),
            };
            let mut differences = Vec::new();
            for (position, hash) in hashes {
                // What was appended after the cut is not compared.
                match history.hash(position) {
                    Some(expected) if hex::encode(expected) != hash => {
                        differences.push(format!(
                            "position {position} has another hash in the stream"
                        ));
                    }
                    _ => {}
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
    }
}
