//! Moving what is ours off a node, and giving that up.

use super::*;

#[test]
fn draining_cordons_and_ends_when_nothing_is_left() {
    happens(node(), drain(), vec![draining()]);
    let history = after(node(), &[draining()]);
    happens(history.clone(), drain(), vec![]);
    happens(history.clone(), Do::Cordon, vec![]);
    happens(history.clone(), finish_drain(), vec![drained()]);
    let done = after(history, &[Did::Cordoned {}, drained()]);
    happens(done.clone(), finish_drain(), vec![]);
    happens(done, drain(), vec![]);
}

#[test]
fn uncordoning_calls_a_drain_off_and_lets_it_be_asked_for_again() {
    let back = after(
        node(),
        &[draining(), Did::Cordoned {}, Did::UncordonRequested {}],
    );
    refused(back.clone(), finish_drain(), WorkerError::NotDraining);
    happens(back, drain(), vec![draining()]);
    let reused = [draining(), Did::Cordoned {}, drained(), Did::Uncordoned {}];
    happens(after(node(), &reused), drain(), vec![draining()]);
}

#[test]
fn a_drain_that_takes_too_long_has_failed_and_may_be_asked_for_again() {
    let history = after(node(), &[draining(), Did::Cordoned {}]);
    happens(history.clone(), fail_drain(), vec![drain_failed()]);
    let failed = after(history.clone(), &[drain_failed()]);
    happens(failed.clone(), fail_drain(), vec![]);
    // It stays as it is: nothing new comes onto it.
    happens(failed.clone(), Do::Cordon, vec![]);
    happens(failed, drain(), vec![draining()]);
    let done = after(history, &[drained()]);
    happens(done, fail_drain(), vec![]);
    happens(node(), fail_drain(), vec![]);
}

#[test]
fn only_what_is_in_the_cluster_is_drained() {
    refused(host(), drain(), WorkerError::NotANode);
    refused(node(), finish_drain(), WorkerError::NotDraining);
}
