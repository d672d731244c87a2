mod changes;
mod credit;
mod late;
mod losing;
mod resting;
mod switching;
mod yearly;

use super::{
    Beat, Told, budi, event, hearing_twice_changes_nothing, in_order, noon, of_instance, of_order,
    order, ordered, rp, with_late,
};
use crate::{
    mail::News,
    sagas::{Effect, Execute, Heard, Letter, Reaction, Renewal, renewal::RenewalState},
};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{
    ids::WalletId,
    instance::{HoldKind, InstanceEvent},
    period::Period,
    subscription::{EndCause, RenewalCause, SubscriptionEvent as Did},
};

/// Looks on the day of the first reminder.
pub(super) const RENEWAL: Renewal = Renewal { low_credit_days: 7 };

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn moment() -> DateTime<Utc> {
    at("2027-02-27T17:00:00Z")
}

fn period(start: &str, end: &str) -> Period {
    Period {
        start: day(start),
        end: day(end),
    }
}

fn wallet_id() -> WalletId {
    WalletId::of(budi())
}

fn activated() -> Beat {
    of_order(Did::Activated {
        period: period("2027-01-31", "2027-02-28"),
        at: moment(),
    })
}

fn renewed() -> Beat {
    of_order(Did::Renewed {
        period: period("2027-02-28", "2027-03-31"),
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        charge_id: None,
        cause: RenewalCause::Automatic,
        wallet_id: wallet_id(),
        at: moment(),
    })
}

fn past_due() -> Beat {
    of_order(Did::BecamePastDue {
        due_on: day("2027-02-28"),
        grace_until: day("2027-03-07"),
        needed: rp(40_000),
        wallet_id: wallet_id(),
        at: moment(),
    })
}

fn suspended() -> Beat {
    of_order(Did::Suspended {
        on: day("2027-03-07"),
        delete_on: day("2027-04-06"),
        grace_days: 7,
        grace_value: rp(10_000),
        wallet_id: wallet_id(),
        at: moment(),
    })
}

fn resume_ordered() -> Beat {
    of_order(Did::ResumeOrdered {
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        charge_id: None,
        grace: rp(10_000),
        grace_charge_id: None,
        wallet_id: wallet_id(),
        at: moment(),
    })
}

fn started(operation: u32) -> Beat {
    of_instance(InstanceEvent::Started {
        operation,
        at: moment(),
    })
}

fn failed(operation: u32) -> Beat {
    of_instance(InstanceEvent::OperationFailed {
        operation,
        reason: "not in time".parse().unwrap(),
        at: moment(),
    })
}

fn ended() -> Beat {
    of_order(Did::Ended {
        cause: EndCause::Unpaid,
        reason: None,
        refunded: rp(0),
        wallet_id: wallet_id(),
        at: moment(),
    })
}

fn told(story: Vec<Beat>) -> Told<Renewal> {
    Told::new(RENEWAL).after(&in_order(story))
}

fn advance(at: DateTime<Utc>) -> Effect {
    Effect::Execute(Execute::Advance {
        subscription_id: order(),
        at,
    })
}

/// What a timer asks for at this moment.
fn rings(told: &Told<Renewal>, name: &str, moment: &str) -> Vec<(String, Effect)> {
    ring(told, name, moment).effects
}

fn ring(told: &Told<Renewal>, name: &str, moment: &str) -> Reaction<RenewalState> {
    use crate::sagas::Saga as _;
    let heard = Heard::Timer {
        name,
        at: at(moment),
    };
    RENEWAL.react(&told.state, heard)
}

fn due(told: &Told<Renewal>, name: &str) -> Option<DateTime<Utc>> {
    let timer = told.timers.iter().find(|timer| timer.name == name);
    timer.and_then(|timer| timer.due_at)
}

#[test]
fn paid_time_ends_at_midnight_in_jakarta_and_is_announced_before() {
    let told = told(vec![ordered(), activated()]);
    assert_eq!(due(&told, "due"), Some(at("2027-02-27T17:00:00Z")));
    assert_eq!(due(&told, "remind-7"), Some(at("2027-02-20T17:00:00Z")));
    assert_eq!(due(&told, "remind-1"), Some(at("2027-02-26T17:00:00Z")));
    let now = "2027-02-27T17:00:00Z";
    let asked = vec![("advance-due-2027-02-28-2".to_owned(), advance(at(now)))];
    assert_eq!(rings(&told, "due", now), asked);
    assert_eq!(rings(&told, "due", "2027-02-27T16:59:59Z"), []);
}

