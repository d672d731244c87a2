//! Accounts as staff sees them. Personal data stays sealed in the events and never comes here.

use crate::{
    Projection, Row, Rows, Unprojectable,
    columns::select,
    facts::{moment, stream_id, stream_row},
    pages::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use purser_domain::{
    Event, Recorded,
    ids::UserId,
    second_factor::SecondFactorEvent,
    user::{Role, UserEvent},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// An account, without personal data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "User")]
pub struct UserRow {
    /// The user's id.
    pub id: Uuid,
    /// What the user may do: `customer`, `admin`, `operator`, `auditor`.
    #[sqlx(json)]
    pub roles: Vec<String>,
    /// The language of mails and documents: `id` or `en`.
    pub locale: String,
    /// Whether the user may sign in.
    pub active: bool,
    /// Whether the user was erased: nothing personal is left, and the account never opens again.
    pub erased: bool,
    /// Whether the user has proven that the e-mail address is his.
    pub email_verified: bool,
    /// Whether the user signs in with a second factor.
    pub second_factor: bool,
    /// When the account was made.
    pub registered_at: DateTime<Utc>,
    /// The version of the account's stream: grows by one with every change.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for UserRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl UserRow {
    const fn cursor(&self) -> Cursor {
        Cursor {
            position: self.position,
            id: self.id,
        }
    }
}

/// Projector of `users`.
pub struct Users;

impl Projection for Users {
    const NAME: &'static str = "users_v1";
    const TABLE: &'static str = "users";
    type Row = UserRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::User(_)
            | Event::SecondFactor(
                SecondFactorEvent::Confirmed { .. } | SecondFactorEvent::Removed { .. },
            ) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<UserRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let fact = match &event.event {
            Event::User(fact) => fact,
            Event::SecondFactor(fact) => return set_second_factor(rows, event, fact),
            _ => return Ok(()),
        };
        match fact {
            UserEvent::Registered {
                roles, locale, at, ..
            } => rows.insert(UserRow {
                id: stream_id(event)?,
                roles: roles.iter().copied().map(role).map(Into::into).collect(),
                locale: locale.as_str().into(),
                active: true,
                erased: false,
                email_verified: false,
                second_factor: false,
                registered_at: moment(*at),
                version: event.sequence,
                position: event.position,
            }),
            UserEvent::RolesChanged { roles, .. } => rows.update(stream_id(event)?, |row| {
                row.roles = roles.iter().copied().map(role).map(Into::into).collect();
                row.version = event.sequence;
            }),
            UserEvent::BankAccountGiven { .. } | UserEvent::BankAccountRemoved {} => {
                rows.update(stream_id(event)?, |row| row.version = event.sequence)
            }
            UserEvent::BillingDetailsGiven { .. } | UserEvent::BillingDetailsRemoved {} => {
                rows.update(stream_id(event)?, |row| row.version = event.sequence)
            }
            UserEvent::VerificationRequested { .. }
            | UserEvent::PasswordResetRequested { .. }
            | UserEvent::PasswordChanged { .. } => {
                rows.update(stream_id(event)?, |row| row.version = event.sequence)
            }
            UserEvent::EmailVerified { .. } => rows.update(stream_id(event)?, |row| {
                row.email_verified = true;
                row.version = event.sequence;
            }),
            UserEvent::Deactivated { .. } => set_active(rows, event, false),
            UserEvent::Activated { .. } => set_active(rows, event, true),
            UserEvent::Erased { .. } => rows.update(stream_id(event)?, |row| {
                row.active = false;
                row.erased = true;
                row.version = event.sequence;
            }),
        }
    }
}

/// It has a stream of its own, so that the version stays that of the account.
fn set_second_factor(
    rows: &mut Rows<UserRow>,
    event: &Recorded,
    fact: &SecondFactorEvent,
) -> Result<(), Unprojectable> {
    let second_factor = match fact {
        SecondFactorEvent::Confirmed { .. } => true,
        SecondFactorEvent::Removed { .. } => false,
        SecondFactorEvent::Offered { .. }
        | SecondFactorEvent::Used { .. }
        | SecondFactorEvent::Missed { .. } => return Ok(()),
    };
    rows.update(stream_id(event)?, |row| row.second_factor = second_factor)
}

fn set_active(
    rows: &mut Rows<UserRow>,
    event: &Recorded,
    active: bool,
) -> Result<(), Unprojectable> {
    rows.update(stream_id(event)?, |row| {
        row.active = active;
        row.version = event.sequence;
    })
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Customer => "customer",
        Role::Admin => "admin",
        Role::Operator => "operator",
        Role::Auditor => "auditor",
    }
}

