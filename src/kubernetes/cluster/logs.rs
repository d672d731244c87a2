//! What the app's containers print. Read, never kept: a follower takes the next line only when the one before was taken,
//! so that a slow reader slows the reading, and nothing piles up here.

use std::{io, pin::Pin};

use futures_util::{
    AsyncBufRead, AsyncBufReadExt as _, StreamExt as _,
    stream::{self, BoxStream},
};
use k8s_openapi::api::core::v1::{Container, Pod};
use kube::api::{ListParams, LogParams};

use super::{Cluster, is_invalid};
use crate::kubernetes::{COMPONENT_LABEL, MANAGED_BY, error::ClusterError};

const MOST_BYTES: i64 = 1_048_576;
/// A longer line comes in pieces: no container decides over our memory.
const MOST_LINE_BYTES: usize = 16 * 1_024;

/// Whose lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogSource {
    /// The first container, which is the app itself.
    #[default]
    App,
    Container(String),
    Everything,
}

/// Which lines.
#[derive(Clone, Debug)]
pub struct LogQuery {
    /// `web`, `database` or `job`.
    pub component: String,
    pub source: LogSource,
    pub tail_lines: Option<i64>,
    pub since_seconds: Option<i64>,
    /// Those of the container before its last restart.
    pub previous: bool,
}

impl Default for LogQuery {
    fn default() -> Self {
        Self {
            component: "web".into(),
            source: LogSource::App,
            tail_lines: Some(200),
            since_seconds: None,
            previous: false,
        }
    }
}

/// A line and the container that printed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub container: String,
    pub text: String,
}

struct Printing {
    pod: String,
    containers: Vec<String>,
}

impl Cluster {
    /// What the newest pod of the component has printed, at most a MiB. Lines of several containers say whose they are.
    pub async fn logs(&self, namespace: &str, query: &LogQuery) -> Result<String, ClusterError> {
        let Printing { pod, containers } = self.newest_pod(namespace, query).await?;
        let object = format!("Pod/{pod}");
        let everything = query.source == LogSource::Everything;
        let share = MOST_BYTES / i64::try_from(containers.len().max(1)).unwrap_or(1);
        let mut text = String::new();
        for container in containers {
            let params = LogParams {
                limit_bytes: Some(share),
                ..params(query, &container)
            };
            let api = self.within::<Pod>(namespace);
            let printed = api.logs(&pod, &params);
            match self.call_unless(is_invalid, &object, printed).await {
                Ok(printed) if everything => printed
                    .lines()
                    .for_each(|line| text.extend(["[", &container, "] ", line, "\n"])),
                Ok(printed) => text.push_str(&printed),
                // It has not started, or never ended: the others have something to say.
                Err(ClusterError::Invalid { .. }) if everything => {}
                Err(error) => return Err(error),
            }
        }
        Ok(text)
    }

    /// The same, and then line by line as it comes, until the containers end or the stream is dropped.
    pub async fn follow_logs(
        &self,
        namespace: &str,
        query: &LogQuery,
    ) -> Result<BoxStream<'static, io::Result<LogLine>>, ClusterError> {
        let Printing { pod, containers } = self.newest_pod(namespace, query).await?;
        let object = format!("Pod/{pod}");
        let (mut followed, mut refused) = (Vec::new(), None);
        for container in containers {
            let params = LogParams {
                follow: true,
                ..params(query, &container)
            };
            let api = self.within::<Pod>(namespace);
            let reader = api.log_stream(&pod, &params);
            match self.call_unless(is_invalid, &object, reader).await {
                Ok(reader) => {
                    let named = move |text| LogLine {
                        container: container.clone(),
                        text,
                    };
                    followed.push(lines(reader).map(move |line| line.map(&named)).boxed());
                }
                Err(error @ ClusterError::Invalid { .. }) => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(refused) if followed.is_empty() => Err(refused),
            _ => Ok(stream::select_all(followed).boxed()),
        }
    }

