//! Reads the body of `POST /snap/v1/transactions` and says everything that is wrong with it. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    method::Method,
    transaction::{Hooks, Item, Page, PageState},
};

const DEFAULT_LIFETIME: TimeDelta = TimeDelta::hours(24);
const SHORTEST_PAGE: TimeDelta = TimeDelta::minutes(5);
const LONGEST_PAGE: TimeDelta = TimeDelta::days(7);

/// The page that the request asks for, or the texts for `error_messages`.
pub(super) fn read(
    body: &Value,
    token: String,
    hooks: Hooks,
    now: DateTime<Utc>,
) -> Result<Page, Vec<String>> {
    let mut wrong = Vec::new();
    let details = &body["transaction_details"];
    let order_id = read_order_id(&details["order_id"], &mut wrong);
    let gross_amount = read_amount(&details["gross_amount"], &mut wrong);
    let items = read_items(&body["item_details"], &mut wrong);
    if !items.is_empty() && wrong.is_empty() && sum(&items) != Some(gross_amount) {
        wrong.push(
            "transaction_details.gross_amount is not equal to the sum of item_details".to_owned(),
        );
    }
    let methods = read_methods(&body["enabled_payments"], &mut wrong);
    let codes_end_at = read_expiry(&body["expiry"], "expiry", now, &mut wrong);
    let page_expiry = read_expiry(&body["page_expiry"], "page_expiry", now, &mut wrong);
    let page_ends_at = page_expiry
        .or(codes_end_at)
        .unwrap_or(now + DEFAULT_LIFETIME);
    if !(SHORTEST_PAGE..=LONGEST_PAGE).contains(&(page_ends_at - now)) {
        wrong.push("expiry must leave the page between 5 minutes and 7 days".to_owned());
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let customer = &body["customer_details"];
    let names = [
        &customer["first_name"],
        &customer["last_name"],
        &customer["email"],
    ];
    Ok(Page {
        token,
        order_id,
        gross_amount,
        items,
        customer: names
            .into_iter()
            .filter_map(text)
            .collect::<Vec<_>>()
            .join(" "),
        methods,
        finish: text(&body["callbacks"]["finish"]),
        opened_at: now,
        page_ends_at,
        codes_end_at,
        custom_fields: ["custom_field1", "custom_field2", "custom_field3"]
            .map(|name| text(&body[name])),
        hooks,
        state: PageState::Open,
    })
}

fn read_order_id(value: &Value, wrong: &mut Vec<String>) -> String {
    let order_id = value.as_str().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_~.".contains(c);
    let problem = if order_id.is_empty() {
        "is required"
    } else if order_id.len() > 50 {
        "too long, at most 50 characters"
    } else if !order_id.chars().all(allowed) {
        "may only contain alphanumerics and - _ ~ ."
    } else {
        return order_id.to_owned();
    };
    wrong.push(format!("transaction_details.order_id {problem}"));
    String::new()
}

fn read_amount(value: &Value, wrong: &mut Vec<String>) -> i64 {
    let problem = match (value.as_i64(), value) {
        (Some(amount), _) if amount > 0 => return amount,
        (Some(_), _) => "must be greater than or equal to 0.01",
        (None, Value::Null) => "is required",
        (None, _) => "is not a whole number",
    };
    wrong.push(format!("transaction_details.gross_amount {problem}"));
    0
}

fn read_items(value: &Value, wrong: &mut Vec<String>) -> Vec<Item> {
    let items = match value {
        Value::Null => return Vec::new(),
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut read = Vec::new();
    for item in items {
        let name = item["name"].as_str().unwrap_or_default();
        match (item["price"].as_i64(), item["quantity"].as_i64()) {
            (Some(price), Some(quantity)) if quantity > 0 => read.push(Item {
                name: name.to_owned(),
                price,
                quantity,
            }),
            (None, _) => wrong.push("item_details.price is required".to_owned()),
            _ => wrong.push("item_details.quantity is required".to_owned()),
        }
        if name.is_empty() {
            wrong.push("item_details.name is required".to_owned());
        } else if name.chars().count() > 50 || name.contains('|') {
            wrong.push("item_details.name must have at most 50 characters and no |".to_owned());
        }
        if item["id"]
            .as_str()
            .is_some_and(|id| id.chars().count() > 50)
        {
            wrong.push("item_details.id too long".to_owned());
        }
    }
    read
}

fn sum(items: &[Item]) -> Option<i64> {
    items.iter().try_fold(0_i64, |sum, item| {
        sum.checked_add(item.price.checked_mul(item.quantity)?)
    })
}

fn read_methods(value: &Value, wrong: &mut Vec<String>) -> Vec<Method> {
    let Some(words) = value.as_array() else {
        return Method::all();
    };
    let mut methods: Vec<Method> = Vec::new();
    for word in words {
        let enabled = Method::enabled_by(word.as_str().unwrap_or_default());
        if enabled.is_empty() {
            wrong.push(format!("enabled_payments {word} is not a payment channel"));
        }
        for method in enabled {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
    }
    if words.is_empty() {
        Method::all()
    } else {
        methods
    }
}

fn read_expiry(
    value: &Value,
    name: &str,
    now: DateTime<Utc>,
    wrong: &mut Vec<String>,
) -> Option<DateTime<Utc>> {
    if value.is_null() {
        return None;
    }
    let start = match value["start_time"].as_str() {
        None => Some(now),
        Some(text) => DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z")
            .ok()
            .map(|at| at.with_timezone(&Utc)),
    };
    let duration = value["duration"].as_i64().filter(|count| *count > 0);
    let lasts = duration.and_then(|count| match value["unit"].as_str() {
        Some("minute" | "minutes") => TimeDelta::try_minutes(count),
        Some("hour" | "hours") => TimeDelta::try_hours(count),
        Some("day" | "days") => TimeDelta::try_days(count),
        _ => None,
    });
    let end = start
        .zip(lasts)
        .and_then(|(start, lasts)| start.checked_add_signed(lasts));
    if end.is_none() {
        wrong.push(format!(
            "{name} needs a duration, a unit and a start_time like 2026-08-24 18:11:08 +0700"
        ));
    }
    end
}
