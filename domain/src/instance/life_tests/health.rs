use super::*;
use crate::instance::{Illness, Unready};
use crate::story::stored_as;

fn is(unready: Unready, words: Option<&str>) -> InstanceCommand {
    let illness = Some(Illness {
        unready,
        trouble: words.map(str::to_owned),
        ours: false,
    });
    live(Do::ObserveHealth {
        illness,
        at: noon(),
    })
}

fn is_well() -> InstanceCommand {
    live(Do::ObserveHealth {
        illness: None,
        at: noon(),
    })
}

fn became(unready: Unready, words: Option<&str>) -> Did {
    Did::BecameUnready {
        unready,
        trouble: words.map(str::to_owned),
        ours: false,
        at: noon(),
    }
}

fn heal(attempt: u32) -> InstanceCommand {
    live(Do::Heal {
        attempt,
        at: noon(),
    })
}

fn degrade() -> InstanceCommand {
    live(Do::Degrade { at: noon() })
}

fn degraded(unready: Unready) -> Did {
    Did::Degraded {
        unready,
        at: noon(),
    }
}

/// What is said of an app's health.
pub(super) fn commands() -> Vec<InstanceCommand> {
    let at = noon();
    let count = live(Do::CountDowntime {
        lost_minutes: 60,
        at,
    });
    vec![is_well(), heal(1), degrade(), count]
}

/// It breaks, is restarted in vain, is down for hours, and recovers.
pub(in crate::instance) fn outage() -> Vec<InstanceCommand> {
    let until = noon() + Duration::hours(2);
    let lost = Illness {
        unready: Unready::NodeLost,
        trouble: None,
        ours: true,
    };
    let fell = Do::ObserveHealth {
        illness: Some(lost),
        at: noon(),
    };
    vec![
        is(Unready::Unresponsive, None),
        heal(1),
        fail(1),
        live(fell),
        degrade(),
        live(Do::CountDowntime {
            lost_minutes: 60,
            at: until,
        }),
        is_well(),
    ]
}

/// A moment of January 2027 in Jakarta.
fn on(day: u32, time: &str) -> DateTime<Utc> {
    format!("2027-01-{day:02}T{time}:00+07:00").parse().unwrap()
}

fn away(ours: bool, at: DateTime<Utc>) -> Did {
    Did::BecameUnready {
        unready: Unready::NodeLost,
        trouble: None,
        ours,
        at,
    }
}

fn lost(day: u32, at: DateTime<Utc>) -> Did {
    let day = format!("2027-01-{day:02}").parse().unwrap();
    Did::DayLost { day, at }
}

fn counted(history: &[Did], at: DateTime<Utc>, expected: &[Did]) {
    counted_above(60, history, at, expected);
}

fn counted_above(lost_minutes: u32, history: &[Did], at: DateTime<Utc>, expected: &[Did]) {
    let count = live(Do::CountDowntime { lost_minutes, at });
    expect(ready(history), count, expected);
}

#[test]
fn how_much_downtime_loses_a_day_is_the_operators() {
    let down = [away(true, on(10, "10:00"))];
    for (lost_minutes, until, is_lost) in [
        (30, "10:30", false),
        (30, "10:31", true),
        (60, "10:31", false),
        (180, "13:00", false),
        (180, "13:01", true),
        // Nobody gives a day back for some minutes.
        (0, "10:15", false),
        (0, "10:16", true),
    ] {
        let at = on(10, until);
        let expected = is_lost.then(|| lost(10, at));
        counted_above(lost_minutes, &down, at, expected.as_slice());
    }
}

#[test]
fn what_runs_and_does_not_answer_is_restarted() {
    let down = ready(&[became(Unready::Unresponsive, None)]);
    let begun = Did::HealingBegun {
        attempt: 2,
        at: noon(),
    };
    let restart = Did::RestartRequested {
        operation: 1,
        at: noon(),
    };
    expect(down, heal(2), &[begun, restart]);
}

