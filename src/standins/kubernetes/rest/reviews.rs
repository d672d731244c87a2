//! Rights over HTTP: whether a request is allowed, what its sender may ask about that, and tokens for accounts.

use chrono::SecondsFormat;
use http::{Method, StatusCode};
use poem::Response;
use serde_json::{Value, json};

use super::super::access::{self, Ask};
use super::super::cluster::Cluster;
use super::super::paths::{number, text};
use super::super::refusal::Refusal;
use super::{Call, Target, json_response};

/// What a request asks for, in the terms of roles.
pub(super) fn asked(path: &str, method: &Method, watch: bool) -> Ask {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] if !rest.is_empty() => ("", rest),
        ["apis", group, _, rest @ ..] if !rest.is_empty() => (*group, rest),
        _ => {
            return Ask {
                verb: method.as_str().to_lowercase(),
                path: path.to_owned(),
                ..Ask::default()
            };
        }
    };
    let (namespace, resource, name, subresource) = match *rest {
        ["namespaces", name] => ("", "namespaces", name, ""),
        ["namespaces", name, sub @ ("status" | "finalize")] => ("", "namespaces", name, sub),
        ["namespaces", namespace, plural] => (namespace, plural, "", ""),
        ["namespaces", namespace, plural, name] => (namespace, plural, name, ""),
        ["namespaces", namespace, plural, name, sub, ..] => (namespace, plural, name, sub),
        [plural] => ("", plural, "", ""),
        [plural, name] => ("", plural, name, ""),
        [plural, name, sub, ..] => ("", plural, name, sub),
        [] => ("", "", "", ""),
    };
    let verb = match *method {
        Method::GET if watch => "watch",
        Method::GET if name.is_empty() => "list",
        Method::GET => "get",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if name.is_empty() => "deletecollection",
        _ => "delete",
    };
    // Rights in a namespace are rights on the namespace itself.
    let namespace = if resource == "namespaces" {
        name
    } else {
        namespace
    };
    Ask {
        verb: verb.into(),
        group: group.into(),
        resource: resource.into(),
        subresource: subresource.into(),
        namespace: namespace.into(),
        name: name.into(),
        path: String::new(),
    }
}

/// Refuses what the sender may not do.
pub(super) fn authorize(cluster: &Cluster, path: &str, call: &Call) -> Result<(), Refusal> {
    allow(cluster, call, asked(path, &call.method, call.flag("watch")))
}

/// An apply that would make an object needs the right to create it as well.
pub(super) fn authorize_making(
    cluster: &Cluster,
    target: &Target,
    call: &Call,
) -> Result<(), Refusal> {
    if cluster.store().get(&target.key()).is_some() {
        return Ok(());
    }
    let ask = Ask {
        verb: "create".into(),
        group: target.kind.group.into(),
        resource: target.kind.plural.into(),
        subresource: target.subresource.clone(),
        namespace: target.namespace.clone().unwrap_or_default(),
        name: target.name.clone(),
        path: String::new(),
    };
    allow(cluster, call, ask)
}

fn allow(cluster: &Cluster, call: &Call, ask: Ask) -> Result<(), Refusal> {
    let allowed = access::allows(&cluster.settled().rights, &call.user, &ask);
    cluster.audit().note(&call.user, &ask, allowed);
    match allowed {
        true => Ok(()),
        false => Err(Refusal::not_allowed(&call.user.name, &ask)),
    }
}

/// The answer, if the path is about rights or tokens.
pub(super) fn answer(
    cluster: &Cluster,
    path: &str,
    call: &Call,
) -> Result<Option<Response>, Refusal> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let body = match parts.as_slice() {
        [
            "apis",
            "authorization.k8s.io",
            "v1",
            "selfsubjectaccessreviews",
        ] => review(cluster, call)?,
        [
            "api",
            "v1",
            "namespaces",
            namespace,
            "serviceaccounts",
            name,
            "token",
        ] => token(cluster, namespace, name, call)?,
        _ => return Ok(None),
    };
    Ok(Some(json_response(StatusCode::CREATED, &body, &[])))
}

fn review(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    if call.method != Method::POST {
        return Err(Refusal::method_not_allowed());
    }
    let mut body = call.json()?;
    let resource =
        |field: &str| text(&body, &format!("/spec/resourceAttributes/{field}")).to_owned();
    let ask = match body.pointer("/spec/nonResourceAttributes") {
        Some(attributes) => Ask {
            verb: text(attributes, "/verb").to_owned(),
            path: text(attributes, "/path").to_owned(),
            ..Ask::default()
        },
        None => Ask {
            verb: resource("verb"),
            group: resource("group"),
            resource: resource("resource"),
            subresource: resource("subresource"),
            namespace: resource("namespace"),
            name: resource("name"),
            path: String::new(),
        },
    };
    let allowed = access::allows(&cluster.settled().rights, &call.user, &ask);
    body["kind"] = "SelfSubjectAccessReview".into();
    body["apiVersion"] = "authorization.k8s.io/v1".into();
    body["status"] = json!({ "allowed": allowed });
    Ok(body)
}

fn token(cluster: &Cluster, namespace: &str, name: &str, call: &Call) -> Result<Value, Refusal> {
    const HOUR: i64 = 3600;
    if call.method != Method::POST {
        return Err(Refusal::method_not_allowed());
    }
    let mut body = call.json()?;
    let seconds = number(&body, "/spec/expirationSeconds").unwrap_or(HOUR);
    if seconds < 600 {
        return Err(Refusal::short_token(name, seconds));
    }
    let (token, ends) = access::issue(cluster, namespace, name, seconds)
        .ok_or_else(|| Refusal::not_found(super::super::kinds::known("serviceaccounts"), name))?;
    body["kind"] = "TokenRequest".into();
    body["apiVersion"] = "authentication.k8s.io/v1".into();
    body["spec"]["expirationSeconds"] = seconds.into();
    body["status"] = json!({
        "token": token,
        "expirationTimestamp": ends.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    Ok(body)
}