#[test]
fn a_reminder_is_sent_on_its_day_or_not_at_all() {
    let told = told(vec![ordered(), activated()]);
    let remind = |first| Effect::Remind {
        subscription_id: order(),
        on: day("2027-02-28"),
        first,
    };
    let asked = vec![("remind-7-2027-02-28".to_owned(), remind(true))];
    assert_eq!(rings(&told, "remind-7", "2027-02-21T16:00:00Z"), asked);
    assert_eq!(rings(&told, "remind-7", "2027-02-21T17:00:00Z"), []);
    let asked = vec![("remind-1-2027-02-28".to_owned(), remind(false))];
    assert_eq!(rings(&told, "remind-1", "2027-02-26T17:00:00Z"), asked);
}

#[test]
fn a_renewal_moves_what_it_waits_for() {
    let told = told(vec![ordered(), activated(), renewed()]);
    assert_eq!(due(&told, "due"), Some(at("2027-03-30T17:00:00Z")));
    assert_eq!(rings(&told, "due", "2027-02-27T17:00:00Z"), []);
    assert_eq!(rings(&told, "remind-7", "2027-02-21T05:00:00Z"), []);
}

#[test]
fn the_end_of_grace_and_the_end_of_the_data_are_waited_for() {
    let in_grace = told(vec![ordered(), activated(), past_due()]);
    assert_eq!(due(&in_grace, "grace"), Some(at("2027-03-06T17:00:00Z")));
    let now = "2027-03-06T17:00:00Z";
    let asked = vec![("advance-grace-2027-03-07-3".to_owned(), advance(at(now)))];
    assert_eq!(rings(&in_grace, "grace", now), asked);
    let resting = told(vec![ordered(), activated(), past_due(), suspended()]);
    assert_eq!(rings(&resting, "grace", now), []);
    let now = "2027-04-05T17:00:00Z";
    let asked = vec![("advance-delete-2027-04-06-4".to_owned(), advance(at(now)))];
    assert_eq!(rings(&resting, "delete", now), asked);
    let [(step, Effect::Send { to, letter })] =
        &rings(&resting, "warn-3", "2027-04-03T05:00:00Z")[..]
    else {
        panic!("a warning");
    };
    assert_eq!((step.as_str(), *to), ("warn-3-2027-04-06", budi()));
    let news = News::DataExpiring {
        delete_on: day("2027-04-06"),
    };
    assert_eq!(
        **letter,
        Letter::About {
            subscription_id: order(),
            news
        }
    );
    assert_eq!(rings(&resting, "warn-3", "2027-04-04T05:00:00Z"), []);
}

#[test]
fn who_switches_renewal_off_in_grace_waits_for_nothing() {
    let off = || {
        of_order(Did::RenewalSwitched {
            automatic: false,
            at: moment(),
        })
    };
    let told_in_grace = told(vec![ordered(), activated(), past_due(), off()]);
    let asked = vec![("advance-switched-4".to_owned(), advance(moment()))];
    assert_eq!(told_in_grace.effects, asked);
    assert_eq!(told(vec![ordered(), activated(), off()]).effects, []);
}

/// It was not paid for, and rests.
fn resting() -> Vec<Beat> {
    vec![ordered(), activated(), past_due(), suspended()]
}

/// It is being started again.
fn resuming() -> Vec<Beat> {
    [resting(), vec![resume_ordered()]].concat()
}

