use super::{Beat, Told, budi, event, hearing_twice_changes_nothing, noon, rp};
use crate::sagas::{Effect, Payment};
use chrono::Duration;
use purser_domain::{
    ids::{PayoutId, TopUpId, WalletId},
    sealed::Sealed,
    top_up::{CloseCause, TopUp, TopUpEvent},
};
use uuid::Uuid;

fn top_up() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn fact(fact: TopUpEvent) -> Beat {
    event::<TopUp>(&top_up(), fact)
}

fn requested() -> Beat {
    fact(TopUpEvent::Requested {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        amount: rp(50_000),
        order_id: "order".into(),
        expires_at: noon() + Duration::minutes(30),
    })
}

fn notified(digest: &str) -> Beat {
    let body = Sealed::try_from(format!("v1.{}.{}", budi(), "A".repeat(60))).unwrap();
    fact(TopUpEvent::Notified {
        digest: digest.into(),
        body,
        transaction_id: None,
    })
}

fn settled() -> Beat {
    fact(TopUpEvent::Settled {
        transaction_id: "t1".into(),
        payment_type: "qris".into(),
        amount: rp(50_000),
        late: false,
        again: false,
        channel: None,
        settled_at: None,
    })
}

fn told(story: &[Beat]) -> Told<Payment> {
    Told::new(Payment).after(story)
}

#[test]
fn every_event_twice_changes_nothing() {
    let closed = fact(TopUpEvent::Closed {
        cause: CloseCause::Expired,
    });
    let disputed = fact(TopUpEvent::Disputed {
        transaction_id: "t1".into(),
        finding: "another amount".into(),
    });
    let opened = fact(TopUpEvent::PageOpened {
        redirect_url: "https://pay.example".into(),
    });
    let reversed = fact(TopUpEvent::Reversed {
        transaction_id: "t1".into(),
        amount: rp(50_000),
    });
    let poll = Beat::Timer("open-1");
    for story in [
        vec![requested(), opened, notified("a"), notified("b"), settled()],
        vec![
            requested(),
            poll,
            notified("a"),
            closed,
            settled(),
            notified("c"),
        ],
        vec![requested(), notified("a"), disputed],
        vec![requested(), settled(), Beat::Timer("paid-1"), reversed],
    ] {
        hearing_twice_changes_nothing(Payment, &story);
    }
}

#[test]
fn every_word_of_the_gateway_leads_to_one_status_call() {
    let saga = told(&[requested(), notified("a"), notified("b"), notified("a")]);
    assert_eq!(saga.steps(), ["check-notified-a", "check-notified-b"]);
    let asked = saga.effects.iter().map(|(_, effect)| effect);
    for effect in asked {
        assert!(
            matches!(effect, Effect::CheckPayment { top_up_id, page_over: false } if *top_up_id == top_up())
        );
    }
}

#[test]
fn silence_is_asked_about_until_a_week_after_the_page_expired() {
    let saga = told(&[requested()]);
    let mut after: Vec<i64> = saga
        .timers
        .iter()
        .map(|timer| (timer.due_at.unwrap() - noon()).num_minutes())
        .collect();
    after.sort_unstable();
    let days = (1..=7).map(|day| 30 + day * 24 * 60);
    let expected: Vec<i64> = [1, 5, 15, 30, 40].into_iter().chain(days).collect();
    assert_eq!(after, expected);
}

#[test]
fn a_poll_after_the_page_is_over_says_so() {
    let saga = told(&[requested()]);
    for timer in saga.timers.clone() {
        let over = timer.due_at.unwrap() >= noon() + Duration::minutes(30);
        let name: &'static str = timer.name.leak();
        let mut saga = saga.clone();
        let reaction = saga.tell(&Beat::Timer(name));
        let [(_, Effect::CheckPayment { page_over, .. })] = &reaction.effects[..] else {
            panic!("one status call: {reaction:?}")
        };
        assert_eq!(*page_over, over, "{name}");
    }
}

#[test]
fn a_payment_that_is_booked_is_not_waited_for_any_more() {
    let mut saga = told(&[requested(), settled()]);
    saga.tell(&Beat::Timer("over-3"));
    assert!(saga.effects.is_empty());
}

#[test]
fn a_refund_is_asked_for_once_and_its_end_is_looked_for() {
    let payout_id = PayoutId::new(Uuid::from_u128(9));
    let refund = fact(TopUpEvent::RefundRequested {
        payout_id,
        transaction_id: "t1".into(),
        amount: rp(20_000),
        reason: "asked for it".parse().unwrap(),
    });
    hearing_twice_changes_nothing(Payment, &[requested(), refund.clone()]);
    let mut saga = told(&[requested(), settled(), refund]);
    let step = format!("refund-{payout_id}");
    assert_eq!(saga.steps(), [step.as_str()]);
    let looks = format!("{step}-");
    let looks = saga
        .timers
        .iter()
        .filter(|timer| timer.name.starts_with(&looks));
    assert_eq!(looks.count(), 8);
    let look: &'static str = format!("{step}-0").leak();
    saga.tell(&Beat::Timer(look));
    assert_eq!(saga.steps(), [step.clone(), format!("check-{step}-0")]);
    // The gateway's no is undone by the executor, in the same attempt.
    assert_eq!(saga.tell(&Beat::Failed(step)), Default::default());
}

#[test]
fn a_payment_that_is_booked_is_looked_at_for_a_week() {
    let saga = told(&[requested(), settled()]);
    let looks = saga
        .timers
        .iter()
        .filter(|timer| timer.name.starts_with("paid-"));
    let after: Vec<i64> = looks
        .map(|timer| (timer.due_at.unwrap() - noon()).num_minutes())
        .collect();
    let days = (1..=7).map(|day| day * 24 * 60);
    assert_eq!(after, std::iter::once(10).chain(days).collect::<Vec<_>>());
    let mut saga = saga;
    saga.tell(&Beat::Timer("paid-0"));
    assert_eq!(saga.steps(), ["check-paid-0"]);
}

#[test]
fn a_status_call_that_fails_for_good_books_nothing_and_undoes_nothing() {
    let mut saga = told(&[requested(), notified("a")]);
    let reaction = saga.tell(&Beat::Failed("check-notified-a".into()));
    assert_eq!(reaction, Default::default());
}
