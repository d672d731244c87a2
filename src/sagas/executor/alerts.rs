//! Letters to the operators. Where nobody is to be written to, the log and the metrics have to do.

use super::{Effects, from_store};
use crate::{
    mail::{AlertWords, Letter as Mail, Message},
    sagas::{Alert, Outcome, Task},
};
use purser_domain::{
    ids::InstanceId,
    instance::{Instance, Wanted},
    text::Email,
    user::Locale,
};

/// Where alerts go.
#[derive(Clone, Debug)]
pub struct Alerts {
    pub to: Email,
    pub locale: Locale,
}

impl Effects {
    pub(super) async fn alert(&self, task: &Task, alert: &Alert) -> Outcome {
        let (id, words) = match alert {
            Alert::Unhealthy {
                instance_id,
                unready,
            } => (*instance_id, AlertWords::Unhealthy(*unready)),
            Alert::Contested {
                instance_id,
                object,
            } => (*instance_id, AlertWords::Contested(object.clone())),
        };
        tracing::error!(instance.id = %id, "an app waits for an operator: {}", words.in_short());
        let Some(alerts) = &self.alerts else {
            return Outcome::Done;
        };
        match self.alert_letter(task, alerts, id, words).await {
            Ok(mail) => self.hand_over(&mail).await,
            Err(outcome) => outcome,
        }
    }

    async fn alert_letter(
        &self,
        task: &Task,
        alerts: &Alerts,
        id: InstanceId,
        words: AlertWords,
    ) -> Result<Mail, Outcome> {
        let wanted = self.wanted_of(id).await?;
        let message = Message::OperatorAlert {
            service: wanted.service.to_string(),
            instance: id.to_string(),
            namespace: self.cluster_settings.namespace_of(id.uuid()),
            words,
        };
        let rendered = self.rendered(&message, alerts.locale)?;
        Ok(Mail {
            attachment: None,
            message_id: task.effect_id,
            to: alerts.to.clone(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            correlation_id: task.correlation_id,
            locale: alerts.locale,
            at: self.clock.now(),
        })
    }

    pub(super) async fn wanted_of(&self, id: InstanceId) -> Result<Wanted, Outcome> {
        let instance = self
            .states
            .load::<Instance>(&id)
            .await
            .map_err(from_store)?;
        instance.wanted().cloned().ok_or_else(|| Outcome::Dead {
            error: format!("there is no instance {id}"),
        })
    }
}
