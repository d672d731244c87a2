mod draining;

use super::{Capacity, Origin, Worker, WorkerCommand as Do, WorkerError, WorkerEvent as Did};
use crate::story::{at, noon, retold, stored_as, text};
use chrono::{DateTime, Utc};
use cqrs_es::test::TestFramework;

fn worker() -> TestFramework<Worker> {
    TestFramework::with(())
}

fn cores(number: u32) -> Capacity {
    Capacity {
        cpu_millicores: number * 1_000,
        memory_mib: 4_096,
        pods: 110,
    }
}

fn later() -> DateTime<Utc> {
    at("2027-01-31T06:00:00Z")
}

fn seen(pool: &str, number: u32) -> Do {
    Do::ObserveNode {
        name: text("node-1"),
        pool: text(pool),
        capacity: cores(8),
        allocatable: cores(number),
        at: noon(),
    }
}

fn node() -> Vec<Did> {
    vec![registered(Origin::Node, 7)]
}

fn registered(origin: Origin, number: u32) -> Did {
    Did::Registered {
        name: text("node-1"),
        origin,
        pool: text("default"),
        capacity: cores(8),
        allocatable: cores(number),
        at: noon(),
    }
}

fn invite() -> Do {
    Do::Invite {
        pool: text("default"),
        expires_at: later(),
    }
}

fn invited() -> Did {
    Did::Invited {
        pool: text("default"),
        expires_at: later(),
    }
}

fn join(at: DateTime<Utc>) -> Do {
    Do::Join {
        name: text("node-1"),
        capacity: cores(8),
        at,
    }
}

fn host() -> Vec<Did> {
    vec![invited(), registered(Origin::Host, 8)]
}

fn degrade() -> Do {
    Do::GoDegraded {
        since: noon(),
        at: later(),
    }
}

fn degraded() -> Did {
    Did::WentDegraded {
        since: noon(),
        at: later(),
    }
}

fn vanish() -> Do {
    Do::GoOffline {
        since: noon(),
        at: later(),
    }
}

fn offline() -> Did {
    Did::WentOffline {
        since: noon(),
        at: later(),
    }
}

fn return_to_work() -> Do {
    Do::ComeOnline { at: later() }
}

fn online() -> Did {
    Did::CameOnline { at: later() }
}

fn drain() -> Do {
    Do::Drain { at: later() }
}

fn draining() -> Did {
    Did::DrainRequested { at: later() }
}

fn drained() -> Did {
    Did::Drained { at: later() }
}

fn finish_drain() -> Do {
    Do::FinishDrain { at: later() }
}

fn fail_drain() -> Do {
    Do::FailDrain {
        reason: text("a disruption budget holds it"),
        at: later(),
    }
}

fn drain_failed() -> Did {
    Did::DrainFailed {
        reason: text("a disruption budget holds it"),
        at: later(),
    }
}

fn cordon_is(cordoned: bool) -> Do {
    Do::ObserveCordon { cordoned }
}

fn removed() -> Did {
    Did::Removed { at: later() }
}

fn happens(given: Vec<Did>, when: Do, then: Vec<Did>) {
    worker().given(given).when(when).then_expect_events(then);
}

fn refused(given: Vec<Did>, when: Do, why: WorkerError) {
    worker().given(given).when(when).then_expect_error(why);
}

fn after(mut history: Vec<Did>, more: &[Did]) -> Vec<Did> {
    history.extend_from_slice(more);
    history
}

#[test]
fn a_node_is_registered_by_being_seen_and_once() {
    happens(vec![], seen("default", 7), node());
    happens(node(), seen("default", 7), vec![]);
}

#[test]
fn what_changed_of_a_node_is_told_apart() {
    let (capacity, allocatable) = (cores(8), cores(6));
    let changed = Did::CapacityChanged {
        capacity,
        allocatable,
    };
    let moved = Did::PoolChanged { pool: text("big") };
    happens(node(), seen("default", 6), vec![changed.clone()]);
    happens(node(), seen("big", 7), vec![moved.clone()]);
    happens(node(), seen("big", 6), vec![changed.clone(), moved.clone()]);
    happens(after(node(), &[changed, moved]), seen("big", 6), vec![]);
}

#[test]
fn a_host_joins_with_its_token_until_it_expires_and_once() {
    happens(vec![], invite(), vec![invited()]);
    happens(
        vec![invited()],
        join(noon()),
        vec![registered(Origin::Host, 8)],
    );
    refused(vec![invited()], join(later()), WorkerError::TokenExpired);
    refused(host(), join(noon()), WorkerError::TokenSpent);
    refused(
        after(host(), &[removed()]),
        join(noon()),
        WorkerError::TokenSpent,
    );
    refused(vec![], join(noon()), WorkerError::NotFound);
}

#[test]
fn an_invitation_is_given_once_and_is_no_worker_yet() {
    refused(vec![invited()], invite(), WorkerError::AlreadyKnown);
    refused(host(), invite(), WorkerError::AlreadyKnown);
    refused(
        vec![invited()],
        seen("default", 7),
        WorkerError::AlreadyKnown,
    );
    for command in [degrade(), Do::Cordon, drain()] {
        refused(vec![invited()], command, WorkerError::NotJoined);
    }
}

