//! What staff does. Every operation asks for the role `admin`.

mod pods;
mod services;
mod users;

pub(super) use pods::AdminPodRoutes;
pub(super) use services::AdminServiceRoutes;
pub(super) use users::AdminUserRoutes;