#[test]
fn a_resumption_ends_with_what_is_seen_of_the_start() {
    // By the clock of the history, which goes on from the order to what is seen of it.
    let confirm = Effect::Execute(Execute::ConfirmResume {
        subscription_id: order(),
        at: noon(),
    });
    let fail = Effect::Execute(Execute::FailResume {
        subscription_id: order(),
        at: noon(),
    });
    let with = |beat: Beat| told([resuming(), vec![beat]].concat());
    assert_eq!(
        with(started(2)).effects,
        [("resumed-6".to_owned(), confirm)]
    );
    assert_eq!(
        with(failed(2)).effects,
        [("resume-failed-6".to_owned(), fail)]
    );
    assert_eq!(
        told(vec![ordered(), activated(), started(2), failed(3)]).effects,
        []
    );
    // Nothing is deleted while it is being started, and the wait goes on where that failed.
    let resuming = told(resuming());
    assert_eq!(rings(&resuming, "delete", "2027-04-05T17:00:00Z"), []);
    let late = rings(&resuming, "cap", "2027-02-28T17:00:00Z");
    let fail = Effect::Execute(Execute::FailResume {
        subscription_id: order(),
        at: at("2027-02-28T17:00:00Z"),
    });
    assert_eq!(due(&resuming, "cap"), Some(at("2027-02-28T17:00:00Z")));
    assert_eq!(late, [("resume-cap-5".to_owned(), fail)]);
    let given_up = of_order(Did::ResumeFailed {
        refunded: rp(40_000),
        delete_on: day("2027-04-08"),
        wallet_id: wallet_id(),
        at: moment(),
    });
    let back = with(given_up);
    assert_eq!(rings(&back, "delete", "2027-04-06T17:00:00Z"), []);
    assert_eq!(rings(&back, "delete", "2027-04-07T17:00:00Z").len(), 1);
}

#[test]
fn a_lost_day_is_given_back() {
    let lost = || {
        of_instance(InstanceEvent::DayLost {
            day: day("2027-02-03"),
            at: moment(),
        })
    };
    let credit = Effect::Execute(Execute::CreditLostDay {
        subscription_id: order(),
        day: day("2027-02-03"),
        at: moment(),
    });
    let running = told(vec![ordered(), activated(), lost()]);
    assert_eq!(running.effects, [("credit-2027-02-03".to_owned(), credit)]);
    assert_eq!(
        told(vec![ordered(), activated(), ended(), lost()]).effects,
        []
    );
}

#[test]
fn a_day_lost_in_grace_is_asked_for_again_once_it_is_paid() {
    let lost = of_instance(InstanceEvent::DayLost {
        day: day("2027-03-02"),
        at: moment(),
    });
    let told = told(vec![ordered(), activated(), past_due(), lost, renewed()]);
    assert_eq!(told.steps(), ["credit-2027-03-02", "credit-2027-03-02-5"]);
}

#[test]
fn what_kept_it_from_being_resumed_being_gone_is_a_reason_to_try() {
    let released = of_instance(InstanceEvent::Released {
        kind: HoldKind::Staff,
        reason: None,
        at: moment(),
    });
    let on = of_order(Did::RenewalSwitched {
        automatic: true,
        at: moment(),
    });
    for beat in [released, on] {
        let told = told(vec![ordered(), activated(), past_due(), suspended(), beat]);
        assert_eq!(told.effects.len(), 1);
        assert_eq!(told.effects[0].1, advance(moment()));
    }
}

#[test]
fn what_is_over_waits_for_nothing() {
    let told = told(vec![ordered(), activated(), ended()]);
    for name in ["due", "grace", "delete", "remind-7", "warn-1"] {
        assert_eq!(rings(&told, name, "2027-05-01T05:00:00Z"), [], "{name}");
    }
}

#[test]
fn every_event_may_come_twice_and_every_step_may_fail() {
    let off = of_order(Did::RenewalSwitched {
        automatic: false,
        at: moment(),
    });
    let lost = of_instance(InstanceEvent::DayLost {
        day: day("2027-02-03"),
        at: moment(),
    });
    let story = in_order(vec![
        ordered(),
        activated(),
        lost,
        renewed(),
        past_due(),
        off,
        suspended(),
        resume_ordered(),
        failed(2),
        ended(),
    ]);
    hearing_twice_changes_nothing(RENEWAL, &story);
    let done = Told::new(RENEWAL).after(&story);
    for (step, _) in &done.effects {
        let mut told = done.clone();
        let reaction = told.tell(&Beat::Failed(step.clone()));
        assert_eq!(reaction, crate::sagas::Reaction::default(), "{step}");
    }
}

#[test]
fn another_kind_of_event_is_nobodys() {
    use crate::sagas::Saga as _;
    let Beat::Event(restarted) = event::<purser_domain::instance::Instance>(
        &purser_domain::ids::InstanceId::of(order()),
        InstanceEvent::Restarted {
            operation: 1,
            at: moment(),
        },
    ) else {
        unreachable!()
    };
    assert_eq!(RENEWAL.instance(&restarted), None);
}
