//! Mail at every step. One letter per event, template and person: the stable id of the effect is the
//! letter's Message-ID. Delivery is at least once: a second copy only if the process died between
//! the mail server's 250 and the note of it.

mod account;
mod news;

use super::{
    effect::{Alert, Effect, Letter},
    saga::{Heard, Reaction, Saga},
};
use crate::mail::{News, Notice, TakenBackFor, WithCoupon};
use account::{about_account, about_signing_in, is_told};
use news::news;
use purser_domain::{
    Event, Recorded,
    case::{CaseEvent, Matter},
    document::DocumentEvent,
    ids::{InstanceId, UserId},
    instance::InstanceEvent,
    mail::MailEvent,
    period::jakarta_date,
    second_factor::SecondFactorEvent,
    subscription::SubscriptionEvent,
    top_up::TopUpEvent,
    wallet::{ReversalCause, WalletEvent},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The saga `letters`; one instance a stream that people are written to about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Letters;

/// Who is written to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LettersState {
    to: Option<UserId>,
    /// Whether it is about a trial.
    #[serde(default)]
    trial: bool,
}

impl Saga for Letters {
    const NAME: &'static str = "letters";
    type State = LettersState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::User(fact) if !is_told(fact) => None,
            Event::User(_)
            | Event::SecondFactor(
                SecondFactorEvent::Confirmed { .. } | SecondFactorEvent::Removed { .. },
            )
            | Event::TopUp(
                TopUpEvent::Requested { .. }
                | TopUpEvent::Settled { .. }
                | TopUpEvent::Booked { .. },
            )
            | Event::Wallet(
                WalletEvent::Reversed { .. }
                | WalletEvent::PaidOut { .. }
                | WalletEvent::PayoutCancelled { .. },
            )
            | Event::Case(CaseEvent::Opened { .. })
            | Event::Mail(_)
            | Event::Subscription(_)
            | Event::Document(DocumentEvent::Issued { .. } | DocumentEvent::Numbered { .. })
            | Event::Instance(
                InstanceEvent::Requested { .. }
                | InstanceEvent::Degraded { .. }
                | InstanceEvent::DriftAlerted { .. }
                | InstanceEvent::VolumeWarned { .. },
            ) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &LettersState, heard: Heard<'_>) -> Reaction<LettersState> {
        let Heard::Event(event) = heard else {
            return Reaction::default();
        };
        match &event.event {
            Event::User(fact) => about_account(event, fact),
            Event::SecondFactor(fact) => about_signing_in(event, fact),
            Event::TopUp(TopUpEvent::Requested { user_id, .. }) => addressee(*user_id),
            Event::TopUp(event @ (TopUpEvent::Settled { .. } | TopUpEvent::Booked { .. })) => {
                settled(state, event, heard)
            }
            Event::Wallet(fact) => about_money(event, fact),
            Event::Case(CaseEvent::Opened { matter }) => about_case(event, matter),
            Event::Mail(MailEvent::ResendRequested { .. }) => again(event),
            Event::Subscription(event) => about_subscription(state, event, heard),
            Event::Instance(fact) => about_instance(state, event, fact),
            Event::Document(fact) => about_document(state, fact, heard),
            _ => Reaction::default(),
        }
    }
}

fn addressee(to: UserId) -> Reaction<LettersState> {
    Reaction {
        state: Some(LettersState {
            to: Some(to),
            trial: false,
        }),
        ..Reaction::default()
    }
}

fn write(to: UserId, step: impl Into<String>, letter: Letter) -> Reaction<LettersState> {
    let effects = vec![(
        step.into(),
        Effect::Send {
            to,
            letter: Box::new(letter),
        },
    )];
    Reaction {
        effects,
        ..Reaction::default()
    }
}

fn stream_id<T: std::str::FromStr>(heard: Heard<'_>) -> Option<T> {
    match heard {
        Heard::Event(event) => event.stream.id.parse().ok(),
        Heard::Timer { .. } | Heard::Failed { .. } => None,
    }
}

fn settled(state: &LettersState, event: &TopUpEvent, heard: Heard<'_>) -> Reaction<LettersState> {
    let (
        TopUpEvent::Settled {
            transaction_id,
            amount,
            ..
        }
        | TopUpEvent::Booked {
            transaction_id,
            amount,
            ..
        },
        Some(to),
        Some(top_up_id),
    ) = (event, state.to, stream_id(heard))
    else {
        return Reaction::default();
    };
    write(
        to,
        format!("payment-received-{transaction_id}"),
        Letter::PaymentReceived {
            amount: *amount,
            top_up_id,
        },
    )
}

fn about_document(
    state: &LettersState,
    fact: &DocumentEvent,
    heard: Heard<'_>,
) -> Reaction<LettersState> {
    match (fact, state.to, stream_id(heard)) {
        (DocumentEvent::Issued { content, .. }, ..) => addressee(content.user_id),
        (DocumentEvent::Numbered { .. }, Some(to), Some(document_id)) => {
            write(to, "document", Letter::Document { document_id })
        }
        _ => Reaction::default(),
    }
}