    async fn newest_pod(
        &self,
        namespace: &str,
        query: &LogQuery,
    ) -> Result<Printing, ClusterError> {
        let selector = format!(
            "{}={},{COMPONENT_LABEL}={}",
            MANAGED_BY.0, MANAGED_BY.1, query.component
        );
        let pods = self
            .call(
                "pods",
                self.within::<Pod>(namespace)
                    .list(&ListParams::default().labels(&selector)),
            )
            .await?;
        let newest = pods
            .items
            .into_iter()
            .max_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|at| at.0));
        let missing = || ClusterError::NotFound {
            object: format!("pod of component {}", query.component),
        };
        let pod = newest.ok_or_else(missing)?;
        Ok(Printing {
            containers: chosen(&pod, query)?,
            pod: pod.metadata.name.ok_or_else(missing)?,
        })
    }
}

fn params(query: &LogQuery, container: &str) -> LogParams {
    LogParams {
        container: Some(container.to_owned()),
        tail_lines: query.tail_lines,
        since_seconds: query.since_seconds,
        previous: query.previous,
        ..LogParams::default()
    }
}

fn chosen(pod: &Pod, query: &LogQuery) -> Result<Vec<String>, ClusterError> {
    let name = |container: &Container| container.name.clone();
    let spec = pod.spec.iter();
    let apps = spec.clone().flat_map(|spec| &spec.containers).map(name);
    let before = spec.flat_map(|spec| spec.init_containers.iter().flatten());
    match &query.source {
        LogSource::App => Ok(apps.take(1).collect()),
        LogSource::Everything => Ok(apps.chain(before.map(name)).collect()),
        LogSource::Container(wanted) => {
            let missing = || ClusterError::NoContainer {
                container: wanted.clone(),
            };
            let found = apps.chain(before.map(name)).find(|name| name == wanted);
            found.map(|name| vec![name]).ok_or_else(missing)
        }
    }
}

struct Reading {
    reader: Pin<Box<dyn AsyncBufRead + Send>>,
    /// What is left of a piece that was cut inside of a letter.
    rest: Vec<u8>,
}

fn lines(
    reader: impl AsyncBufRead + Send + 'static,
) -> impl futures_util::Stream<Item = io::Result<String>> + Send {
    let reading = Reading {
        reader: Box::pin(reader),
        rest: Vec::new(),
    };
    stream::try_unfold(reading, async |mut reading| {
        let line = reading.line().await?;
        Ok(line.map(|line| (line, reading)))
    })
}

impl Reading {
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = std::mem::take(&mut self.rest);
        loop {
            let buffer = self.reader.fill_buf().await?;
            if buffer.is_empty() {
                let text = String::from_utf8_lossy(&line).into_owned();
                return Ok((!line.is_empty()).then_some(text));
            }
            let room = MOST_LINE_BYTES - line.len();
            let taken = &buffer[..buffer.len().min(room)];
            if let Some(end) = taken.iter().position(|byte| *byte == b'\n') {
                line.extend_from_slice(&taken[..end]);
                self.reader.consume_unpin(end + 1);
                let text = String::from_utf8_lossy(&line);
                return Ok(Some(text.trim_end_matches('\r').to_owned()));
            }
            let taken = taken.len();
            line.extend_from_slice(&buffer[..taken]);
            self.reader.consume_unpin(taken);
            if line.len() == MOST_LINE_BYTES {
                if let Err(error) = std::str::from_utf8(&line)
                    && error.error_len().is_none()
                {
                    self.rest = line.split_off(error.valid_up_to());
                }
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{TryStreamExt as _, io::Cursor};

    async fn read(bytes: &[u8]) -> Vec<String> {
        let reader = Cursor::new(bytes.to_vec());
        lines(reader).try_collect().await.unwrap()
    }

    #[tokio::test]
    async fn lines_come_as_they_were_printed() {
        assert_eq!(
            read(b"one\r\n\ntwo\nthree").await,
            ["one", "", "two", "three"]
        );
        assert_eq!(read(b"").await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_line_without_an_end_comes_in_pieces_of_whole_letters() {
        let endless = format!("x{}", "é".repeat(MOST_LINE_BYTES));
        let pieces = read(endless.as_bytes()).await;
        assert_eq!(pieces.concat(), endless);
        assert!(pieces.iter().all(|piece| piece.len() <= MOST_LINE_BYTES));
    }
}
