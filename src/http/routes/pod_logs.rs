use super::{Tag, pods::not_found};
use crate::http::{
    Parts,
    caller::Customer,
    error::{ApiError, ReadingLog},
    pods::{PrintedLine, WantedLog},
    problem::Problem,
    streams::OpenStream,
};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use poem::{http::StatusCode, web::sse::Event};
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::{EventStream, PlainText},
    types::ToJSON as _,
};
use purser_domain::{ids::InstanceId, instance::Instance};
use std::{io, sync::Arc, time::Duration};
use uuid::Uuid;

/// How often a silent stream shows that it lives, and whether its reader still may read is looked at.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A part of what runs.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum Component {
    /// The app itself.
    Web,
    /// Its database.
    Database,
    /// What was run once, to set it up.
    Job,
}

impl From<Component> for &'static str {
    fn from(component: Component) -> Self {
        match component {
            Component::Web => "web",
            Component::Database => "database",
            Component::Job => "job",
        }
    }
}

/// What a followed log tells: a line, or that it has ended and why.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct LogEvent {
    /// The container that printed it.
    container: Option<String>,
    /// What was printed; a line over 16 KiB comes in pieces.
    line: Option<String>,
    /// Why nothing follows: the last event of a stream, of type `end`.
    ended: Option<String>,
}

impl LogEvent {
    fn ended(why: &str) -> Self {
        Self {
            container: None,
            line: None,
            ended: Some(why.to_owned()),
        }
    }
}

impl From<io::Result<PrintedLine>> for LogEvent {
    fn from(line: io::Result<PrintedLine>) -> Self {
        match line {
            Ok(line) => Self {
                container: Some(line.container),
                line: Some(line.text),
                ended: None,
            },
            Err(error) => {
                tracing::info!("a followed log broke off: {error}");
                Self::ended("the cluster broke off")
            }
        }
    }
}

type LogStream = EventStream<BoxStream<'static, LogEvent>>;

pub(in crate::http) struct PodLogRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/pods", tag = "Tag::Pods")]
impl PodLogRoutes {
    /// Read the last lines of an app's log.
    #[oai(path = "/:id/logs", method = "get", operation_id = "get_pod_logs")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a parameter of the query"
    )]
    async fn logs(
        &self,
        customer: Customer,
        /// The pod's id.
        id: Path<Uuid>,
        /// How many lines of each container, 1 to 5,000; 100 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "5000")))]
        tail: Query<Option<u32>>,
        /// Only what was printed in the last so many seconds.
        #[oai(validator(minimum(value = "1"), maximum(value = "2592000")))]
        since: Query<Option<u32>>,
        /// The lines before the container's last restart.
        previous: Query<Option<bool>>,
        /// A container by its name, or `*` for all of them, each line after `[name]`; else the app's own.
        #[oai(validator(max_length = 63, pattern = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?|\*)$"))]
        container: Query<Option<String>>,
        /// The part of the app; `web` where it is not given.
        component: Query<Option<Component>>,
    ) -> Result<PlainText<String>, ApiError<ReadingLog>> {
        self.own(&customer, id.0).await?;
        let _counted = self.open(&customer)?;
        let wanted = WantedLog {
            component: component.0.unwrap_or(Component::Web).into(),
            container: container.0,
            tail: tail.0.unwrap_or(100),
            since_seconds: since.0,
            previous: previous.0.unwrap_or(false),
        };
        let lines = self.0.pods.logs(InstanceId::new(id.0), &wanted).await?;
        Ok(PlainText(lines))
    }

    /// Follow an app's log.
    ///
    /// Server-sent events, one a line, until the pod ends; the last one is of type `end`. A silent
    /// stream carries a comment every 15 seconds. A reader that is slow is waited for. It ends with the session in which it was
    /// asked for.
    #[oai(
        path = "/:id/logs/stream",
        method = "get",
        operation_id = "follow_pod_logs"
    )]
    async fn follow(
        &self,
        customer: Customer,
        /// The pod's id.
        id: Path<Uuid>,
        /// How many lines of each container to begin with, 0 to 5,000; 100 where it is not given.
        #[oai(validator(minimum(value = "0"), maximum(value = "5000")))]
        tail: Query<Option<u32>>,
        /// Only what was printed in the last so many seconds, and later.
        #[oai(validator(minimum(value = "1"), maximum(value = "2592000")))]
        since: Query<Option<u32>>,
        /// A container by its name, or `*` for all of them; else the app's own.
        #[oai(validator(max_length = 63, pattern = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?|\*)$"))]
        container: Query<Option<String>>,
        /// The part of the app; `web` where it is not given.
        component: Query<Option<Component>>,
    ) -> Result<LogStream, ApiError<ReadingLog>> {
        self.own(&customer, id.0).await?;
        let open = self.open(&customer)?;
        let wanted = WantedLog {
            component: component.0.unwrap_or(Component::Web).into(),
            container: container.0,
            tail: tail.0.unwrap_or(100),
            since_seconds: since.0,
            previous: false,
        };
        let instance = InstanceId::new(id.0);
        let lines = self.0.pods.follow_logs(instance, &wanted).await?;
        let end = stream::iter([LogEvent::ended("the pod has nothing more to tell")]);
        let events = lines.map(LogEvent::from).chain(end);
        // Nothing follows the first event that says so, and a reader who was shut out reads no more.
        let events = events.scan(false, |over, event| {
            let before = std::mem::replace(over, event.ended.is_some());
            std::future::ready((!before).then_some(event))
        });
        let allowed = Box::pin(shut_out(self.0.clone(), customer));
        let events = events.take_until(allowed).map(move |event| {
            let _counted = &open;
            event
        });
        let stream = EventStream::new(events.boxed()).keep_alive(KEEP_ALIVE);
        Ok(stream.to_event(|event| {
            let kind = if event.ended.is_some() { "end" } else { "" };
            Event::message(event.to_json_string()).event_type(kind)
        }))
    }
}

impl PodLogRoutes {
    /// Whose an instance is never changes, so what is remembered is right.
    async fn own(&self, customer: &Customer, id: Uuid) -> Result<(), Problem> {
        let instance = self
            .0
            .states
            .recall::<Instance>(&InstanceId::new(id))
            .await?;
        let owner = instance.wanted().map(|wanted| wanted.user_id);
        (owner == Some(customer.id()))
            .then_some(())
            .ok_or_else(not_found)
    }

    /// Counts one more log that is read or followed, for as long as what is given back lives.
    fn open(&self, customer: &Customer) -> Result<OpenStream, Problem> {
        let open = self.0.log_streams.open(customer.id());
        open.ok_or_else(|| self.too_many())
    }

    fn too_many(&self) -> Problem {
        let most = self.0.log_streams.most();
        let detail = format!("you read or follow {most} logs already; end one first");
        let mut problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "logs.too_many_streams",
            detail,
        );
        // By then it is seen of a reader who has gone that he is gone.
        problem.retry_after_seconds = u32::try_from(KEEP_ALIVE.as_secs()).ok();
        problem
    }
}

/// Ends when the session is seen to be over, be it signed out, by another password or with its account: a stream outlives the
/// look at its token.
async fn shut_out(parts: Arc<Parts>, customer: Customer) {
    loop {
        tokio::time::sleep(KEEP_ALIVE).await;
        if let Ok(false) = parts.accounts.is_signed_in(customer.caller()).await {
            return;
        }
    }
}
