//! From what is asked of a ready instance to what is seen of it: the newest operation is carried out
//! on the cluster, an older one is called off, and one that is not seen to end in time has failed.

use super::{
    effect::{Action, Effect, Execute, GivenUp},
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::{DateTime, Utc};
use purser_domain::{Event, Recorded, ids::InstanceId, instance::InstanceEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const DEADLINE: &str = "deadline";

/// The saga `operation`; one instance an instance.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// How long an operation may take, in milliseconds during which the cluster answers.
    pub deadline_ms: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationState {
    instance_id: Option<InstanceId>,
    /// The newest operation.
    number: u32,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Idle,
    UnderWay,
    /// It is being given up.
    Failing,
    /// The instance is on its way out.
    Over,
}

impl Saga for Operation {
    const NAME: &'static str = "operation";
    type State = OperationState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Instance(_) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &OperationState, heard: Heard<'_>) -> Reaction<OperationState> {
        match heard {
            Heard::Event(event) => match (&event.event, event.stream.id.parse()) {
                (Event::Instance(fact), Ok(id)) => self.hear(*state, id, fact),
                _ => Reaction::default(),
            },
            Heard::Timer { at, .. } => give_up(*state, GivenUp::NotInTime, at),
            Heard::Failed { at, .. } => give_up(*state, GivenUp::Refused, at),
        }
    }
}

impl Operation {
    fn hear(
        &self,
        state: OperationState,
        id: InstanceId,
        fact: &InstanceEvent,
    ) -> Reaction<OperationState> {
        use InstanceEvent as Did;
        match *fact {
            Did::RestartRequested { operation, .. } => {
                self.begin(state, id, operation, Action::Restart)
            }
            Did::StopRequested { operation, .. } => self.begin(state, id, operation, Action::Stop),
            Did::StartRequested { operation, .. } => {
                self.begin(state, id, operation, Action::Start)
            }
            Did::ResizeRequested { operation, .. } | Did::ResizeUndoRequested { operation, .. } => {
                self.begin(state, id, operation, Action::Resize)
            }
            Did::ReconfigureRequested { operation, .. } => {
                self.begin(state, id, operation, Action::Reconfigure)
            }
            Did::PasswordResetRequested { operation, .. } => {
                self.begin(state, id, operation, Action::ResetPassword)
            }
            Did::PasswordSet { operation, .. } => keep_password(state, id, operation),
            Did::Restarted { operation, .. }
            | Did::Resized { operation, .. }
            | Did::ResizeUndone { operation, .. }
            | Did::Reconfigured { operation, .. }
            | Did::Stopped { operation, .. }
            | Did::Started { operation, .. }
            | Did::PasswordReset { operation, .. }
            | Did::OperationFailed { operation, .. }
                if operation == state.number && is_open(state) =>
            {
                enter(state, Stage::Idle)
            }
            Did::RemovalRequested { .. } if state.stage != Stage::Over => enter(state, Stage::Over),
            _ => Reaction::default(),
        }
    }

    /// Begins a newer operation. Its deadline stands beside it; what an older one had begun is called off.
    fn begin(
        &self,
        state: OperationState,
        instance_id: InstanceId,
        operation: u32,
        action: Action,
    ) -> Reaction<OperationState> {
        if operation <= state.number || state.stage == Stage::Over {
            return Reaction::default();
        }
        let operate = Effect::Operate {
            instance_id,
            operation,
            action,
        };
        let deadline = Timer {
            name: DEADLINE.into(),
            due_at: None,
            cluster_left_ms: Some(self.deadline_ms),
        };
        Reaction {
            state: Some(OperationState {
                instance_id: Some(instance_id),
                number: operation,
                stage: Stage::UnderWay,
            }),
            effects: vec![(format!("operate-{operation}"), operate)],
            timers: vec![deadline],
            stop: true,
        }
    }
}

/// The second half of a reset, even of one that was given up meanwhile: what the app has must be what is shown.
fn keep_password(
    state: OperationState,
    instance_id: InstanceId,
    operation: u32,
) -> Reaction<OperationState> {
    if operation != state.number || state.stage == Stage::Over {
        return Reaction::default();
    }
    let keep = Effect::KeepPassword {
        instance_id,
        operation,
    };
    Reaction {
        effects: vec![(format!("keep-password-{operation}"), keep)],
        ..Reaction::default()
    }
}

fn is_open(state: OperationState) -> bool {
    matches!(state.stage, Stage::UnderWay | Stage::Failing)
}

/// The other half of the deadline and of a refusal: the operation is recorded as failed, in plain words.
fn give_up(state: OperationState, cause: GivenUp, at: DateTime<Utc>) -> Reaction<OperationState> {
    let (Some(instance_id), Stage::UnderWay) = (state.instance_id, state.stage) else {
        return Reaction::default();
    };
    let fail = Effect::Execute(Execute::FailOperation {
        instance_id,
        operation: state.number,
        cause,
        at,
    });
    Reaction {
        effects: vec![(format!("fail-{}", state.number), fail)],
        ..enter(state, Stage::Failing)
    }
}

fn enter(state: OperationState, stage: Stage) -> Reaction<OperationState> {
    Reaction {
        state: Some(OperationState { stage, ..state }),
        stop: true,
        ..Reaction::default()
    }
}
