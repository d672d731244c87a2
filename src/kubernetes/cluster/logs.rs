//! What the app's containers print. Read, never kept.

use std::io;

use futures_util::{AsyncBufReadExt, Stream};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, LogParams};

use super::Cluster;
use crate::kubernetes::{COMPONENT_LABEL, MANAGED_BY, error::ClusterError};

const MOST_BYTES: i64 = 1_048_576;

/// Which lines.
#[derive(Clone, Debug)]
pub struct LogQuery {
    /// `web`, `database` or `job`.
    pub component: String,
    /// None: the first one, which is the app itself.
    pub container: Option<String>,
    pub tail_lines: Option<i64>,
    pub since_seconds: Option<i64>,
    /// Those of the container before its last restart.
    pub previous: bool,
}

impl Default for LogQuery {
    fn default() -> Self {
        Self {
            component: "web".into(),
            container: None,
            tail_lines: Some(200),
            since_seconds: None,
            previous: false,
        }
    }
}

impl Cluster {
    /// What the newest pod of the component has printed, at most a MiB.
    pub async fn logs(&self, namespace: &str, query: &LogQuery) -> Result<String, ClusterError> {
        let (pod, params) = self.newest_pod(namespace, query).await?;
        let params = LogParams {
            limit_bytes: Some(MOST_BYTES),
            ..params
        };
        self.call(
            &format!("Pod/{pod}"),
            self.within::<Pod>(namespace).logs(&pod, &params),
        )
        .await
    }

    /// The same, and then line by line as it comes, until the container ends or the stream is dropped.
    pub async fn follow_logs(
        &self,
        namespace: &str,
        query: &LogQuery,
    ) -> Result<impl Stream<Item = io::Result<String>> + use<>, ClusterError> {
        let (pod, params) = self.newest_pod(namespace, query).await?;
        let params = LogParams {
            follow: true,
            ..params
        };
        let lines = self
            .call(
                &format!("Pod/{pod}"),
                self.within::<Pod>(namespace).log_stream(&pod, &params),
            )
            .await?;
        Ok(lines.lines())
    }

    async fn newest_pod(
        &self,
        namespace: &str,
        query: &LogQuery,
    ) -> Result<(String, LogParams), ClusterError> {
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
        let first = || {
            pod.spec
                .as_ref()
                .and_then(|spec| spec.containers.first())
                .map(|container| container.name.clone())
        };
        let params = LogParams {
            container: query.container.clone().or_else(first),
            tail_lines: query.tail_lines,
            since_seconds: query.since_seconds,
            previous: query.previous,
            ..LogParams::default()
        };
        Ok((pod.metadata.name.ok_or_else(missing)?, params))
    }
}
