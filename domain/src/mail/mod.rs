//! A letter that was sent, and how often staff has had it sent again.

use crate::{
    aggregate::{aggregate, event_names},
    ids::MailId,
    rejection::rejection,
    text::Reason,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A letter is sent again so often at most.
const MOST: u32 = 10;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MailEvent {
    /// Staff wants it sent again, under a new Message-ID.
    #[serde(rename = "mail.resend_requested")]
    ResendRequested { reason: Reason, at: DateTime<Utc> },
}

event_names!(MailEvent {
    ResendRequested => "mail.resend_requested" v "1",
});

#[derive(Clone, Debug)]
pub enum MailCommand {
    Resend { reason: Reason, at: DateTime<Utc> },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    #[error("this letter was sent again {MOST} times already")]
    TooOften,
}

rejection!(MailError {
    TooOften => "mail.too_often" Conflict,
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    resent: u32,
}

aggregate!(Mail, MailId, MailCommand, MailEvent, MailError, "mail");

impl Mail {
    fn decide(&self, command: MailCommand) -> Result<Vec<MailEvent>, MailError> {
        let MailCommand::Resend { reason, at } = command;
        match self.resent {
            MOST.. => Err(MailError::TooOften),
            _ => Ok(vec![MailEvent::ResendRequested { reason, at }]),
        }
    }

    fn fold(&mut self, event: MailEvent) {
        let MailEvent::ResendRequested { .. } = event;
        self.resent += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Mail, MailCommand, MailError, MailEvent};
    use crate::story::{noon, retold, text};
    use cqrs_es::test::TestFramework;

    fn resend() -> MailCommand {
        MailCommand::Resend {
            reason: text("it did not arrive"),
            at: noon(),
        }
    }

    fn requested() -> MailEvent {
        MailEvent::ResendRequested {
            reason: text("it did not arrive"),
            at: noon(),
        }
    }

    #[test]
    fn a_letter_is_sent_again_ten_times_at_most() {
        for times in [0, 9] {
            TestFramework::<Mail>::with(())
                .given(vec![requested(); times])
                .when(resend())
                .then_expect_events(vec![requested()]);
        }
        TestFramework::<Mail>::with(())
            .given(vec![requested(); 10])
            .when(resend())
            .then_expect_error(MailError::TooOften);
    }

    #[tokio::test]
    async fn what_is_folded_is_what_was_handled() {
        retold::<Mail>(vec![vec![resend(), resend()]]).await;
    }
}
