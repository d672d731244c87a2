use super::{Beat, Told, budi, event, hearing_twice_changes_nothing, noon, rp};
use crate::sagas::{Approvals, Effect, Execute, Letter};
use chrono::Duration;
use purser_domain::{
    approval::{Act, Approval, ApprovalEvent, Deed, Held},
    ids::{AdjustmentId, ApprovalId, UserId},
    wallet::AdjustmentSide,
};
use uuid::Uuid;

fn approval_id() -> ApprovalId {
    ApprovalId::new(Uuid::from_u128(0xa99))
}

fn person(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

fn told(fact: ApprovalEvent) -> Beat {
    event::<Approval>(&approval_id(), fact)
}

fn requested() -> Beat {
    let held = Held {
        act: Act {
            user_id: Some(budi()),
            deed: Deed::Adjust {
                adjustment_id: AdjustmentId::new(Uuid::nil()),
                side: AdjustmentSide::Credit,
                amount: rp(2_000_000),
                reason: "paid at the counter".parse().unwrap(),
            },
        },
        requested_by: person(1),
        expected_version: 3,
        amount: Some(rp(2_000_000)),
        asked: vec![person(2), person(3)],
        expires_at: noon() + Duration::hours(72),
    };
    told(ApprovalEvent::Requested {
        held: Box::new(held),
        at: noon(),
    })
}

fn ends() -> [Beat; 3] {
    let (by, at) = (person(2), noon());
    let reason = "there is no receipt".parse().unwrap();
    [
        told(ApprovalEvent::Approved { by, at }),
        told(ApprovalEvent::Rejected { by, reason, at }),
        told(ApprovalEvent::Expired { at }),
    ]
}

#[test]
fn whoever_may_decide_it_is_written_to_and_its_time_runs() {
    let told = Told::new(Approvals).after(&[requested()]);
    let letter = |to| Effect::Send {
        to,
        letter: Box::new(Letter::ApprovalWanted {
            approval_id: approval_id(),
        }),
    };
    let expected = [person(2), person(3)].map(|to| (format!("ask-{to}"), letter(to)));
    assert_eq!(told.effects, expected);
    assert_eq!(told.timers[0].due_at, Some(noon() + Duration::hours(72)));
}

#[test]
fn when_its_time_is_over_it_is_said() {
    let told = Told::new(Approvals).after(&[requested(), Beat::Timer("expires")]);
    let expire = Effect::Execute(Execute::ExpireApproval {
        approval_id: approval_id(),
        at: noon(),
    });
    assert_eq!(told.effects.last(), Some(&("expire".to_owned(), expire)));
}

#[test]
fn who_asked_is_told_how_it_ended_and_nobody_is_asked_any_more() {
    for end in ends() {
        let told = Told::new(Approvals).after(&[requested(), end, Beat::Timer("expires")]);
        let letter = Box::new(Letter::ApprovalDecided {
            approval_id: approval_id(),
        });
        let send = Effect::Send {
            to: person(1),
            letter,
        };
        assert_eq!(told.effects.last(), Some(&("decided".to_owned(), send)));
        assert_eq!(told.standing, ["decided"]);
        assert!(told.timers.is_empty());
    }
}

#[test]
fn every_event_twice_changes_nothing() {
    hearing_twice_changes_nothing(Approvals, &[requested(), Beat::Timer("expires")]);
    for end in ends() {
        hearing_twice_changes_nothing(Approvals, &[requested(), end]);
    }
}

#[test]
fn what_cannot_be_sent_or_said_undoes_nothing() {
    let mut saga = Told::new(Approvals).after(&[requested(), Beat::Timer("expires")]);
    for (step, _) in saga.effects.clone() {
        assert_eq!(saga.tell(&Beat::Failed(step)), Default::default());
    }
}