fn about_subscription(
    state: &LettersState,
    event: &SubscriptionEvent,
    heard: Heard<'_>,
) -> Reaction<LettersState> {
    let Some(subscription_id) = stream_id(heard) else {
        return Reaction::default();
    };
    match (event, state.to) {
        (SubscriptionEvent::Ordered { terms, at }, _) => {
            let letter = Letter::SubscriptionCreated {
                subscription_id,
                service: terms.service.clone(),
                plan: terms.plan.clone(),
                price: terms.charged(),
                with: WithCoupon::of(terms, jakarta_date(*at)),
            };
            // Heard once more it does not make a trial of what has a plan by now.
            let state = state.to.is_none().then(|| LettersState {
                to: Some(terms.user_id),
                trial: terms.trial.is_some(),
            });
            Reaction {
                state,
                ..write(terms.user_id, "subscription-created", letter)
            }
        }
        (SubscriptionEvent::Activated { period, .. }, Some(to)) => {
            let letter = Letter::PodReady {
                subscription_id,
                start: period.start,
                end: period.end,
            };
            let mut reaction = write(to, "pod-ready", letter);
            if state.trial {
                let news = News::TrialStarted { end: period.end };
                let letter = Letter::About {
                    subscription_id,
                    news,
                };
                let began = write(to, "trial-started", letter);
                reaction.effects.extend(began.effects);
            }
            reaction
        }
        (
            SubscriptionEvent::Failed {
                cause, refunded, ..
            },
            Some(to),
        ) => write(
            to,
            "pod-failed",
            Letter::PodFailed {
                subscription_id,
                cause: *cause,
                refunded: *refunded,
            },
        ),
        (SubscriptionEvent::TrialConverted { .. }, Some(_)) => Reaction {
            state: Some(LettersState {
                trial: false,
                ..state.clone()
            }),
            ..Reaction::default()
        },
        (event, Some(to)) => match news(event, state.trial) {
            Some(news) => {
                let step = format!("news-{}", sequence(heard));
                let letter = Letter::About {
                    subscription_id,
                    news,
                };
                // What has another plan is no trial any more.
                let paid = matches!(event, SubscriptionEvent::PlanChanged { .. }) && state.trial;
                Reaction {
                    state: paid.then(|| LettersState {
                        trial: false,
                        ..state.clone()
                    }),
                    ..write(to, step, letter)
                }
            }
            None => Reaction::default(),
        },
        (_, None) => Reaction::default(),
    }
}

fn sequence(heard: Heard<'_>) -> i64 {
    match heard {
        Heard::Event(event) => event.sequence,
        Heard::Timer { .. } | Heard::Failed { .. } => 0,
    }
}

fn about_instance(
    state: &LettersState,
    event: &Recorded,
    fact: &InstanceEvent,
) -> Reaction<LettersState> {
    let (Ok(instance_id), sequence) = (event.stream.id.parse::<InstanceId>(), event.sequence)
    else {
        return Reaction::default();
    };
    match (fact, state.to) {
        (InstanceEvent::Requested { wanted, .. }, _) => addressee(wanted.user_id),
        (InstanceEvent::Degraded { unready, .. }, Some(to)) => {
            let letter = Letter::PodUnhealthy {
                instance_id,
                unready: *unready,
            };
            let mut reaction = write(to, format!("pod-unhealthy-{sequence}"), letter);
            let alert = Alert::Unhealthy {
                instance_id,
                unready: *unready,
            };
            reaction.effects.push(alarm(sequence, alert));
            reaction
        }
        (InstanceEvent::DriftAlerted { object, .. }, _) => {
            let alert = Alert::Contested {
                instance_id,
                object: object.clone(),
            };
            alarmed(sequence, alert)
        }
        (InstanceEvent::VolumeWarned { claim, percent, .. }, _) => {
            let alert = Alert::VolumeFills {
                instance_id,
                claim: claim.clone(),
                percent: *percent,
            };
            alarmed(sequence, alert)
        }
        _ => Reaction::default(),
    }
}

fn alarm(sequence: i64, alert: Alert) -> (String, Effect) {
    (format!("alert-{sequence}"), Effect::Alert { alert })
}

fn alarmed(sequence: i64, alert: Alert) -> Reaction<LettersState> {
    Reaction {
        effects: vec![alarm(sequence, alert)],
        ..Reaction::default()
    }
}

/// Where it went, and what is owed now; each once in the history of the wallet.
fn about_money(event: &Recorded, fact: &WalletEvent) -> Reaction<LettersState> {
    let Ok(wallet_id) = event.stream.id.parse() else {
        return Reaction::default();
    };
    let about = match fact {
        WalletEvent::Reversed {
            amount,
            taken,
            cause,
            ..
        } => Notice::PaymentTakenBack {
            amount: *amount,
            owed: amount.checked_sub(*taken).unwrap_or_default(),
            why: match cause {
                ReversalCause::Reversal => TakenBackFor::Reversal,
                ReversalCause::Chargeback => TakenBackFor::Chargeback,
                ReversalCause::Refund => TakenBackFor::Refund,
            },
        },
        WalletEvent::PaidOut { amount, proof, .. } => Notice::PaidOut {
            amount: *amount,
            reference: proof.to_string(),
        },
        WalletEvent::PayoutCancelled { amount, .. } => Notice::PayoutFailed { amount: *amount },
        _ => return Reaction::default(),
    };
    let letter = Box::new(Letter::Notice { about });
    let send = Effect::SendToPayer { wallet_id, letter };
    Reaction {
        effects: vec![(format!("money-{}", event.sequence), send)],
        ..Reaction::default()
    }
}

fn about_case(event: &Recorded, matter: &Matter) -> Reaction<LettersState> {
    let Ok(case_id) = event.stream.id.parse() else {
        return Reaction::default();
    };
    let alert = Alert::CaseOpened {
        case_id,
        finding: matter.finding.clone(),
        order_id: matter.order_id.clone(),
    };
    alarmed(event.sequence, alert)
}

/// As often as staff wants it.
fn again(event: &Recorded) -> Reaction<LettersState> {
    let Ok(mail_id) = event.stream.id.parse() else {
        return Reaction::default();
    };
    let resend = Effect::Resend { mail_id };
    Reaction {
        effects: vec![(format!("again-{}", event.sequence), resend)],
        ..Reaction::default()
    }
}
