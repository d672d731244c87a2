//! Who asks: the access token, checked against the history, becomes a typed caller.

use super::{Parts, conversation::Talk, problem::Problem};
use crate::auth::{AccountError, Caller};
use poem::{Request, http::StatusCode};
use poem_openapi::{SecurityScheme, auth::Bearer};
use purser_domain::{
    Actor,
    ids::{UserId, WorkerId},
    user::Role,
};
use std::sync::Arc;

/// The access token of `POST /auth/login` or `/auth/refresh`; it opens for 15 minutes.
#[derive(SecurityScheme)]
#[oai(
    rename = "Bearer",
    ty = "bearer",
    bearer_format = "JWT",
    checker = "anyone"
)]
pub(super) struct SignedIn(Caller);

/// The access token of `POST /auth/login` or `/auth/refresh`; it opens for 15 minutes.
#[derive(SecurityScheme)]
#[oai(
    rename = "Bearer",
    ty = "bearer",
    bearer_format = "JWT",
    checker = "customer"
)]
pub(super) struct Customer(Caller);

/// The access token of `POST /auth/login` or `/auth/refresh`; it opens for 15 minutes.
#[derive(SecurityScheme)]
#[oai(
    rename = "Bearer",
    ty = "bearer",
    bearer_format = "JWT",
    checker = "admin"
)]
pub(super) struct Admin(Caller);

/// The access token of `POST /auth/login` or `/auth/refresh`; it opens for 15 minutes.
#[derive(SecurityScheme)]
#[oai(
    rename = "Bearer",
    ty = "bearer",
    bearer_format = "JWT",
    checker = "operator"
)]
pub(super) struct Operator(Caller);

/// The access token of `POST /auth/login` or `/auth/refresh`; it opens for 15 minutes.
#[derive(SecurityScheme)]
#[oai(
    rename = "Bearer",
    ty = "bearer",
    bearer_format = "JWT",
    checker = "auditor"
)]
pub(super) struct Auditor(Caller);

/// The credential that a host was shown when it joined; it opens until the host is dismissed.
#[derive(SecurityScheme)]
#[oai(rename = "Heartbeat", ty = "bearer", checker = "host")]
pub(super) struct Host(WorkerId);

impl Host {
    pub(super) fn id(&self) -> WorkerId {
        self.0
    }
}

impl Auditor {
    /// Whether he has the role itself: administrators and operators read most of what auditors do, and not whoever was erased.
    pub(super) fn has_the_role(&self) -> bool {
        self.0.roles.contains(&Role::Auditor)
    }
}

impl Operator {
    pub(super) fn actor(&self) -> Actor {
        Actor::Staff(self.0.user_id)
    }
}

impl SignedIn {
    pub(super) fn caller(&self) -> &Caller {
        &self.0
    }

    pub(super) fn id(&self) -> UserId {
        self.0.user_id
    }

    /// Whether what belongs to others may be looked at.
    pub(super) fn is_staff(&self) -> bool {
        let staff = [Role::Admin, Role::Operator, Role::Auditor];
        staff.iter().any(|role| self.0.roles.contains(role))
    }
}

impl Customer {
    pub(super) fn caller(&self) -> &Caller {
        &self.0
    }

    pub(super) fn id(&self) -> UserId {
        self.0.user_id
    }

    pub(super) fn actor(&self) -> Actor {
        Actor::User(self.0.user_id)
    }
}

impl Admin {
    /// Whether his session is proven with his second factor.
    pub(super) fn is_proven(&self) -> bool {
        self.0.proven_until.is_some()
    }

    pub(super) fn id(&self) -> UserId {
        self.0.user_id
    }

    pub(super) fn actor(&self) -> Actor {
        Actor::Staff(self.0.user_id)
    }
}

async fn anyone(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let parts = request
        .data::<Arc<Parts>>()
        .expect("api() puts the parts before every route");
    let caller = parts
        .accounts
        .authenticate(&bearer.token)
        .await
        .map_err(Problem::from)?;
    if let Some(talk) = request.data::<Talk>() {
        talk.is_by(caller.user_id);
    }
    Ok(caller)
}

async fn customer(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    with_role(request, bearer, Role::Customer).await
}

async fn admin(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    with_role(request, bearer, Role::Admin).await
}

/// Admins may do what operators may.
async fn operator(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    with_one_of(request, bearer, &[Role::Admin, Role::Operator]).await
}

async fn auditor(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let roles = [Role::Admin, Role::Operator, Role::Auditor];
    with_one_of(request, bearer, &roles).await
}

async fn host(request: &Request, bearer: Bearer) -> poem::Result<WorkerId> {
    let parts = request
        .data::<Arc<Parts>>()
        .expect("api() puts the parts before every route");
    let known = parts.hosts.recognise(&bearer.token);
    Ok(known.map_err(AccountError::from).map_err(Problem::from)?)
}

async fn with_role(request: &Request, bearer: Bearer, role: Role) -> poem::Result<Caller> {
    with_one_of(request, bearer, &[role]).await
}

async fn with_one_of(request: &Request, bearer: Bearer, roles: &[Role]) -> poem::Result<Caller> {
    let caller = anyone(request, bearer).await?;
    if roles.iter().any(|role| caller.roles.contains(role)) {
        Ok(caller)
    } else {
        let detail = "your roles do not allow this";
        Err(Problem::new(StatusCode::FORBIDDEN, "role.missing", detail).into())
    }
}
