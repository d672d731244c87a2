//! What single fields may be, beyond their types: the rules that the domain checks, by its own figures where it has them.

use super::LARGEST;
use purser_domain::{
    approval_limit, coupon::MOST_OFF, decisions::ADJUSTMENT, instance::HoldKind,
    period::BillingCycle, resources::Resources, top_up,
};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// One line with something on it.
const LINE: &str = r"^[^\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]([^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]*[^\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff])?$";
const LINES: &str = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]*$";
const WITHOUT_NUL: &str = r"^[^\x00]*$";
const LABEL: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
const NODE_WORD: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$";
const ADDRESS: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$";
const COUPON: &str = "^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$";
const PHONE: &str = r"^\+[1-9][0-9]{7,14}$";
const NPWP: &str = "^[ .-]*([0-9][ .-]*){15,16}$";

/// What a field of a request may be.
pub(super) fn rule(schema: &str, field: &str, recipes: &[&str]) -> Value {
    match (schema, field) {
        // Signing in says only whether it is right, and asking for a letter nothing at all.
        (
            "LoginRequest"
            | "RefreshRequest"
            | "OfferSecondFactorRequest"
            | "CodeRequest"
            | "PasswordResetRequest",
            _,
        )
        | ("ChangePasswordRequest", "current_password" | "code")
        | (
            "RegisterWorkerRequest" | "VerifyEmailRequest" | "ConfirmPasswordResetRequest",
            "token",
        ) => json!({"pattern": WITHOUT_NUL}),
        ("RegisterWorkerRequest", "name") | (_, "pool") => json!({"pattern": NODE_WORD}),
        (_, "name" | "title" | "reason") => json!({"pattern": LINE, "minLength": 1}),
        (_, "description") => json!({"pattern": LINES}),
        (_, "bank" | "account_holder") => json!({"pattern": LINE}),
        (_, "account_number") => json!({"pattern": "^([ -]*[0-9A-Za-z]){5,34}[ -]*$"}),
        (_, "address") => json!({"items": {
            "type": "string", "pattern": LINE, "minLength": 1, "maxLength": 100,
        }}),
        (_, "npwp") => json!({"pattern": NPWP}),
        (_, "email") => json!({"pattern": ADDRESS, "format": "email"}),
        ("CreateCouponRequest" | "RedeemCouponRequest", "code")
        | ("SubscribeRequest", "coupon") => {
            json!({"pattern": COUPON, "minLength": 4, "maxLength": 32})
        }
        (_, "phone") => json!({"pattern": PHONE}),
        (_, "password" | "new_password") => json!({
            "pattern": WITHOUT_NUL, "format": "password", "minLength": 10, "maxLength": 128,
        }),
        (_, "slug") => json!({"pattern": LABEL, "minLength": 2}),
        (_, "subdomain") => json!({"pattern": "^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"}),
        (_, "recipe") if !recipes.is_empty() => json!({"enum": recipes}),
        ("TopUpRequest", "amount") => within(top_up::least().get()..=top_up::most().get()),
        ("AdjustmentRequest", "amount") => within(ADJUSTMENT),
        ("CreateCouponRequest", "amount") => within(1..=MOST_OFF),
        ("CreateCouponRequest", "percent") => within(1..=100),
        ("GatewayFeesRequest", "amount" | "replaces") => within(0..=LARGEST),
        ("ApprovalLimitRequest", "above") => within(0..=approval_limit::most().get()),
        ("PromotionRequest" | "BookPaymentRequest", "amount") => {
            within(1..=approval_limit::most().get())
        }
        // What else bounds it is a matter of state.
        (_, "amount") => within(1..=LARGEST),
        (_, "monthly_price" | "yearly_price") => within(0..=LARGEST),
        ("WorkerFigures", _) => Value::Null,
        (_, "cpu_millicores") => figure(Resources::CPU_MILLICORES),
        (_, "memory_mib") => figure(Resources::MEMORY_MIB),
        (_, "storage_mib") => figure(Resources::STORAGE_MIB),
        _ => Value::Null,
    }
}

/// The words that a text of an answer is one of.
pub(super) fn words(schema: &str, field: &str) -> Value {
    match (schema, field) {
        ("Subscription", "billing_cycle") => {
            json!({"enum": [BillingCycle::Monthly.as_str(), BillingCycle::Yearly.as_str()]})
        }
        ("CancelledSubscription", "status") => json!({"enum": ["failed", "active", "ended"]}),
        ("PodHold", "kind") => {
            json!({"enum": [HoldKind::Billing.as_str(), HoldKind::Staff.as_str()]})
        }
        ("Mail", "status") => {
            json!({"enum": ["waiting", "running", "done", "dead", "cancelled"]})
        }
        ("WorkerWithLoad", "status") => {
            json!({"enum": ["invited", "online", "degraded", "offline", "removed"]})
        }
        _ => Value::Null,
    }
}

fn within(range: RangeInclusive<i64>) -> Value {
    json!({"minimum": range.start(), "maximum": range.end()})
}

fn figure(range: RangeInclusive<u32>) -> Value {
    json!({"minimum": range.start(), "maximum": range.end()})
}