#[test]
fn a_host_tells_what_it_has_and_a_node_is_seen() {
    let report = |number| Do::ReportCapacity {
        capacity: cores(number),
    };
    let changed = Did::CapacityChanged {
        capacity: cores(4),
        allocatable: cores(4),
    };
    happens(host(), report(8), vec![]);
    happens(host(), report(4), vec![changed]);
    refused(node(), report(4), WorkerError::InTheCluster);
    refused(host(), seen("default", 7), WorkerError::NotANode);
}

#[test]
fn missed_heartbeats_lead_from_online_over_degraded_to_offline_each_once() {
    happens(node(), degrade(), vec![degraded()]);
    happens(after(node(), &[degraded()]), degrade(), vec![]);
    happens(after(node(), &[degraded()]), vanish(), vec![offline()]);
    happens(node(), vanish(), vec![offline()]);
    for command in [degrade(), vanish()] {
        happens(after(node(), &[offline()]), command, vec![]);
    }
}

#[test]
fn a_heartbeat_brings_it_back_and_changes_nothing_of_one_that_is_online() {
    for trouble in [degraded(), offline()] {
        happens(after(host(), &[trouble]), return_to_work(), vec![online()]);
    }
    happens(host(), return_to_work(), vec![]);
}

#[test]
fn cordoning_a_node_is_asked_for_once_and_closed_by_what_is_seen() {
    let asked = Did::CordonRequested {};
    happens(node(), Do::Cordon, vec![asked.clone()]);
    let asked = after(node(), &[asked]);
    happens(asked.clone(), Do::Cordon, vec![]);
    happens(asked.clone(), cordon_is(false), vec![]);
    happens(asked.clone(), cordon_is(true), vec![Did::Cordoned {}]);
    let cordoned = after(asked, &[Did::Cordoned {}]);
    happens(cordoned.clone(), cordon_is(true), vec![]);
    happens(cordoned.clone(), Do::Cordon, vec![]);
    happens(cordoned, Do::Uncordon, vec![Did::UncordonRequested {}]);
}

#[test]
fn an_old_sight_does_not_answer_a_newer_wish() {
    let back = after(node(), &[Did::Cordoned {}, Did::UncordonRequested {}]);
    happens(back.clone(), cordon_is(true), vec![]);
    happens(back.clone(), Do::Uncordon, vec![]);
    happens(back.clone(), Do::Cordon, vec![Did::CordonRequested {}]);
    happens(back, cordon_is(false), vec![Did::Uncordoned {}]);
}

#[test]
fn what_somebody_else_cordons_is_seen_and_can_be_undone() {
    happens(node(), cordon_is(true), vec![Did::Cordoned {}]);
    happens(
        after(node(), &[Did::Cordoned {}]),
        Do::Uncordon,
        vec![Did::UncordonRequested {}],
    );
    happens(node(), Do::Uncordon, vec![]);
}

#[test]
fn a_host_is_cordoned_at_once() {
    happens(host(), Do::Cordon, vec![Did::Cordoned {}]);
    let cordoned = after(host(), &[Did::Cordoned {}]);
    happens(cordoned.clone(), Do::Cordon, vec![]);
    happens(cordoned, Do::Uncordon, vec![Did::Uncordoned {}]);
    happens(host(), Do::Uncordon, vec![]);
}

#[test]
fn a_node_goes_when_it_is_gone_and_a_host_when_it_is_dismissed() {
    let (gone, dismiss) = (Do::ObserveGone { at: later() }, Do::Dismiss { at: later() });
    happens(node(), gone.clone(), vec![removed()]);
    refused(node(), dismiss.clone(), WorkerError::InTheCluster);
    refused(host(), gone.clone(), WorkerError::NotANode);
    for history in [host(), vec![invited()]] {
        happens(history, dismiss.clone(), vec![removed()]);
    }
    for command in [gone, dismiss] {
        happens(after(node(), &[removed()]), command, vec![]);
    }
}

#[test]
fn what_was_removed_stays_removed() {
    let history = after(node(), &[removed()]);
    for command in [seen("default", 7), Do::Cordon, return_to_work(), drain()] {
        refused(history.clone(), command, WorkerError::Removed);
    }
}

#[test]
fn a_worker_that_nobody_knows_is_not_found() {
    for command in [degrade(), Do::Cordon, Do::Dismiss { at: noon() }] {
        refused(vec![], command, WorkerError::NotFound);
    }
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    let of_a_node = vec![
        seen("default", 7),
        seen("big", 6),
        degrade(),
        vanish(),
        return_to_work(),
        Do::Cordon,
        cordon_is(true),
        Do::Uncordon,
        cordon_is(false),
        drain(),
        cordon_is(true),
        fail_drain(),
        drain(),
        finish_drain(),
        Do::ObserveGone { at: later() },
    ];
    retold::<Worker>(vec![of_a_node, vec![invite(), join(noon()), Do::Cordon]]).await;
}

#[test]
fn origins_keep_their_stored_words() {
    stored_as(&[(Origin::Node, "node"), (Origin::Host, "host")]);
    assert_eq!(
        (Origin::Node.as_str(), Origin::Host.as_str()),
        ("node", "host")
    );
}

#[test]
fn nothing_is_left_where_more_is_taken_than_there_is() {
    let little = cores(1).less(cores(2));
    assert_eq!(
        little,
        Capacity {
            cpu_millicores: 0,
            memory_mib: 0,
            pods: 0
        }
    );
    assert!(cores(2).holds(cores(1)) && !cores(1).holds(cores(2)));
    assert_eq!(cores(1).plus(little), cores(1));
}
