//! What the level `restricted` asks for beyond `baseline`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::baseline::seccomp_offences;
use super::offences::{Offences, plural, quoted, these};
use super::read::{list, number, text};
use super::{Violation, containers, name_of};

pub(super) fn check(spec: &Value, version: u32) -> Vec<Violation> {
    // What only Linux has is not asked of pods that say they are for Windows.
    let windows = version >= 25 && text(spec, "/os/name") == "windows";
    let mut all = Vec::new();
    if version >= 8 && !windows {
        all.extend(privilege_escalation(spec));
    }
    if version >= 22 && !windows {
        all.extend(capabilities(spec));
    }
    all.extend(volumes(spec));
    all.extend(run_as_non_root(spec));
    if version >= 23 {
        all.extend(run_as_user(spec));
    }
    if version >= 19 && !windows {
        all.extend(seccomp(spec));
    }
    all
}

fn privilege_escalation(spec: &Value) -> Option<Violation> {
    let found = Offences::in_containers(spec, |container| {
        match container.pointer("/securityContext/allowPrivilegeEscalation") {
            Some(Value::Bool(false)) => Vec::new(),
            _ => vec!["true".into()],
        }
    });
    (!found.is_empty()).then(|| {
        let detail = format!(
            "{} must set securityContext.allowPrivilegeEscalation=false",
            found.who()
        );
        Violation::new("allowPrivilegeEscalation != false", detail)
    })
}

fn capabilities(spec: &Value) -> Option<Violation> {
    let missing: Vec<&str> = containers(spec)
        .filter(|container| {
            !list(container, "/securityContext/capabilities/drop")
                .iter()
                .any(|dropped| dropped == "ALL")
        })
        .map(name_of)
        .collect();
    let adding = Offences::in_containers(spec, |container| {
        list(container, "/securityContext/capabilities/add")
            .iter()
            .filter_map(Value::as_str)
            .filter(|added| *added != "NET_BIND_SERVICE")
            .map(str::to_owned)
            .collect()
    });
    let mut details = Vec::new();
    if !missing.is_empty() {
        details.push(format!(
            "{} must set securityContext.capabilities.drop=[\"ALL\"]",
            these(&missing)
        ));
    }
    if !adding.is_empty() {
        details.push(format!(
            "{} must not include {} in securityContext.capabilities.add",
            adding.who(),
            adding.what()
        ));
    }
    (!details.is_empty()).then(|| Violation::new("unrestricted capabilities", details.join("; ")))
}

fn volumes(spec: &Value) -> Option<Violation> {
    const ALLOWED: [&str; 9] = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    let (mut names, mut types) = (Vec::new(), BTreeSet::new());
    for volume in list(spec, "/volumes") {
        let sources: Vec<&str> = volume
            .as_object()
            .into_iter()
            .flatten()
            .map(|(field, _)| field.as_str())
            .filter(|field| *field != "name")
            .collect();
        if sources.iter().any(|source| ALLOWED.contains(source)) {
            continue;
        }
        names.push(text(volume, "/name"));
        types.insert(sources.first().copied().unwrap_or("unknown"));
    }
    (!names.is_empty()).then(|| {
        let detail = format!(
            "{} {} {} {} {}",
            plural("volume", "volumes", names.len()),
            quoted(names.iter().copied()),
            plural("uses", "use", names.len()),
            plural(
                "restricted volume type",
                "restricted volume types",
                types.len()
            ),
            quoted(types)
        );
        Violation::new("restricted volume types", detail)
    })
}

fn run_as_non_root(spec: &Value) -> Option<Violation> {
    const REASON: &str = "runAsNonRoot != true";
    let said = |context: &Value| context.get("runAsNonRoot").and_then(Value::as_bool);
    let refusing = Offences::in_contexts(spec, |context| match said(context) {
        Some(false) => vec!["false".into()],
        _ => Vec::new(),
    });
    if !refusing.is_empty() {
        let detail = format!(
            "{} must not set securityContext.runAsNonRoot=false",
            refusing.who()
        );
        return Some(Violation::new(REASON, detail));
    }
    let silent = silent_containers(spec, |context| said(context).is_some());
    (!silent.is_empty()).then(|| {
        let detail = format!(
            "pod or {} must set securityContext.runAsNonRoot=true",
            these(&silent)
        );
        Violation::new(REASON, detail)
    })
}

/// The containers that say nothing while the pod says nothing for them either.
fn silent_containers(spec: &Value, says: impl Fn(&Value) -> bool) -> Vec<&str> {
    let speaks = |holder: &Value| holder.get("securityContext").is_some_and(&says);
    if speaks(spec) {
        return Vec::new();
    }
    containers(spec)
        .filter(|container| !speaks(container))
        .map(name_of)
        .collect()
}

fn run_as_user(spec: &Value) -> Option<Violation> {
    let root = Offences::in_contexts(spec, |context| {
        if number(context, "/runAsUser") == Some(0) {
            vec!["0".into()]
        } else {
            Vec::new()
        }
    });
    (!root.is_empty()).then(|| {
        Violation::new(
            "runAsUser=0",
            format!("{} must not set runAsUser=0", root.who()),
        )
    })
}

fn seccomp(spec: &Value) -> Option<Violation> {
    if let Some(violation) = seccomp_offences(spec) {
        return Some(violation);
    }
    let silent = silent_containers(spec, |context| {
        context.pointer("/seccompProfile/type").is_some()
    });
    (!silent.is_empty()).then(|| {
        let detail = format!(
            "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
            these(&silent)
        );
        Violation::new("seccompProfile", detail)
    })
}
