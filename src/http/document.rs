//! The document of the API: what poem-openapi writes, made exact. It tells the rules of single values
//! that the domain checks, so that whoever reads the document alone knows what is taken.

use poem_openapi::{OpenApi, OpenApiService};
use serde_json::{Map, Value, json};

/// The largest whole number that JSON keeps exactly.
const LARGEST: i64 = (1 << 53) - 1;
/// One line with something on it.
const LINE: &str = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$";
const LINES: &str = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$";
const WITHOUT_NUL: &str = r"^[^\x00]*$";
const LABEL: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
const NODE_WORD: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$";
const ADDRESS: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$";
const COUPON: &str = "^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$";
const PHONE: &str = r"^\+[1-9][0-9]{7,14}$";

/// The document that describes the API; `recipes` are the templates of this installation.
pub(super) fn of<T: OpenApi>(service: &OpenApiService<T, ()>, recipes: &[&str]) -> Value {
    // A media type in a document has no parameters.
    let text = service
        .spec()
        .replace("application/json; charset=utf-8", "application/json");
    let mut document = serde_json::from_str(&text).expect("poem-openapi writes JSON");
    plain_references(&mut document);
    public_operations(&mut document);
    formats(&mut document);
    rules(&mut document, recipes);
    document
}

/// poem-openapi repeats a property's description as a schema of its own, which generators of clients
/// take for a second type.
fn plain_references(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(parts)) = fields.get_mut("allOf") {
                parts.retain(|part| part.get("$ref").is_some());
            }
            fields.values_mut().for_each(plain_references);
        }
        Value::Array(items) => items.iter_mut().for_each(plain_references),
        _ => {}
    }
}

/// Formats by the names that the OpenAPI registry of formats has for them.
fn formats(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            match fields.get("format").and_then(Value::as_str) {
                Some("naive-date") => drop(fields.insert("format".into(), json!("date"))),
                Some("event-stream") => drop(fields.remove("format")),
                _ => {}
            }
            fields.values_mut().for_each(formats);
        }
        Value::Array(items) => items.iter_mut().for_each(formats),
        _ => {}
    }
}

/// An operation that asks for no sign-in says so.
fn public_operations(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operations) in paths {
        for (_, operation) in operations.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                operation.entry("security").or_insert_with(|| json!([]));
            }
        }
    }
}

fn rules(document: &mut Value, recipes: &[&str]) {
    let schemas = document["components"]["schemas"].as_object_mut();
    for (schema, described) in schemas.into_iter().flatten() {
        if !schema.ends_with("Request") {
            continue;
        }
        add(described, json!({"additionalProperties": false}));
        let properties = described.get_mut("properties");
        let properties = properties.and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            let rule = rule(schema, name, recipes);
            add(property, rule);
        }
    }
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operations) in paths {
        for (_, operation) in operations.as_object_mut().into_iter().flatten() {
            let parameters = operation.get_mut("parameters");
            let parameters = parameters.and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                if parameter["name"] == "after" {
                    add(
                        &mut parameter["schema"],
                        json!({"pattern": "^[A-Za-z0-9_-]{32}$"}),
                    );
                }
                if parameter["name"] == "min_position" {
                    add(&mut parameter["schema"], json!({"maximum": LARGEST}));
                }
            }
        }
    }
}

/// What a field of a request may be, beyond its type.
fn rule(schema: &str, field: &str, recipes: &[&str]) -> Value {
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
        ("AdjustmentRequest", "amount") => json!({"minimum": 1_000, "maximum": 100_000_000}),
        ("GatewayFeesRequest", "amount" | "replaces") => {
            json!({"minimum": 0, "maximum": LARGEST})
        }
        ("ApprovalLimitRequest", "above") => json!({"minimum": 0, "maximum": 100_000_000}),
        (
            "PromotionRequest" | "BookPaymentRequest" | "TakeBackRequest" | "ReturnReversalRequest",
            "amount",
        ) => json!({"minimum": 1, "maximum": LARGEST}),
        (_, "amount") => json!({"minimum": 10_000, "maximum": 10_000_000}),
        (_, "monthly_price" | "yearly_price") => json!({"minimum": 0, "maximum": LARGEST}),
        (_, "cpu_millicores") => json!({"minimum": 50, "maximum": 64_000}),
        (_, "memory_mib") => json!({"minimum": 64, "maximum": 524_288}),
        (_, "storage_mib") => json!({"minimum": 128, "maximum": 16_777_216}),
        (_, "capacity" | "max_per_customer") => json!({"minimum": 0, "maximum": u32::MAX}),
        _ => Value::Null,
    }
}

fn add(schema: &mut Value, rule: Value) {
    if let (Some(schema), Value::Object(rule)) = (schema.as_object_mut(), rule) {
        let rule: Map<String, Value> = rule;
        schema.extend(rule);
    }
}
