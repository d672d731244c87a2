//! From the order of credit to the credit: every word of the gateway, and its silence, leads to a
//! status call, and the status call decides.

use super::{
    effect::Effect,
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Event, Recorded,
    ids::{PayoutId, TopUpId},
    top_up::TopUpEvent,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The saga `payment`; one instance a top-up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Payment;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PaymentState {
    top_up_id: Option<TopUpId>,
    settled: bool,
}

/// The names of the polls while the page is open, and after it is over.
const OPEN: &str = "open-";
const OVER: &str = "over-";
/// When an order without news is asked about, in minutes after its beginning.
const POLLS: [i64; 3] = [1, 5, 15];
/// And in minutes after its page expired: late payments of a payment code.
const LATE_POLLS: [i64; 2] = [0, 10];
/// And then daily for so many days.
const DAYS: i64 = 7;
/// The names of the looks at what is paid: whoever takes it back may have told us in vain. A reversal comes within minutes,
/// whatever comes later is looked for daily for [`DAYS`] days; after that word of the gateway has to come, or the daily
/// reconciliation finds it.
const PAID: &str = "paid-";
/// And of those at what is on its way back.
const REFUND: &str = "refund-";
/// In minutes after it was booked.
const PAID_POLL: i64 = 10;

impl Saga for Payment {
    const NAME: &'static str = "payment";
    type State = PaymentState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::TopUp(_) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &PaymentState, heard: Heard<'_>) -> Reaction<PaymentState> {
        match heard {
            Heard::Event(event) => match &event.event {
                Event::TopUp(TopUpEvent::Requested { expires_at, .. })
                    if state.top_up_id.is_none() =>
                {
                    match event.stream.id.parse() {
                        Ok(top_up_id) => begin(top_up_id, event.at, *expires_at),
                        Err(_) => Reaction::default(),
                    }
                }
                Event::TopUp(TopUpEvent::Notified { digest, .. }) => {
                    check(state, &format!("notified-{digest}"))
                }
                Event::TopUp(TopUpEvent::Settled { .. } | TopUpEvent::Booked { .. }) => {
                    settled(state, event)
                }
                Event::TopUp(TopUpEvent::RefundRequested { payout_id, .. }) => {
                    refund(state, *payout_id, event.at)
                }
                _ => Reaction::default(),
            },
            Heard::Timer { name, .. } if state.settled && !is_look(name) => Reaction::default(),
            Heard::Timer { name, .. } => check(state, name),
            // A status call that is refused for good is for an operator: nothing was booked.
            Heard::Failed { .. } => Reaction::default(),
        }
    }
}

fn begin(
    top_up_id: TopUpId,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Reaction<PaymentState> {
    let minutes = |from: DateTime<Utc>, minutes: &[i64]| -> Vec<DateTime<Utc>> {
        minutes
            .iter()
            .map(|minutes| from + Duration::minutes(*minutes))
            .collect()
    };
    let days = (1..=DAYS).map(|day| expires_at + Duration::days(day));
    let open = minutes(at, &POLLS);
    let over = minutes(expires_at, &LATE_POLLS).into_iter().chain(days);
    let open = open.into_iter().enumerate();
    let timers = open
        .map(|(index, due_at)| timer(OPEN, index, due_at))
        .chain(
            over.enumerate()
                .map(|(index, due_at)| timer(OVER, index, due_at)),
        )
        .collect();
    let state = PaymentState {
        top_up_id: Some(top_up_id),
        settled: false,
    };
    Reaction {
        state: Some(state),
        effects: vec![],
        timers,
        stop: false,
    }
}

/// The gateway is asked to send something back; the undo of what was set aside for it is the executor's, once the gateway
/// says no. Word of its end may be lost, so it is looked for as a payment is.
fn refund(state: &PaymentState, payout_id: PayoutId, at: DateTime<Utc>) -> Reaction<PaymentState> {
    let Some(top_up_id) = state.top_up_id else {
        return Reaction::default();
    };
    let effect = Effect::Refund {
        top_up_id,
        payout_id,
    };
    Reaction {
        effects: vec![(format!("refund-{payout_id}"), effect)],
        timers: looks(&format!("{REFUND}{payout_id}-"), at),
        ..Reaction::default()
    }
}

fn is_look(timer: &str) -> bool {
    timer.starts_with(PAID) || timer.starts_with(REFUND)
}

fn looks(prefix: &str, at: DateTime<Utc>) -> Vec<Timer> {
    let soon = std::iter::once(at + Duration::minutes(PAID_POLL));
    let looks = soon.chain((1..=DAYS).map(|day| at + Duration::days(day)));
    let looks = looks.enumerate();
    looks
        .map(|(index, due_at)| timer(prefix, index, due_at))
        .collect()
}

fn timer(prefix: &str, index: usize, due_at: DateTime<Utc>) -> Timer {
    Timer {
        name: format!("{prefix}{index}"),
        due_at: Some(due_at),
        cluster_left_ms: None,
    }
}

/// The looks begin anew with every payment of the order.
fn settled(state: &PaymentState, event: &Recorded) -> Reaction<PaymentState> {
    Reaction {
        state: Some(PaymentState {
            settled: true,
            ..state.clone()
        }),
        timers: looks(&format!("{PAID}{}-", event.sequence), event.at),
        ..Reaction::default()
    }
}

fn check(state: &PaymentState, cause: &str) -> Reaction<PaymentState> {
    let Some(top_up_id) = state.top_up_id else {
        return Reaction::default();
    };
    let page_over = cause.starts_with(OVER);
    let check = Effect::CheckPayment {
        top_up_id,
        page_over,
    };
    let effects = vec![(format!("check-{cause}"), check)];
    Reaction {
        effects,
        ..Reaction::default()
    }
}
