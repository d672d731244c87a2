//! The API's operations, one file a noun.

mod admin;
mod auth;
mod billing;
mod coupons;
mod documents;
mod passwords;
mod payments;
mod plan_changes;
mod pod;
mod pod_logs;
mod pod_parameters;
mod pods;
mod renewals;
mod second_factors;
mod services;
mod subscriptions;
mod templates;
mod top_ups;
mod usage;
mod verification;
mod wallet;
mod workers;

use super::Parts;
use poem_openapi::{LicenseObject, OpenApiService, Tags};
use std::sync::Arc;

/// Where the API begins.
pub(super) const PREFIX: &str = "/api/v1";

const ABOUT: &str = "Sells managed apps against prepaid credit.

Amounts are whole rupiah. Moments are UTC; dates of paid periods are Asia/Jakarta.

**Repeating.** A request that changes something carries an `Idempotency-Key`. Repeating it with the \
same key and body after it was accepted gives the same answer, marked `Idempotent-Replayed: true`, \
for ever; the same key with another body is refused with 422. A refusal changes nothing and is not \
kept: the same key may be used again, with this body or another one, and what was refused before \
may be accepted then. Two answers tell of something that was kept, and come again under their key: \
403 `second_factor.wrong_code`, because a wrong code is counted, and 401 `session.ended` to a refresh \
token that was spent before, because that ends its session. The next code needs a key of its own.

**Versions.** Every change answers with the version that it came to, as `version` and as `ETag`. No \
operation compares it: a change with `If-Match` or `If-Unmodified-Since` is refused with 400 \
`precondition.unsupported`, rather than done without the comparison.

**Bodies.** JSON, uncompressed. No name stands twice in an object, and what is not given is left out: \
`null` is refused.

**Reading what was written.** Every change answers with its `position`. A query given that as \
`min_position` waits until its read model has come that far, and answers 503 `read_model.behind` \
with `Retry-After` rather than with stale data.

**Problems.** Everything but a success is `application/problem+json` (RFC 9457) with a stable `code`.";

/// What an operation is about.
#[derive(Tags)]
enum Tag {
    /// Signing up, in and out.
    Accounts,
    /// What is for sale.
    Catalogue,
    /// Prepaid credit and its movements.
    Wallet,
    /// Ordering and paying credit.
    Payments,
    /// Receipts, invoices and credit notes.
    Documents,
    /// Ordering apps.
    Subscriptions,
    /// What runs.
    Pods,
    /// What instances run on.
    Workers,
    /// For staff.
    Administration,
}

type Routes = (
    (
        auth::AuthRoutes,
        passwords::PasswordRoutes,
        verification::VerificationRoutes,
        second_factors::SecondFactorRoutes,
    ),
    services::ServiceRoutes,
    (
        wallet::WalletRoutes,
        documents::DocumentRoutes,
        billing::BillingRoutes,
        coupons::CouponRoutes,
    ),
    top_ups::TopUpRoutes,
    payments::PaymentRoutes,
    (
        subscriptions::SubscriptionRoutes,
        renewals::RenewalRoutes,
        plan_changes::PlanChangeRoutes,
    ),
    (
        pods::PodRoutes,
        pod::OnePodRoutes,
        pod_logs::PodLogRoutes,
        pod_parameters::PodParameterRoutes,
    ),
    usage::UsageRoutes,
    templates::TemplateRoutes,
    workers::WorkerRoutes,
    // A tuple of routes has a bound, and may hold another one.
    (
        admin::AdminServiceRoutes,
        (admin::AdminUserRoutes, admin::AdminErasureRoutes),
        admin::AdminPodRoutes,
        admin::AdminWorkerRoutes,
        admin::AdminOrphanRoutes,
        admin::AdminSweepRoutes,
        admin::AdminSubscriptionRoutes,
        admin::AdminCaseRoutes,
        admin::AdminPayoutRoutes,
        admin::AdminDocumentRoutes,
        admin::AdminLedgerRoutes,
        (
            admin::AdminWalletRoutes,
            admin::AdminReversalRoutes,
            admin::AdminApprovalRoutes,
            admin::AdminApprovalLimitRoutes,
            admin::AdminMailRoutes,
            admin::AdminNotificationRoutes,
        ),
        admin::AdminCouponRoutes,
    ),
);

pub(super) fn service(parts: &Arc<Parts>) -> OpenApiService<Routes, ()> {
    let part = || parts.clone();
    let routes = (
        (
            auth::AuthRoutes(part()),
            passwords::PasswordRoutes(part()),
            verification::VerificationRoutes(part()),
            second_factors::SecondFactorRoutes(part()),
        ),
        services::ServiceRoutes(part()),
        (
            wallet::WalletRoutes(part()),
            documents::DocumentRoutes(part()),
            billing::BillingRoutes(part()),
            coupons::CouponRoutes(part()),
        ),
        top_ups::TopUpRoutes(part()),
        payments::PaymentRoutes(part()),
        (
            subscriptions::SubscriptionRoutes(part()),
            renewals::RenewalRoutes(part()),
            plan_changes::PlanChangeRoutes(part()),
        ),
        (
            pods::PodRoutes(part()),
            pod::OnePodRoutes(part()),
            pod_logs::PodLogRoutes(part()),
            pod_parameters::PodParameterRoutes(part()),
        ),
        usage::UsageRoutes(part()),
        templates::TemplateRoutes(part()),
        workers::WorkerRoutes(part()),
        (
            admin::AdminServiceRoutes(part()),
            (
                admin::AdminUserRoutes(part()),
                admin::AdminErasureRoutes(part()),
            ),
            admin::AdminPodRoutes(part()),
            admin::AdminWorkerRoutes(part()),
            admin::AdminOrphanRoutes(part()),
            admin::AdminSweepRoutes(part()),
            admin::AdminSubscriptionRoutes(part()),
            admin::AdminCaseRoutes(part()),
            admin::AdminPayoutRoutes(part()),
            admin::AdminDocumentRoutes(part()),
            admin::AdminLedgerRoutes(part()),
            (
                admin::AdminWalletRoutes(part()),
                admin::AdminReversalRoutes(part()),
                admin::AdminApprovalRoutes(part()),
                admin::AdminApprovalLimitRoutes(part()),
                admin::AdminMailRoutes(part()),
                admin::AdminNotificationRoutes(part()),
            ),
            admin::AdminCouponRoutes(part()),
        ),
    );
    OpenApiService::new(routes, "Purser", env!("CARGO_PKG_VERSION"))
        .description(ABOUT)
        .license(
            LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0"),
        )
        .server(PREFIX)
}
