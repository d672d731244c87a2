//! Letters to the operators. Where nobody is to be written to, the log and the metrics have to do.

use super::{Effects, from_store};
use crate::{
    mail::{AlertWords, Letter as Mail, Message, Notice},
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
        match alert {
            Alert::Unhealthy {
                instance_id,
                unready,
            } => {
                let words = AlertWords::Unhealthy(*unready);
                self.alert_of_app(task, *instance_id, words).await
            }
            Alert::Contested {
                instance_id,
                object,
            } => {
                let words = AlertWords::Contested(object.clone());
                self.alert_of_app(task, *instance_id, words).await
            }
            Alert::VolumeFills {
                instance_id,
                claim,
                percent,
            } => {
                let words = AlertWords::VolumeFills {
                    claim: claim.clone(),
                    percent: *percent,
                };
                self.alert_of_app(task, *instance_id, words).await
            }
            Alert::CaseOpened {
                case_id,
                finding,
                order_id,
            } => {
                tracing::error!(case.id = %case_id, "a case about money waits for a person: {finding}");
                if let Err(outcome) = self.give_case(task, *case_id).await {
                    return outcome;
                }
                let notice = Notice::CaseOpened {
                    finding: finding.clone(),
                    order: order_id.clone(),
                    url: format!("{}/cases/{case_id}", self.panel_url),
                };
                self.alert_notice(task, notice).await
            }
        }
    }

    async fn alert_of_app(&self, task: &Task, id: InstanceId, words: AlertWords) -> Outcome {
        tracing::error!(instance.id = %id, "an app waits for an operator: {}", words.in_short());
        if self.alerts.is_none() {
            return Outcome::Done;
        }
        let wanted = match self.wanted_of(id).await {
            Ok(wanted) => wanted,
            Err(outcome) => return outcome,
        };
        let message = Message::OperatorAlert {
            service: wanted.service.to_string(),
            instance: id.to_string(),
            namespace: self.cluster_settings.namespace_of(id.uuid()),
            words,
        };
        self.alert_letter(task, &message).await
    }

    pub(super) async fn alert_notice(&self, task: &Task, notice: Notice) -> Outcome {
        let message = Message::Notice {
            name: "operator".into(),
            notice,
        };
        self.alert_letter(task, &message).await
    }

    async fn alert_letter(&self, task: &Task, message: &Message) -> Outcome {
        let Some(alerts) = &self.alerts else {
            return Outcome::Done;
        };
        let rendered = match self.rendered(message, alerts.locale) {
            Ok(rendered) => rendered,
            Err(outcome) => return outcome,
        };
        let mail = Mail {
            attachment: None,
            message_id: task.effect_id,
            to: alerts.to.clone(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            correlation_id: task.correlation_id,
            locale: alerts.locale,
            at: self.clock.now(),
        };
        self.hand_over(&mail).await
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
