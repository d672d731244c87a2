//! Requests for apps that have no route of their own now. The entrance sends whatever it knows no better place for to
//! Purser, which says in the app's place that it rests, is on its way, or never was. No part of the API answers there.

use super::{Parts, problem::Problem};
use poem::{
    Endpoint, IntoResponse as _, Request, Response,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::OperationId;
use purser_projections::{
    Projection as _,
    pods::{self, PodStatus, Pods},
    views::ViewsError,
};
use std::sync::Arc;

const PAGE: &str = include_str!("resting.html");
/// When to look again at an app that somebody has to start, and at one that is on its way, in seconds.
const RESTS_FOR: u32 = 300;
const STARTS_WITHIN: u32 = 10;

/// Which hosts are apps'.
#[derive(Clone, Debug)]
pub struct AppHosts {
    /// What follows the app's own part, with a dot in front.
    ending: String,
    /// Where the API itself is reached, which may be under the same domain.
    own: String,
}

impl AppHosts {
    /// From the domain of the apps and the host of the API.
    pub fn new(domain: &str, own: &str) -> Self {
        Self {
            ending: format!(".{}", domain.to_ascii_lowercase()),
            own: own.to_owned(),
        }
    }

    /// The app that a request is for, where it is for one.
    pub(super) fn visited(&self, request: &Request) -> Option<String> {
        let host = request.header(header::HOST).map(str::to_owned);
        let host = host.or_else(|| Some(request.uri().authority()?.to_string()));
        self.app(&host?)
    }

    /// The app's part of a host, or nothing where the host is no app's.
    fn app(&self, host: &str) -> Option<String> {
        let host = without_port(host);
        let app = host.strip_suffix(&self.ending)?.to_owned();
        (host != self.own).then_some(app)
    }
}

fn without_port(host: &str) -> String {
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok());
    name.map_or(host, |(name, _)| name)
        .trim_end_matches('.')
        .to_ascii_lowercase()
}

/// The API, and in front of it the hosts of apps.
pub(super) struct Resting<E> {
    pub(super) inner: E,
    pub(super) parts: Arc<Parts>,
}

impl<E: Endpoint<Output = Response>> Endpoint for Resting<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let Some(app) = self.parts.app_hosts.visited(&request) else {
            return self.inner.call(request).await;
        };
        let accepted = request.header(header::ACCEPT).unwrap_or_default();
        let problem = match standing(&self.parts, &app).await {
            Ok(standing) => standing.problem(),
            Err(problem) => problem,
        };
        if accepted.contains("text/html") {
            return Ok(page(&problem));
        }
        let mut error = poem::Error::from(problem);
        error.set_data(OperationId("visit_app"));
        Err(error)
    }
}

/// How it is with the app behind a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Unknown,
    Rests,
    OnItsWay,
}

async fn standing(parts: &Parts, app: &str) -> Result<Standing, Problem> {
    let mut views = parts.at(&[Pods::NAME], None).await?;
    let status = pods::status_under(&mut views, app).await;
    Ok(match status.map_err(ViewsError::from)? {
        None | Some(PodStatus::Removing | PodStatus::Removed) => Standing::Unknown,
        Some(PodStatus::Stopping | PodStatus::Stopped | PodStatus::Held) => Standing::Rests,
        Some(
            PodStatus::Provisioning
            | PodStatus::Ready
            | PodStatus::Unready
            | PodStatus::Restarting
            | PodStatus::Starting
            | PodStatus::Resizing
            | PodStatus::Reconfiguring
            | PodStatus::ResettingPassword
            | PodStatus::Degraded,
        ) => Standing::OnItsWay,
    })
}

impl Standing {
    fn problem(self) -> Problem {
        match self {
            Self::Unknown => Problem::not_found("app.not_found", "there is no app at this address"),
            Self::Rests => Problem::unavailable("app.resting", "this app is paused", RESTS_FOR),
            Self::OnItsWay => {
                let detail = "this app cannot be reached at the moment";
                Problem::unavailable("app.on_its_way", detail, STARTS_WITHIN)
            }
        }
    }
}

/// The same for a browser, in both languages.
fn page(problem: &Problem) -> Response {
    let [indonesian, english] = match &*problem.code {
        "app.not_found" => [
            "Tidak ada aplikasi di alamat ini.",
            "There is no app at this address.",
        ],
        "app.resting" => ["Aplikasi ini sedang dijeda.", "This app is paused."],
        _ => [
            "Aplikasi ini belum dapat dijangkau. Silakan coba lagi sebentar lagi.",
            "This app cannot be reached at the moment. Please try again shortly.",
        ],
    };
    let text = PAGE
        .replace("{indonesian}", indonesian)
        .replace("{english}", english);
    let mut response = text
        .with_content_type("text/html; charset=utf-8")
        .with_status(problem.status_code())
        .into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.set_data(OperationId("visit_app"));
    response
}

/// Whether an answer that is no success has said why.
pub(super) fn is_page(response: &Response) -> bool {
    let html = response
        .content_type()
        .is_some_and(|kind| kind.starts_with("text/html"));
    html && matches!(
        response.status(),
        StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_of_apps_are_told_from_the_apis_own() {
        let hosts = AppHosts::new("Apps.Example.com", "panel.apps.example.com");
        let app = |host: &str| hosts.app(host);
        assert_eq!(app("toko.apps.example.com").as_deref(), Some("toko"));
        assert_eq!(app("TOKO.apps.example.com.:443").as_deref(), Some("toko"));
        for other in [
            "panel.apps.example.com",
            "panel.apps.example.com:8443",
            "apps.example.com",
            "notapps.example.com",
            "10.0.0.7:8080",
            "[::1]:8080",
            "",
        ] {
            assert_eq!(app(other), None, "{other}");
        }
    }
}
