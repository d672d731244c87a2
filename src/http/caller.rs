//! Who asks: the access token, checked against the history, becomes a typed caller.

use super::{Parts, conversation::Talk, problem::Problem};
use crate::auth::Caller;
use poem::{Request, http::StatusCode};
use poem_openapi::{SecurityScheme, auth::Bearer};
use purser_domain::{Actor, ids::UserId, user::Role};
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

impl SignedIn {
    pub(super) fn caller(&self) -> &Caller {
        &self.0
    }

    pub(super) fn id(&self) -> UserId {
        self.0.user_id
    }
}

impl Customer {
    pub(super) fn id(&self) -> UserId {
        self.0.user_id
    }

    pub(super) fn actor(&self) -> Actor {
        Actor::User(self.0.user_id)
    }
}

impl Admin {
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

async fn with_role(request: &Request, bearer: Bearer, role: Role) -> poem::Result<Caller> {
    let caller = anyone(request, bearer).await?;
    if caller.roles.contains(&role) {
        Ok(caller)
    } else {
        let detail = "your roles do not allow this";
        Err(Problem::new(StatusCode::FORBIDDEN, "role.missing", detail).into())
    }
}
