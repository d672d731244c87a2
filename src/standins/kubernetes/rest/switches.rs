//! The switches of the stand-in itself, under `/standin/`: what goes wrong, what pods use, how the cluster is set up.

use http::{Method, StatusCode};
use poem::Response;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::controllers::nodes;
use super::super::faults::{Behaviour, Outage};
use super::super::paths::{text, truth};
use super::super::refusal::Refusal;
use super::super::settings::Settings;
use super::{Call, json_response};

fn parse<T: DeserializeOwned>(body: Value) -> Result<T, Refusal> {
    serde_json::from_value(body).map_err(|error| Refusal::bad_request(error.to_string()))
}

pub(super) fn answer(cluster: &Cluster, path: &str, call: &Call) -> Result<Response, Refusal> {
    let state = match path {
        "/standin/behaviour" => behaviour(cluster, call)?,
        "/standin/consumption" => consumption(cluster, call)?,
        "/standin/filling" => filling(cluster, call)?,
        "/standin/outage" => outage(cluster, call)?,
        "/standin/settings" => settings(cluster, call)?,
        "/standin/node" => node(cluster, call)?,
        "/standin/traffic" => traffic(cluster, call)?,
        "/standin/compact" if call.method == Method::POST => {
            cluster.compact();
            json!({})
        }
        "/standin/compact" => return Err(Refusal::method_not_allowed()),
        _ => return Err(Refusal::no_such_path()),
    };
    Ok(json_response(StatusCode::OK, &state, &[]))
}

fn behaviour(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    match call.method {
        Method::GET => {}
        Method::PUT => match call.json()? {
            all @ Value::Array(_) => cluster.replace_behaviours(parse(all)?),
            one => cluster.set_behaviour(parse::<Behaviour>(one)?),
        },
        Method::DELETE => cluster.replace_behaviours(Vec::new()),
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(json!(cluster.behaviours()))
}

fn consumption(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    match call.method {
        Method::GET => {}
        Method::PUT => cluster.set_consumption(parse(call.json()?)?),
        Method::DELETE => cluster.clear_consumptions(),
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(json!(cluster.consumptions()))
}

/// `{"claim": "web", "used_mib": 4100}` fills volumes, as far as kubelets tell.
fn filling(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    match call.method {
        Method::GET => {}
        Method::PUT => cluster.set_filling(parse(call.json()?)?),
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(json!(cluster.fillings()))
}

fn outage(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    match call.method {
        Method::GET => {}
        Method::PUT => cluster.set_outage(parse(call.json()?)?),
        Method::DELETE => cluster.set_outage(Outage::None),
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(json!(cluster.outage()))
}

fn traffic(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    match call.method {
        Method::GET => {}
        Method::DELETE => cluster.traffic.anew(),
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(json!(cluster.traffic.traffic()))
}

/// `{"name": "node-0", "ready": false}` loses a node.
fn node(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    if call.method != Method::PUT {
        return Err(Refusal::method_not_allowed());
    }
    let said = call.json()?;
    let (name, ready) = (text(&said, "/name"), truth(&said, "/ready"));
    cluster.change(|store| nodes::set_ready(store, name, ready))?;
    Ok(said)
}

/// What a PUT leaves out has its default.
fn settings(cluster: &Cluster, call: &Call) -> Result<Value, Refusal> {
    match call.method {
        Method::GET => {}
        Method::PUT => cluster.configure(parse(call.json()?)?),
        Method::DELETE => cluster.configure(Settings::default()),
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(json!(cluster.store().settings))
}
