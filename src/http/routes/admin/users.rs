use crate::{
    auth::NewAccount,
    http::{
        Parts,
        acting::Asked,
        answer::{Accepted, Created, Listed},
        body::Body,
        caller::Admin,
        error::{self, ApiError, Command, TakingPassword},
        fields::Fields,
        idempotency::Keyed,
        problem::Problem,
        routes::{
            Tag,
            auth::{Locale, RegisteredAccount, RoleName},
        },
    },
    store::Committed,
};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Refused,
    approval::Deed,
    decisions::One,
    ids::UserId,
    text::Reason,
    user::{Role, User, UserCommand, UserError},
};
use purser_projections::{
    Projection as _,
    pages::Page,
    users::{self, UserRow, Users},
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct CreateUserRequest {
    /// The person's name.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// Signs in with it; one account an address.
    #[oai(validator(max_length = 254))]
    email: String,
    /// 10 to 128 characters.
    #[oai(validator(max_length = 512))]
    password: String,
    /// In international form: `+628123456789`.
    #[oai(validator(max_length = 32))]
    phone: Option<String>,
    /// `id` where it is not given.
    locale: Option<Locale>,
    /// What the person may do: `customer` alone. Another role is refused with 409 `user.role_needs_approval`.
    #[oai(validator(min_items = 1, unique_items))]
    roles: Vec<RoleName>,
}

impl Example for CreateUserRequest {
    fn example() -> Self {
        Self {
            name: "Siti Rahayu".into(),
            email: "siti@example.com".into(),
            password: "rahasia-sekali".into(),
            phone: Some("+628129876543".into()),
            locale: Some(Locale::En),
            roles: vec![RoleName::Customer],
        }
    }
}

impl CreateUserRequest {
    fn into_account(self) -> Result<NewAccount, Problem> {
        let mut fields = Fields::default();
        let name = fields.parse("/name", &self.name);
        let email = fields.parse("/email", &self.email);
        let phone = fields.parse_if("/phone", self.phone.as_deref());
        let (name, email) = fields.done(name.zip(email))?;
        Ok(NewAccount {
            name,
            email,
            phone,
            password: self.password,
            roles: self.roles.into_iter().map(Into::into).collect(),
            locale: self.locale.map(Into::into).unwrap_or_default(),
        })
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
pub(super) struct ReasonRequest {
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for ReasonRequest {
    fn example() -> Self {
        Self {
            reason: "asked for it in ticket 4711".into(),
        }
    }
}

impl ReasonRequest {
    pub(super) fn reason(&self) -> Result<Reason, Problem> {
        let mut fields = Fields::default();
        let reason = fields.parse("/reason", &self.reason);
        fields.done(reason)
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ChangeRolesRequest {
    /// What the person may do from now on, and nothing else.
    #[oai(validator(min_items = 1, unique_items))]
    roles: Vec<RoleName>,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for ChangeRolesRequest {
    fn example() -> Self {
        Self {
            roles: vec![RoleName::Operator, RoleName::Auditor],
            reason: "moved to operations in May".into(),
        }
    }
}

/// The roles of an account were changed.
#[derive(Object)]
struct ChangedRoles {
    user_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the account.
    version: i64,
}

/// There was no second factor to take away.
#[derive(Object)]
struct ResetSecondFactor {
    user_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the second factor.
    version: i64,
}

/// An account that was changed.
#[derive(Object)]
struct ChangedUser {
    user_id: Uuid,
    /// Whether the user may sign in.
    active: bool,
    /// The position of the commit.
    position: i64,
    /// The version of the account.
    version: i64,
}

impl ChangedUser {
    const fn new(user_id: Uuid, active: bool, committed: &Committed) -> Self {
        Self {
            user_id,
            active,
            position: committed.position,
            version: committed.version,
        }
    }
}

pub(in crate::http) struct AdminUserRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/users", tag = "Tag::Administration")]
impl AdminUserRoutes {
    /// List every account, without personal data.
    #[oai(path = "/", method = "get", operation_id = "list_users")]
    async fn list(
        &self,
        _admin: Admin,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<UserRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[Users::NAME], min_position.0).await?;
        let found = users::page(&mut views, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read an account, without personal data.
    #[oai(path = "/:id", method = "get", operation_id = "get_user")]
    async fn get(
        &self,
        _admin: Admin,
        /// The user's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<UserRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Users::NAME], min_position.0).await?;
        let found = users::by_id(&mut views, UserId::new(id.0)).await;
        let user = found.map_err(ViewsError::from)?;
        let missing = || Problem::not_found("user.not_found", "there is no such account");
        Ok(Json(user.ok_or_else(missing)?))
    }

    /// Make an account for a customer.
    ///
    /// Any role but `customer` is asked for afterwards with `change_roles`, since another administrator has to approve it.
    #[oai(path = "/", method = "post", operation_id = "create_user")]
    async fn create(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<CreateUserRequest>,
    ) -> Result<Created<RegisteredAccount>, ApiError<TakingPassword>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "create_user", &[], &body.0)?;
        let account = body.0.into_account()?;
        if account.roles.iter().any(|role| *role != Role::Customer) {
            return Err(Refused::from(UserError::RoleNeedsApproval).into());
        }
        let committed = self.0.accounts.add(&context, account).await?;
        Ok(RegisteredAccount::answer(&committed)?)
    }

    /// Change what somebody may do. Another administrator has to approve it.
    #[oai(path = "/:id/roles", method = "put", operation_id = "change_roles")]
    async fn change_roles(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The user's id.
        id: Path<Uuid>,
        body: Body<ChangeRolesRequest>,
    ) -> Result<Asked<ChangedRoles, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "change_roles", &[id.0], &body.0)?;
        let mut fields = Fields::default();
        let reason = fields.parse("/reason", &body.0.reason);
        let reason = fields.done(reason)?;
        let roles = body.0.roles.into_iter().map(Into::into).collect();
        let change = Deed::ChangeRoles { roles, reason };
        let user = Some(UserId::new(id.0));
        let outcome = self.0.act(&admin, &context, user, change).await?;
        Ok(Asked::new(outcome, |done| {
            let body = ChangedRoles {
                user_id: id.0,
                position: done.position,
                version: done.version,
            };
            Accepted::new(done, body)
        }))
    }

    /// Take a second factor away from somebody who lost his authenticator. Another administrator has to approve it.
    ///
    /// He is told by mail, and signs in with his password alone until he has another one.
    #[oai(
        path = "/:id/second-factor/reset",
        method = "post",
        operation_id = "reset_second_factor"
    )]
    async fn reset_second_factor(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The user's id.
        id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Asked<ResetSecondFactor, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "reset_second_factor", &[id.0], &body.0)?;
        let reason = body.0.reason()?;
        let (user, reset) = (UserId::new(id.0), Deed::ResetSecondFactor { reason });
        let outcome = self.0.act(&admin, &context, Some(user), reset).await?;
        Ok(Asked::new(outcome, |done| {
            let body = ResetSecondFactor {
                user_id: id.0,
                position: done.position,
                version: done.version,
            };
            Accepted::new(done, body)
        }))
    }

    /// Shut an account: it takes effect with the next request, signed in or not, and ends its sessions for good.
    ///
    /// Another administrator has to approve that an administrator's account is shut, be it your own: so there is always
    /// one left.
    #[oai(
        path = "/:id/deactivate",
        method = "post",
        operation_id = "deactivate_user"
    )]
    async fn deactivate(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The user's id.
        id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Asked<ChangedUser, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "deactivate_user", &[id.0], &body.0)?;
        let reason = body.0.reason()?;
        let (user, deactivate) = (UserId::new(id.0), Deed::Deactivate { reason });
        let outcome = self.0.act(&admin, &context, Some(user), deactivate).await?;
        Ok(Asked::new(outcome, |done| {
            Accepted::new(done, ChangedUser::new(id.0, false, done))
        }))
    }

    /// Open an account again. An administrator's comes back without the role `admin`.
    ///
    /// Otherwise one person alone would make an administrator. The role is asked for afterwards with `change_roles`, and
    /// whoever had no other one is a `customer` until then.
    #[oai(
        path = "/:id/activate",
        method = "post",
        operation_id = "activate_user"
    )]
    async fn activate(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The user's id.
        id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Accepted<ChangedUser>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "activate_user", &[id.0], &body.0)?;
        let reason = body.0.reason()?;
        let activate = One::<User> {
            id: UserId::new(id.0),
            command: UserCommand::Activate { reason },
        };
        let done = self.0.appender.execute(context.command(activate)).await?;
        Ok(Accepted::new(&done, ChangedUser::new(id.0, true, &done)))
    }
}
