//! What staff does. Every operation asks for the role `admin`; of workers, operators see to them and
//! auditors read.

mod approval_limit;
mod approvals;
mod cases;
mod coupons;
mod documents;
mod erasures;
mod ledger;
mod mails;
mod new_plan;
mod new_service;
mod notifications;
mod orphans;
mod payouts;
mod pods;
mod reversals;
mod services;
mod subscriptions;
mod sweeps;
mod users;
mod wallets;
mod workers;

pub(super) use approval_limit::AdminApprovalLimitRoutes;
pub(super) use approvals::AdminApprovalRoutes;
pub(super) use cases::AdminCaseRoutes;
pub(super) use coupons::AdminCouponRoutes;
pub(super) use documents::AdminDocumentRoutes;
pub(super) use erasures::AdminErasureRoutes;
pub(super) use ledger::AdminLedgerRoutes;
pub(super) use mails::AdminMailRoutes;
pub(super) use notifications::AdminNotificationRoutes;
pub(super) use orphans::AdminOrphanRoutes;
pub(super) use payouts::AdminPayoutRoutes;
pub(super) use pods::AdminPodRoutes;
pub(super) use reversals::AdminReversalRoutes;
pub(super) use services::AdminServiceRoutes;
pub(super) use subscriptions::AdminSubscriptionRoutes;
pub(super) use sweeps::AdminSweepRoutes;
pub(super) use users::AdminUserRoutes;
pub(super) use wallets::AdminWalletRoutes;
pub(super) use workers::AdminWorkerRoutes;
