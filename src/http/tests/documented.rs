//! What the document says of single values, held against what the domain takes.

use super::*;
use crate::auth::Npwp;
use purser_domain::{
    approval_limit,
    instance::{HoldKind, InstanceStatus},
    resources::Resources,
    text::Phone,
    top_up,
};
use purser_projections::pods::PodStatus;

async fn document() -> Value {
    serde_json::from_str(&text(&app(), "/openapi.json").await).unwrap()
}

fn property(document: &Value, schema: &str, field: &str) -> Value {
    let found = &document["components"]["schemas"][schema]["properties"][field];
    assert!(found.is_object(), "{schema}.{field}");
    found.clone()
}

fn bounds(document: &Value, schema: &str, field: &str) -> (i64, i64) {
    let found = property(document, schema, field);
    let bound = |name: &str| found[name].as_i64().unwrap_or_else(|| panic!("{found}"));
    (bound("minimum"), bound("maximum"))
}

#[tokio::test]
async fn amounts_are_told_as_the_domain_takes_them() {
    let document = document().await;
    let largest = (1 << 53) - 1;
    let (least, most) = (top_up::least().get(), top_up::most().get());
    for (schema, field, expected) in [
        ("TopUpRequest", "amount", (least, most)),
        ("AdjustmentRequest", "amount", (1_000, 100_000_000)),
        ("CreateCouponRequest", "amount", (1, 100_000_000)),
        ("CreateCouponRequest", "percent", (1, 100)),
        ("PayoutRequest", "amount", (1, largest)),
        ("RefundRequest", "amount", (1, largest)),
        ("GiveBackRequest", "amount", (1, 1_000_000_000)),
        ("BookPaymentRequest", "amount", (1, 100_000_000)),
        ("PromotionRequest", "amount", (1, 100_000_000)),
        ("ReturnReversalRequest", "amount", (1, largest)),
        ("GatewayFeesRequest", "amount", (0, largest)),
        (
            "ApprovalLimitRequest",
            "above",
            (0, approval_limit::most().get()),
        ),
        ("AddPlanRequest", "monthly_price", (0, largest)),
        ("AddPlanRequest", "capacity", (0, u32::MAX.into())),
        ("WorkerFigures", "cpu_millicores", (0, u32::MAX.into())),
    ] {
        let found = bounds(&document, schema, field);
        assert_eq!(found, expected, "{schema}.{field}");
    }
    // An object has no range.
    for schema in ["HeartbeatRequest", "RegisterWorkerRequest"] {
        let capacity = property(&document, schema, "capacity");
        assert_eq!(capacity.get("minimum"), None, "{capacity}");
    }
}

/// Whoever keeps to the document would be refused what it promises.
#[tokio::test]
async fn no_bound_is_told_wider_than_it_is_checked() {
    let service = routes::service(&Arc::new(parts()));
    let checked: Value = serde_json::from_str(&service.spec()).unwrap();
    let document = document().await;
    let mut bounds = 0;
    for (schema, described) in checked["components"]["schemas"].as_object().unwrap() {
        let properties = described["properties"].as_object().into_iter().flatten();
        for (field, checked) in properties {
            let told = &document["components"]["schemas"][schema]["properties"][field];
            let least = ["minimum", "minLength", "minItems"].map(|bound| (bound, 1.0));
            let most = ["maximum", "maxLength", "maxItems"].map(|bound| (bound, -1.0));
            for (bound, inwards) in least.into_iter().chain(most) {
                let Some(checked) = checked[bound].as_f64() else {
                    continue;
                };
                let narrower = told[bound].as_f64().map(|told| (told - checked) * inwards);
                assert!(narrower >= Some(0.0), "{schema}.{field}: {bound}");
                bounds += 1;
            }
        }
    }
    assert!(bounds > 50, "{bounds}");
}

#[tokio::test]
async fn parameters_of_addresses_are_told_and_what_customers_choose_is_exact() {
    let document = document().await;
    for (path, most) in [
        ("/services/{id_or_slug}", 40),
        ("/templates/{name}", 40),
        ("/coupons/{code}", 32),
        ("/admin/coupons/{code}", 32),
    ] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array();
        let mut of_path = parameters.unwrap().iter().filter(|it| it["in"] == "path");
        let schema = &of_path.next().unwrap()["schema"];
        assert_eq!(schema["maxLength"], most, "{path}");
        assert!(schema["pattern"].is_string(), "{path}");
    }
    let kinds = &document["components"]["schemas"]["ParameterValue"]["anyOf"];
    let number = &kinds[1];
    let largest: i64 = (1 << 53) - 1;
    assert_eq!(number["minimum"], -largest, "{kinds}");
    assert_eq!(number["maximum"], largest, "{kinds}");
    for (schema, field) in [("PaidRequest", "proof"), ("CloseRequest", "resolution")] {
        let reason = property(&document, "CancelPayoutRequest", "reason");
        let told = property(&document, schema, field);
        assert_eq!(told["pattern"], reason["pattern"], "{schema}.{field}");
    }
    let phone = property(&document, "RegisterRequest", "phone");
    let digits = r"^[ -]*\+[ -]*[1-9]([ -]*[0-9]){7,14}[ -]*$";
    assert_eq!(phone["pattern"], digits);
    assert!("+62 812-3456 789".parse::<Phone>().is_ok());
}