/// Every account, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    page: &Page,
) -> sqlx::Result<(Vec<UserRow>, Option<String>)> {
    let select = select::<UserRow>(
        "users",
        "where (position, id) < ($1, $2)
         order by position desc, id desc limit $3",
    );
    let found = sqlx::query_as(&select)
        .bind(page.before_position())
        .bind(page.before_id())
        .bind(page.fetch())
        .fetch_all(rows)
        .await?;
    Ok(page.cut(found, UserRow::cursor))
}

/// The administrators that may act besides this one, the longest known first and no more than 20.
///
/// # Errors
/// The database's error.
pub async fn other_admins(rows: &mut PgConnection, than: UserId) -> sqlx::Result<Vec<UserId>> {
    let found: Vec<Uuid> = sqlx::query_scalar(
        "select id from users where active and roles ? 'admin' and id <> $1
         order by position limit 20",
    )
    .bind(than.uuid())
    .fetch_all(rows)
    .await?;
    Ok(found.into_iter().map(UserId::new).collect())
}

/// One account.
///
/// # Errors
/// The database's error.
pub async fn by_id(rows: &mut PgConnection, user: UserId) -> sqlx::Result<Option<UserRow>> {
    let select = select::<UserRow>("users", "where id = $1");
    sqlx::query_as(&select)
        .bind(user.uuid())
        .fetch_optional(rows)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, id, sealed};
    use purser_domain::{
        second_factor::SecondFactor,
        user::{Locale, User},
        wallet::{Wallet, WalletEvent},
    };

    fn user() -> UserId {
        UserId::new(id(1))
    }

    fn registered() -> Story {
        Story::default().then::<User>(
            &user(),
            UserEvent::Registered {
                user_id: user(),
                name: sealed(),
                email: sealed(),
                phone: None,
                password: sealed(),
                roles: vec![Role::Customer, Role::Auditor],
                locale: Locale::En,
                at: at(0),
            },
        )
    }

    fn deactivated() -> UserEvent {
        UserEvent::Deactivated {
            reason: "asked for it".parse().unwrap(),
        }
    }

    #[test]
    fn an_account_appears_and_is_put_to_rest() {
        let story = registered().then::<User>(&user(), deactivated());
        let expected = UserRow {
            id: id(1),
            roles: vec!["customer".into(), "auditor".into()],
            locale: "en".into(),
            active: false,
            erased: false,
            email_verified: false,
            second_factor: false,
            registered_at: at(0),
            version: 2,
            position: 1,
        };
        assert_eq!(story.row::<Users>(id(1)), Some(expected));
    }

    #[test]
    fn a_second_factor_shows_from_its_first_code_until_it_is_removed() {
        let confirmed = SecondFactorEvent::Confirmed { step: 1, at: at(1) };
        let removed = SecondFactorEvent::Removed { reason: None };
        let story = registered().then::<SecondFactor>(&user(), confirmed);
        let shown = |story: &Story| {
            let row = story.row::<Users>(id(1)).unwrap();
            (row.second_factor, row.version)
        };
        assert_eq!(shown(&story), (true, 1));
        let story = story.then::<SecondFactor>(&user(), removed);
        assert_eq!(shown(&story), (false, 1));
    }

    #[test]
    fn other_streams_touch_nothing() {
        let opened = WalletEvent::Opened { owner: user() };
        let story =
            Story::default().then::<Wallet>(&purser_domain::ids::WalletId::of(user()), opened);
        assert!(story.touches_nothing::<Users>());
    }

    #[test]
    fn what_nobody_registered_cannot_change() {
        let story = Story::default().then::<User>(&user(), deactivated());
        assert_eq!(
            story.refusal::<Users>(),
            Some(Unprojectable::Missing(id(1)))
        );
    }

    #[test]
    fn nobody_is_registered_twice() {
        let story = registered().again();
        assert_eq!(story.refusal::<Users>(), Some(Unprojectable::Exists(id(1))));
    }
}
