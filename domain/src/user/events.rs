use super::Role;
use crate::{aggregate::event_names, ids::UserId, sealed::Sealed, text::Reason};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserEvent {
    #[serde(rename = "user.registered")]
    Registered {
        user_id: UserId,
        name: Sealed,
        email: Sealed,
        phone: Option<Sealed>,
        /// An argon2id hash in PHC form, sealed.
        password: Sealed,
        roles: Vec<Role>,
        locale: super::Locale,
        at: DateTime<Utc>,
    },
    #[serde(rename = "user.deactivated")]
    Deactivated { reason: Reason },
    #[serde(rename = "user.activated")]
    Activated { reason: Reason },
}

event_names!(UserEvent {
    Registered => "user.registered" v "1",
    Deactivated => "user.deactivated" v "1",
    Activated => "user.activated" v "1",
});