#[test]
fn what_has_not_started_or_is_not_there_is_never_restarted() {
    for unready in [Unready::Starting, Unready::Crashing, Unready::NodeLost] {
        expect(ready(&[became(unready, None)]), heal(1), &[]);
    }
    let of_its_database = Did::BecameUnready {
        unready: Unready::Unresponsive,
        trouble: None,
        ours: true,
        at: noon(),
    };
    expect(ready(&[of_its_database]), heal(1), &[]);
    let down = became(Unready::Unresponsive, None);
    expect(ready(&[down.clone(), to_restart(1)]), heal(1), &[]);
    expect(resting(), heal(1), &[]);
    expect(ready(&[down, Did::Recovered { at: noon() }]), heal(1), &[]);
}

#[test]
fn what_nobody_can_make_ready_is_degraded_once_until_it_recovers() {
    let (how, event) = (Unready::Crashing, degraded(Unready::Crashing));
    let down = ready(&[became(how, None)]);
    expect(down.clone(), degrade(), std::slice::from_ref(&event));
    let given_up = [down, vec![event]].concat();
    assert_eq!(status(&given_up), InstanceStatus::Degraded);
    expect(given_up.clone(), degrade(), &[]);
    let other = [given_up, vec![became(Unready::Starting, None)]].concat();
    assert_eq!(status(&other), InstanceStatus::Degraded);
    let well = [other, vec![Did::Recovered { at: noon() }]].concat();
    assert_eq!(status(&well), InstanceStatus::Ready);
    expect(well, degrade(), &[]);
    expect(ready(&[]), degrade(), &[]);
}

#[test]
fn a_day_with_more_than_an_hour_of_downtime_on_our_side_is_lost_once() {
    let down = away(true, on(10, "08:00"));
    counted(std::slice::from_ref(&down), on(10, "09:00"), &[]);
    let late = on(10, "09:01");
    counted(std::slice::from_ref(&down), late, &[lost(10, late)]);
    counted(&[down, lost(10, late)], on(10, "23:00"), &[]);
}

#[test]
fn a_cause_on_the_customers_side_loses_no_day() {
    counted(&[away(false, on(10, "08:00"))], on(12, "08:00"), &[]);
    let story = [away(true, on(10, "08:00")), away(false, on(10, "08:50"))];
    counted(&story, on(12, "08:00"), &[]);
}

#[test]
fn outages_of_one_day_add_up_and_midnight_in_jakarta_parts_them() {
    let up = |at| Did::Recovered { at };
    let forty = [away(true, on(10, "08:00")), up(on(10, "08:40"))];
    counted(&forty, on(10, "12:00"), &[]);
    let again = [away(true, on(10, "20:00")), up(on(10, "20:21"))];
    let at = on(10, "21:00");
    counted(&[forty, again].concat(), at, &[lost(10, at)]);

    let night = [away(true, on(10, "23:10")), up(on(11, "00:50"))];
    counted(&night, on(11, "12:00"), &[]);
    let at = on(14, "12:00");
    let long = [away(true, on(10, "08:00")), up(on(13, "00:10"))];
    counted(&long, at, &[lost(10, at), lost(11, at), lost(12, at)]);
}

#[test]
fn fewer_minutes_lose_no_day_of_before() {
    let up = |at| Did::Recovered { at };
    let forty = |day| [away(true, on(day, "08:00")), up(on(day, "08:40"))];
    let (yesterday, later) = (on(11, "12:00"), on(31, "12:00"));
    counted_above(60, &forty(10), on(10, "08:40"), &[]);
    counted_above(30, &forty(10), yesterday, &[lost(10, yesterday)]);
    counted_above(30, &forty(10), later, &[]);
    // Another outage brings no old one back.
    let again = [&forty(10)[..], &[away(true, on(31, "11:20"))]].concat();
    counted_above(30, &again, later, &[lost(31, later)]);
    let always: Vec<Did> = (10..=20).flat_map(forty).collect();
    let at = on(20, "12:00");
    counted_above(30, &always, at, &[lost(18, at), lost(19, at), lost(20, at)]);
}

#[test]
fn nothing_is_counted_while_it_is_not_expected_to_run() {
    let stop = Did::StopRequested {
        operation: 1,
        cause: StopCause::Customer,
        at: on(10, "08:30"),
    };
    counted(&[away(true, on(10, "08:00")), stop], on(11, "08:00"), &[]);
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
    let kinds = [
        Unready::Unresponsive,
        Unready::Starting,
        Unready::Crashing,
        Unready::NodeLost,
    ];
    stored_as(&kinds.map(|kind| (kind, kind.as_str())));
}