#[tokio::test]
async fn the_domain_takes_what_is_at_a_bound_and_nothing_beyond_it() {
    let document = document().await;
    let figure = |field| {
        let (least, most) = bounds(&document, "AddPlanRequest", field);
        (u32::try_from(least).unwrap(), u32::try_from(most).unwrap())
    };
    let (cpu, memory, storage) = (
        figure("cpu_millicores"),
        figure("memory_mib"),
        figure("storage_mib"),
    );
    assert!(Resources::new(cpu.0, memory.0, storage.0).is_ok());
    assert!(Resources::new(cpu.1, memory.1, storage.1).is_ok());
    for (cpu, memory, storage) in [
        (cpu.0 - 1, memory.0, storage.0),
        (cpu.1 + 1, memory.0, storage.0),
        (cpu.0, memory.0 - 1, storage.0),
        (cpu.0, memory.1 + 1, storage.0),
        (cpu.0, memory.0, storage.0 - 1),
        (cpu.0, memory.0, storage.1 + 1),
    ] {
        assert!(Resources::new(cpu, memory, storage).is_err());
    }
}

#[tokio::test]
async fn every_figure_has_a_range_and_every_text_of_a_request_an_end() {
    let document = document().await;
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (schema, described) in schemas {
        let properties = described["properties"].as_object().into_iter().flatten();
        for (field, property) in properties {
            let unsigned = ["uint8", "uint16", "uint32"].map(Value::from);
            if unsigned.contains(&property["format"]) {
                assert!(property["maximum"].is_number(), "{schema}.{field}");
            }
            let request = schema.ends_with("Request");
            if request && property["type"] == "integer" {
                assert!(property["minimum"].is_number(), "{schema}.{field}");
                assert!(property["maximum"].is_number(), "{schema}.{field}");
            }
        }
    }
    let address = property(&document, "BillingDetailsRequest", "address");
    assert_eq!(address["items"]["maxLength"], 100, "{address}");
    let npwp = property(&document, "BillingDetailsRequest", "npwp");
    assert_eq!(npwp["pattern"], "^[ .-]*([0-9][ .-]*){15,16}$");
    assert!("31.712.345.6-789.012".parse::<Npwp>().is_ok());
    assert!("3171".parse::<Npwp>().is_err());
}

#[tokio::test]
async fn dates_and_moments_are_told_by_their_formats() {
    let document = document().await;
    let hold = property(&document, "HoldPodRequest", "until");
    assert_eq!(hold["format"], "date-time");
    for (schema, field) in [
        ("CreateCouponRequest", "valid_from"),
        ("CreateCouponRequest", "valid_until"),
        ("GatewayFeesRequest", "month"),
        ("PromotionRequest", "expires_on"),
    ] {
        let date = property(&document, schema, field);
        assert_eq!(date["format"], "date", "{schema}.{field}");
    }
}

#[tokio::test]
async fn words_of_answers_are_told() {
    let document = document().await;
    for (schema, field, word) in [
        ("Subscription", "billing_cycle", "yearly"),
        ("CancelledSubscription", "status", "ended"),
        ("PodHold", "kind", HoldKind::Staff.as_str()),
        ("Mail", "status", "dead"),
        ("WorkerWithLoad", "status", "degraded"),
    ] {
        let found = property(&document, schema, field);
        let words = found["enum"].as_array().unwrap();
        assert!(words.contains(&json!(word)), "{schema}.{field}");
    }
    for status in [
        InstanceStatus::Provisioning,
        InstanceStatus::ResettingPassword,
        InstanceStatus::Removed,
    ] {
        let stored = serde_json::to_value(status).unwrap();
        assert!(serde_json::from_value::<PodStatus>(stored).is_ok());
    }
}

#[tokio::test]
async fn failures_tell_their_headers() {
    let document = document().await;
    let paths = document["paths"].as_object().unwrap();
    for operation in paths
        .values()
        .flat_map(|it| it.as_object().unwrap().values())
    {
        for (status, header) in [
            ("401", "WWW-Authenticate"),
            ("429", "Retry-After"),
            ("503", "Retry-After"),
        ] {
            let Some(response) = operation["responses"].get(status) else {
                continue;
            };
            let name = header.to_lowercase();
            let headers = response["headers"].as_object().unwrap();
            let told = headers.keys().any(|known| known.to_lowercase() == name);
            assert!(told, "{} {status}", operation["operationId"]);
        }
    }
}

#[tokio::test]
async fn a_statement_is_a_table() {
    let document = document().await;
    for path in ["/wallet/statement.csv", "/admin/users/{id}/statement.csv"] {
        let answer = &document["paths"][path]["get"]["responses"]["200"];
        assert!(answer["content"]["text/csv"].is_object(), "{answer}");
    }
}
