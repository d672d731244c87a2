//! What a container that keeps crashing said before it died. Read when somebody asks, never kept.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, LogParams};

use super::{Cluster, is_invalid};
use crate::kubernetes::{error::ClusterError, labels_of_ours, watch::crashing_container};

/// The last so many lines.
const LINES: i64 = 20;
/// Of those the last so many bytes.
const KEPT_BYTES: usize = 4 * 1_024;
/// A cluster cuts at the end of what it sends, and the end is what tells why.
const READ_BYTES: i64 = 65_536;

/// The last lines of a container that keeps crashing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWords {
    pub container: String,
    /// Oldest first, at most 20 and 4 KiB; none where it printed nothing or its log is gone.
    pub lines: Vec<String>,
}

impl Cluster {
    /// What an app's container printed before its last crash, or none where none keeps crashing.
    pub async fn last_words(&self, namespace: &str) -> Result<Option<LastWords>, ClusterError> {
        let ours = labels_of_ours();
        let api = self.within::<Pod>(namespace);
        let params = ListParams::default().labels(&ours);
        let pods = self.call("pods", api.list(&params)).await?;
        let crashing = pods.items.iter().find_map(|pod| {
            let name = pod.metadata.name.clone()?;
            Some((name, crashing_container(pod)?.name.clone()))
        });
        let Some((pod, container)) = crashing else {
            return Ok(None);
        };
        for previous in [true, false] {
            let params = LogParams {
                container: Some(container.clone()),
                tail_lines: Some(LINES),
                limit_bytes: Some(READ_BYTES),
                previous,
                ..LogParams::default()
            };
            let object = format!("Pod/{pod}");
            let printed = api.logs(&pod, &params);
            match self.call_unless(is_invalid, &object, printed).await {
                Ok(printed) => {
                    let lines = ending(&printed);
                    return Ok(Some(LastWords { container, lines }));
                }
                // The one before is gone, or there is none.
                Err(ClusterError::Invalid { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let lines = vec![];
        Ok(Some(LastWords { container, lines }))
    }
}

/// The last bytes of what was printed, in whole letters.
fn ending(printed: &str) -> Vec<String> {
    let cut = printed.len().saturating_sub(KEPT_BYTES);
    let begin = (cut..=printed.len()).find(|at| printed.is_char_boundary(*at));
    let kept = &printed[begin.unwrap_or(printed.len())..];
    kept.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_much_the_end_is_kept_in_whole_letters() {
        assert_eq!(ending("one\ntwo\r\n"), ["one", "two"]);
        assert_eq!(ending(""), Vec::<String>::new());
        let long = format!("{}\nfatal", "é".repeat(KEPT_BYTES));
        let kept = ending(&long);
        assert_eq!(kept.last().map(String::as_str), Some("fatal"));
        assert!(kept.iter().map(|line| line.len() + 1).sum::<usize>() <= KEPT_BYTES + 1);
        assert!(kept[0].chars().all(|letter| letter == 'é'));
    }
}
