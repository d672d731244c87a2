//! What staff does. Every operation asks for the role `admin`.

mod orphans;
mod services;
mod users;

pub(super) use orphans::AdminOrphanRoutes;
pub(super) use services::AdminServiceRoutes;
pub(super) use users::AdminUserRoutes;
