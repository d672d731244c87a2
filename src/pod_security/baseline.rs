//! The checks of the level `baseline`, in the order in which a real server lists them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Violation;
use super::offences::{Offences, plural, quoted};
use super::read::{entries, list, number, text, truth};

/// `overridden` leaves out what the level `restricted` says more strictly.
pub(super) fn check(pod: &Value, spec: &Value, version: u32, overridden: bool) -> Vec<Violation> {
    let mut all = Vec::new();
    all.extend(app_armor(pod, spec));
    if !overridden {
        all.extend(capabilities(spec));
    }
    all.extend(host_namespaces(spec));
    if !overridden {
        all.extend(host_paths(spec));
    }
    all.extend(host_ports(spec));
    if version >= 34 {
        all.extend(host_probes(spec));
    }
    all.extend(privileged(spec));
    all.extend(proc_mount(spec));
    all.extend(se_linux(spec, version));
    if !overridden && version >= 19 {
        all.extend(seccomp_offences(spec));
    }
    all.extend(sysctls(spec, version));
    all.extend(host_process(spec));
    all
}

fn said(value: &str) -> Vec<String> {
    vec![value.to_owned()]
}

fn app_armor(pod: &Value, spec: &Value) -> Option<Violation> {
    let found = Offences::in_contexts(spec, |context| {
        match text(context, "/appArmorProfile/type") {
            "" | "RuntimeDefault" | "Localhost" => Vec::new(),
            other => said(other),
        }
    });
    let annotated: Vec<String> = entries(pod, "/metadata/annotations")
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("container.apparmor.security.beta.kubernetes.io/"))
        .filter_map(|(name, value)| value.as_str().map(|value| (name, value)))
        .filter(|(_, value)| {
            !value.is_empty() && *value != "runtime/default" && !value.starts_with("localhost/")
        })
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    let mut details = Vec::new();
    if !found.is_empty() {
        details.push(format!(
            "{} must not set AppArmor profile type to {}",
            found.who(),
            found.what()
        ));
    }
    if !annotated.is_empty() {
        let word = plural("annotation", "annotations", annotated.len());
        details.push(format!("{word} {}", annotated.join(", ")));
    }
    let count = found.values.len() + annotated.len();
    let reason = plural(
        "forbidden AppArmor profile",
        "forbidden AppArmor profiles",
        count,
    );
    (!details.is_empty()).then(|| Violation::new(reason, details.join(" and ")))
}

