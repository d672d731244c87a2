use super::*;
use crate::instance::Unready;
use crate::story::stored_as;

fn is(unready: Unready, words: Option<&str>) -> InstanceCommand {
    live(Do::ObserveHealth {
        unready: Some(unready),
        trouble: words.map(str::to_owned),
        at: noon(),
    })
}

fn is_well() -> InstanceCommand {
    live(Do::ObserveHealth {
        unready: None,
        trouble: None,
        at: noon(),
    })
}

fn became(unready: Unready, words: Option<&str>) -> Did {
    Did::BecameUnready {
        unready,
        trouble: words.map(str::to_owned),
        at: noon(),
    }
}

#[test]
fn an_app_that_stops_answering_is_unready_until_it_recovers() {
    let unready = became(Unready::Unresponsive, None);
    expect(
        ready(&[]),
        is(Unready::Unresponsive, None),
        std::slice::from_ref(&unready),
    );
    let down = ready(&[unready]);
    assert_eq!(status(&down), InstanceStatus::Unready);
    let recovered = Did::Recovered { at: noon() };
    expect(down.clone(), is_well(), std::slice::from_ref(&recovered));
    let well = [down, vec![recovered]].concat();
    assert_eq!(status(&well), InstanceStatus::Ready);
}

#[test]
fn only_what_changed_is_news() {
    let (how, words) = (Unready::Crashing, Some("exit code 1"));
    let down = ready(&[became(how, words)]);
    expect(down.clone(), is(how, words), &[]);
    let other = Some("exit code 2");
    expect(down.clone(), is(how, other), &[became(how, other)]);
    let how = Unready::Starting;
    expect(down, is(how, words), &[became(how, words)]);
    expect(ready(&[]), is_well(), &[]);
}

#[test]
fn what_is_under_way_or_at_rest_is_not_expected_to_be_ready() {
    for history in [ready(&[to_restart(1)]), resting(), held(None)] {
        expect(history.clone(), is(Unready::Starting, None), &[]);
        expect(history, is_well(), &[]);
    }
}

#[test]
fn an_operation_that_ends_well_ends_the_trouble() {
    let down = became(Unready::Unresponsive, None);
    let history = ready(&[down, to_restart(1), restarted(1)]);
    assert_eq!(status(&history), InstanceStatus::Ready);
    expect(history, is_well(), &[]);
}

#[test]
fn the_kinds_of_unreadiness_keep_their_stored_words() {
    let kinds = [Unready::Unresponsive, Unready::Starting, Unready::Crashing];
    stored_as(&kinds.map(|kind| (kind, kind.as_str())));
}
