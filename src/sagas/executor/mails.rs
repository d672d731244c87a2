//! Sending a letter again: whatever was asked for then, composed anew, under the Message-ID of this wish.

use super::{Effects, from_store};
use crate::sagas::{Effect, Outcome, Task, mails};
use purser_domain::ids::MailId;

impl Effects {
    pub(super) async fn resend(&self, task: &Task, id: MailId) -> Outcome {
        match mails::asked(&self.pool, id).await {
            Ok(Some(Effect::Send { to, letter })) => self.send(task, to, &letter).await,
            Ok(Some(Effect::SendToOwner {
                instance_id,
                letter,
            })) => self.send_to_owner(task, instance_id, &letter).await,
            Ok(Some(Effect::SendToPayer { wallet_id, letter })) => {
                self.send_to_payer(task, wallet_id, &letter).await
            }
            Ok(Some(Effect::Alert { alert })) => self.alert(task, &alert).await,
            Ok(_) => Outcome::Dead {
                error: format!("there is no letter {id}"),
            },
            Err(error) => from_store(error.into()),
        }
    }
}