fn capabilities(spec: &Value) -> Option<Violation> {
    const DEFAULT: [&str; 13] = [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    let found = Offences::in_containers(spec, |container| {
        list(container, "/securityContext/capabilities/add")
            .iter()
            .filter_map(Value::as_str)
            .filter(|added| !DEFAULT.contains(added))
            .map(str::to_owned)
            .collect()
    });
    (!found.is_empty()).then(|| {
        let detail = format!(
            "{} must not include {} in securityContext.capabilities.add",
            found.who(),
            found.what()
        );
        Violation::new("non-default capabilities", detail)
    })
}

fn host_namespaces(spec: &Value) -> Option<Violation> {
    let shared: Vec<String> = ["hostIPC", "hostNetwork", "hostPID"]
        .into_iter()
        .filter(|field| truth(spec, &format!("/{field}")))
        .map(|field| format!("{field}=true"))
        .collect();
    (!shared.is_empty()).then(|| Violation::new("host namespaces", shared.join(", ")))
}

fn host_paths(spec: &Value) -> Option<Violation> {
    let names: Vec<&str> = list(spec, "/volumes")
        .iter()
        .filter(|volume| volume.get("hostPath").is_some())
        .map(|volume| text(volume, "/name"))
        .collect();
    (!names.is_empty()).then(|| {
        let word = plural("volume", "volumes", names.len());
        Violation::new("hostPath volumes", format!("{word} {}", quoted(names)))
    })
}

fn host_ports(spec: &Value) -> Option<Violation> {
    let found = Offences::in_containers(spec, |container| {
        list(container, "/ports")
            .iter()
            .filter_map(|port| number(port, "/hostPort"))
            .filter(|port| *port != 0)
            .map(|port| port.to_string())
            .collect()
    });
    (!found.is_empty()).then(|| {
        let ports: Vec<&str> = found.values.iter().map(String::as_str).collect();
        let detail = format!(
            "{} {} {} {}",
            found.who(),
            plural("uses", "use", found.many()),
            plural("hostPort", "hostPorts", ports.len()),
            ports.join(", ")
        );
        Violation::new("hostPort", detail)
    })
}

fn host_probes(spec: &Value) -> Option<Violation> {
    const PLACES: [&str; 5] = [
        "/livenessProbe",
        "/readinessProbe",
        "/startupProbe",
        "/lifecycle/postStart",
        "/lifecycle/preStop",
    ];
    let found = Offences::in_containers(spec, |container| {
        PLACES
            .iter()
            .flat_map(|place| ["httpGet", "tcpSocket"].map(|way| format!("{place}/{way}/host")))
            .map(|place| text(container, &place).to_owned())
            .filter(|host| !host.is_empty())
            .collect()
    });
    (!found.is_empty()).then(|| {
        let word = plural(
            "probe or lifecycle host",
            "probe or lifecycle hosts",
            found.values.len(),
        );
        let verb = plural("uses", "use", found.many());
        Violation::new(
            "probe or lifecycle host",
            format!("{} {verb} {word} {}", found.who(), found.what()),
        )
    })
}

fn privileged(spec: &Value) -> Option<Violation> {
    let found = Offences::in_containers(spec, |container| {
        if truth(container, "/securityContext/privileged") {
            said("true")
        } else {
            Vec::new()
        }
    });
    (!found.is_empty()).then(|| {
        let detail = format!(
            "{} must not set securityContext.privileged=true",
            found.who()
        );
        Violation::new("privileged", detail)
    })
}

fn proc_mount(spec: &Value) -> Option<Violation> {
    let found = Offences::in_containers(spec, |container| {
        match text(container, "/securityContext/procMount") {
            "" | "Default" => Vec::new(),
            other => said(other),
        }
    });
    (!found.is_empty()).then(|| {
        let detail = format!(
            "{} must not set securityContext.procMount to {}",
            found.who(),
            found.what()
        );
        Violation::new("procMount", detail)
    })
}

fn se_linux(spec: &Value, version: u32) -> Option<Violation> {
    let mut types = vec!["", "container_t", "container_init_t", "container_kvm_t"];
    if version >= 31 {
        types.push("container_engine_t");
    }
    // The letter in front sorts types before users before roles, as they are listed.
    let found = Offences::in_contexts(spec, |context| {
        let mut bad = Vec::new();
        let kind = text(context, "/seLinuxOptions/type");
        if !types.contains(&kind) {
            bad.push(format!("0{kind}"));
        }
        if !text(context, "/seLinuxOptions/user").is_empty() {
            bad.push("1user may not be set".into());
        }
        if !text(context, "/seLinuxOptions/role").is_empty() {
            bad.push("2role may not be set".into());
        }
        bad
    });
    if found.is_empty() {
        return None;
    }
    let types: BTreeSet<&str> = found
        .values
        .iter()
        .filter_map(|value| value.strip_prefix('0'))
        .collect();
    let mut what = Vec::new();
    if !types.is_empty() {
        let word = plural("type", "types", types.len());
        what.push(format!("{word} {}", quoted(types)));
    }
    what.extend(
        found
            .values
            .iter()
            .filter_map(|value| value.strip_prefix(['1', '2']))
            .map(str::to_owned),
    );
    let detail = format!(
        "{} set forbidden securityContext.seLinuxOptions: {}",
        found.who(),
        what.join("; ")
    );
    Some(Violation::new("seLinuxOptions", detail))
}

/// Profiles that are set, and set to something that is not allowed.
pub(super) fn seccomp_offences(spec: &Value) -> Option<Violation> {
    let found = Offences::in_contexts(spec, |context| {
        match context.pointer("/seccompProfile/type") {
            None => Vec::new(),
            Some(kind) => match kind.as_str().unwrap_or("") {
                "RuntimeDefault" | "Localhost" => Vec::new(),
                other => said(other),
            },
        }
    });
    (!found.is_empty()).then(|| {
        let detail = format!(
            "{} must not set securityContext.seccompProfile.type to {}",
            found.who(),
            found.what()
        );
        Violation::new("seccompProfile", detail)
    })
}

fn sysctls(spec: &Value, version: u32) -> Option<Violation> {
    const SAFE: [(&str, u32); 12] = [
        ("kernel.shm_rmid_forced", 0),
        ("net.ipv4.ip_local_port_range", 0),
        ("net.ipv4.tcp_syncookies", 0),
        ("net.ipv4.ping_group_range", 0),
        ("net.ipv4.ip_unprivileged_port_start", 0),
        ("net.ipv4.ip_local_reserved_ports", 27),
        ("net.ipv4.tcp_keepalive_time", 29),
        ("net.ipv4.tcp_fin_timeout", 29),
        ("net.ipv4.tcp_keepalive_intvl", 29),
        ("net.ipv4.tcp_keepalive_probes", 29),
        ("net.ipv4.tcp_rmem", 32),
        ("net.ipv4.tcp_wmem", 32),
    ];
    let bad: Vec<&str> = list(spec, "/securityContext/sysctls")
        .iter()
        .map(|sysctl| text(sysctl, "/name"))
        .filter(|name| {
            !SAFE
                .iter()
                .any(|(safe, since)| safe == name && version >= *since)
        })
        .collect();
    (!bad.is_empty()).then(|| Violation::new("forbidden sysctls", bad.join(", ")))
}

fn host_process(spec: &Value) -> Option<Violation> {
    let found = Offences::in_contexts(spec, |context| {
        if truth(context, "/windowsOptions/hostProcess") {
            said("true")
        } else {
            Vec::new()
        }
    });
    (!found.is_empty()).then(|| {
        let detail = format!(
            "{} must not set securityContext.windowsOptions.hostProcess=true",
            found.who()
        );
        Violation::new("hostProcess", detail)
    })
}
