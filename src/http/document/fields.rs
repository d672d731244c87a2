//! What single fields may be, beyond their types: the rules that the domain checks, by its own figures where it has them.

use super::LARGEST;
use purser_domain::{
    approval_limit,
    coupon::MOST_OFF,
    decisions::ADJUSTMENT,
    instance::HoldKind,
    period::BillingCycle,
    resources::Resources,
    text::{Description, Reason},
    top_up,
};
use serde_json::{Value, json};
use std::{ops::RangeInclusive, str::FromStr, sync::LazyLock};

/// One line with something on it that can be seen.
static LINE: LazyLock<String> = LazyLock::new(|| format!("^{}$", seen::<Reason>()));
/// Nothing, or lines with something on them that can be seen.
static LINES: LazyLock<String> = LazyLock::new(|| format!("^([ \\n]*|{})$", seen::<Description>()));
/// What leaves no mark by itself.
static UNSEEN: LazyLock<String> =
    LazyLock::new(|| class(|c| c.to_string().parse::<Reason>().is_err()));
const WITHOUT_NUL: &str = r"^[^\x00]*$";
const LABEL: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
const NODE_WORD: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$";
/// At most 64 characters stand before the `@` (RFC 5321 section 4.5.3.1.1).
const ADDRESS: &str = r"^(?![^@]{65})[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$";
const COUPON: &str = "^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$";
const PHONE: &str = r"^[ -]*\+[ -]*[1-9]([ -]*[0-9]){7,14}[ -]*$";
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
        ("PaidRequest", "proof")
        | ("CloseRequest", "resolution")
        | (_, "name" | "title" | "reason") => json!({"pattern": *LINE, "minLength": 1}),
        ("ReclaimObjectRequest", "object") => json!({"pattern": WITHOUT_NUL}),
        (_, "description") => json!({"pattern": *LINES}),
        (_, "bank" | "account_holder") => json!({"pattern": *LINE}),
        (_, "account_number") => json!({"pattern": "^([ -]*[0-9A-Za-z]){5,34}[ -]*$"}),
        (_, "address") => json!({"items": {
            "type": "string", "pattern": *LINE, "minLength": 1, "maxLength": 100,
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
        ("GiveBackRequest", "amount") => within(1..=1_000_000_000),
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

/// What a parameter may be.
pub(super) fn parameter(place: &str, name: &str) -> Value {
    match (place, name) {
        ("query", "after") => json!({"pattern": "^[A-Za-z0-9_-]{32}$"}),
        ("query", "min_position") => json!({"maximum": LARGEST}),
        ("path", "code") => json!({"pattern": COUPON, "minLength": 4, "maxLength": 32}),
        // An id has the form of a label as well.
        ("path", "id_or_slug") => json!({"pattern": LABEL, "minLength": 2, "maxLength": 40}),
        ("path", "name") => json!({"pattern": LABEL, "maxLength": 40}),
        ("path", "namespace") => {
            json!({"pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "maxLength": 63})
        }
        _ => Value::Null,
    }
}

/// A text with something in it that can be seen and without what this type refuses.
fn seen<T: FromStr>() -> String {
    let refused = class(|c| format!("a{c}a").parse::<T>().is_err());
    format!("[^{refused}]*[^{unseen}][^{refused}]*", unseen = *UNSEEN)
}

/// The inside of a class of characters. It ends where characters are no longer four digits: engines do not agree on how those
/// beyond are written.
fn class(has: impl Fn(char) -> bool) -> String {
    let mut class = String::new();
    let mut first = None;
    for code in 0..=0x1_0000 {
        let within = code <= 0xffff && char::from_u32(code).is_some_and(&has);
        match (first, within) {
            (None, true) => first = Some(code),
            (Some(from), false) => {
                class.push_str(&format!("\\u{from:04x}-\\u{:04x}", code - 1));
                first = None;
            }
            _ => {}
        }
    }
    class
}

fn within(range: RangeInclusive<i64>) -> Value {
    json!({"minimum": range.start(), "maximum": range.end()})
}

fn figure(range: RangeInclusive<u32>) -> Value {
    json!({"minimum": range.start(), "maximum": range.end()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_in_no_text_and_what_only_shapes_is_not_all_of_one() {
        let parts: Vec<&str> = LINE.split("[^").collect();
        let [_, refused, unseen, _] = parts[..] else {
            panic!("{}", *LINE)
        };
        for hidden in [
            "0000-\\u001f",
            "00ad-\\u00ad",
            "200b-\\u200b",
            "2060-\\u206f",
            "fe00-\\ufe0d",
        ] {
            assert!(refused.contains(hidden), "{hidden} of {refused}");
        }
        for shape in ["200c-", "061c-", "0020-"] {
            assert!(!refused.contains(shape), "{shape} in {refused}");
        }
        for alone in [
            "0000-\\u0020",
            "061c-\\u061c",
            "2000-\\u200f",
            "fe00-\\ufe0f",
        ] {
            assert!(unseen.contains(alone), "{alone} of {unseen}");
        }
        assert!(LINES.contains("000b-"), "a line may end in {}", *LINES);
    }

    #[test]
    fn a_class_ends_with_four_digits() {
        assert_eq!(class(|c| ('a'..='c').contains(&c)), "\\u0061-\\u0063");
        assert_eq!(class(|c| c >= '\u{fffe}'), "\\ufffe-\\uffff");
        assert_eq!(class(|_| false), "");
    }
}
