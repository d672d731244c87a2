use super::*;
use crate::story::{Story, at, id};
use purser_domain::worker::Worker;

fn then(story: Story, fact: WorkerEvent) -> Story {
    story.then::<Worker>(&WorkerId::new(id(1)), fact)
}

fn told(facts: impl IntoIterator<Item = WorkerEvent>) -> Story {
    facts.into_iter().fold(Story::default(), then)
}

fn capacity(number: u32) -> Capacity {
    Capacity {
        cpu_millicores: number,
        memory_mib: number * 2,
        pods: number * 3,
    }
}

fn registered(origin: Origin) -> WorkerEvent {
    WorkerEvent::Registered {
        name: "node-1".parse().unwrap(),
        origin,
        pool: "default".parse().unwrap(),
        capacity: capacity(8),
        allocatable: capacity(7),
        at: at(1),
    }
}

fn invited() -> WorkerEvent {
    WorkerEvent::Invited {
        pool: "default".parse().unwrap(),
        expires_at: at(9),
    }
}

fn row(story: &Story) -> WorkerRow {
    story.row::<Workers>(id(1)).unwrap()
}

#[test]
fn a_node_is_there_once_it_was_seen() {
    let node = row(&told([registered(Origin::Node)]));
    let expected = WorkerRow {
        id: id(1),
        name: Some("node-1".into()),
        origin: "node".into(),
        pool: "default".into(),
        status: "online".into(),
        since: at(1),
        cordoned: false,
        cordon_wanted: None,
        drain: None,
        drain_failed: None,
        cpu_millicores: 8,
        memory_mib: 16,
        pods: 24,
        allocatable_cpu_millicores: 7,
        allocatable_memory_mib: 14,
        allocatable_pods: 21,
        invited_until: None,
        registered_at: Some(at(1)),
        version: 1,
        position: 1,
    };
    assert_eq!(node, expected);
}

#[test]
fn a_host_is_invited_before_it_joins() {
    let open = row(&told([invited()]));
    assert_eq!((open.status.as_str(), open.name), ("invited", None));
    let host = row(&told([invited(), registered(Origin::Host)]));
    assert_eq!(
        (host.status.as_str(), host.origin.as_str()),
        ("online", "host")
    );
    assert_eq!((host.invited_until, host.version), (Some(at(9)), 2));
}

#[test]
fn its_status_says_since_when() {
    let node = registered(Origin::Node);
    for (fact, status, since) in [
        (
            WorkerEvent::WentDegraded {
                since: at(2),
                at: at(3),
            },
            "degraded",
            at(2),
        ),
        (
            WorkerEvent::WentOffline {
                since: at(2),
                at: at(4),
            },
            "offline",
            at(2),
        ),
        (WorkerEvent::CameOnline { at: at(5) }, "online", at(5)),
        (WorkerEvent::Removed { at: at(6) }, "removed", at(6)),
    ] {
        let seen = row(&told([node.clone(), fact]));
        assert_eq!((seen.status.as_str(), seen.since), (status, since));
    }
}

#[test]
fn capacity_and_pool_follow() {
    let changed = WorkerEvent::CapacityChanged {
        capacity: capacity(10),
        allocatable: capacity(9),
    };
    let moved = WorkerEvent::PoolChanged {
        pool: "big".parse().unwrap(),
    };
    let node = row(&told([registered(Origin::Node), changed, moved]));
    assert_eq!((node.pods, node.allocatable_memory_mib), (30, 18));
    assert_eq!((node.pool.as_str(), node.version), ("big", 3));
}

#[test]
fn a_cordon_is_a_wish_until_it_is_seen() {
    let asked = told([registered(Origin::Node), WorkerEvent::CordonRequested {}]);
    assert_eq!(
        (row(&asked).cordoned, row(&asked).cordon_wanted),
        (false, Some(true))
    );
    let seen = then(asked, WorkerEvent::Cordoned {});
    assert_eq!(
        (row(&seen).cordoned, row(&seen).cordon_wanted),
        (true, None)
    );
    let back = then(seen, WorkerEvent::UncordonRequested {});
    assert_eq!(row(&back).cordon_wanted, Some(false));
    let free = then(back, WorkerEvent::Uncordoned {});
    assert_eq!(
        (row(&free).cordoned, row(&free).cordon_wanted),
        (false, None)
    );
}

#[test]
fn a_drain_is_followed_to_its_end_and_forgotten_when_the_node_is_used_again() {
    let asked = told([
        registered(Origin::Node),
        WorkerEvent::DrainRequested { at: at(2) },
        WorkerEvent::Cordoned {},
    ]);
    assert_eq!(row(&asked).drain.as_deref(), Some("requested"));
    let done = then(asked.clone(), WorkerEvent::Drained { at: at(3) });
    assert_eq!(row(&done).drain.as_deref(), Some("done"));
    let used = then(done, WorkerEvent::Uncordoned {});
    assert_eq!(row(&used).drain, None);
    let called_off = then(asked, WorkerEvent::UncordonRequested {});
    assert_eq!(row(&called_off).drain, None);
}

#[test]
fn a_drain_that_failed_says_why_until_it_is_asked_for_again() {
    let failed = told([
        registered(Origin::Node),
        WorkerEvent::DrainRequested { at: at(2) },
        WorkerEvent::Cordoned {},
        WorkerEvent::DrainFailed {
            reason: "a budget holds it".parse().unwrap(),
            at: at(3),
        },
    ]);
    let shown = |story: &Story| (row(story).drain, row(story).drain_failed);
    let why = Some("a budget holds it".to_owned());
    assert_eq!(shown(&failed), (Some("failed".to_owned()), why));
    let again = then(failed.clone(), WorkerEvent::DrainRequested { at: at(4) });
    assert_eq!(shown(&again), (Some("requested".to_owned()), None));
    let used = then(failed, WorkerEvent::Uncordoned {});
    assert_eq!(shown(&used), (None, None));
}

#[test]
fn a_worker_that_was_never_registered_cannot_change() {
    let story = told([WorkerEvent::Cordoned {}]);
    assert_eq!(
        story.refusal::<Workers>(),
        Some(Unprojectable::Missing(id(1)))
    );
    let twice = told([registered(Origin::Node), registered(Origin::Node)]);
    assert_eq!(
        twice.refusal::<Workers>(),
        Some(Unprojectable::Exists(id(1)))
    );
}
