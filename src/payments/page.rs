//! The request for a payment page, shaped so that every payment channel accepts it. Pure.

use purser_domain::{
    Rupiah,
    text::{Email, Phone},
};
use serde_json::{Value, json};

/// BCA prints both names together in this many characters.
const NAME_LENGTH: usize = 30;

/// Every method of the gateway but cards.
const WITHOUT_CARDS: [&str; 20] = [
    "gopay",
    "shopeepay",
    "dana",
    "ovo",
    "other_qris",
    "bca_va",
    "bni_va",
    "bri_va",
    "permata_va",
    "echannel",
    "cimb_va",
    "danamon_va",
    "bsi_va",
    "seabank_va",
    "saqu_va",
    "other_va",
    "indomaret",
    "alfamart",
    "akulaku",
    "kredivo",
];

/// Who pays, as the payment page shows it.
#[derive(Clone, Debug)]
pub struct Customer {
    pub first_name: String,
    pub last_name: Option<String>,
    pub email: Email,
    pub phone: Option<Phone>,
    /// Whether he may pay by card: not after a chargeback (billing rule 34).
    pub by_card: bool,
}

/// An open payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub token: String,
    pub redirect_url: String,
}

pub(super) fn request(
    order_id: &str,
    amount: Rupiah,
    customer: &Customer,
    expires_in_minutes: u32,
    finish_url: &str,
) -> Value {
    let mut body = json!({
        "transaction_details": { "order_id": order_id, "gross_amount": amount.get() },
        "item_details": [{ "id": "TOPUP", "price": amount.get(), "quantity": 1, "name": "Kredit prabayar" }],
        "customer_details": customer_details(customer),
        "credit_card": { "secure": true },
        "callbacks": { "finish": finish_url },
        "page_expiry": { "duration": expires_in_minutes, "unit": "minutes" },
    });
    // Without a list every method is open that the merchant has.
    if !customer.by_card {
        body["enabled_payments"] = json!(WITHOUT_CARDS);
    }
    body
}

fn customer_details(customer: &Customer) -> Value {
    let first = shortened(&customer.first_name, NAME_LENGTH);
    let mut details = json!({ "first_name": first, "email": customer.email });
    // One character between the two names.
    let room = NAME_LENGTH.saturating_sub(first.chars().count() + 1);
    let last = customer.last_name.as_deref().unwrap_or_default();
    let last = shortened(last, room);
    if !last.is_empty() {
        details["last_name"] = last.into();
    }
    // BNI refuses the whole payment for a foreign number; without one it asks the customer nothing.
    if let Some(phone) = customer
        .phone
        .as_ref()
        .filter(|phone| phone.as_str().starts_with("+62"))
    {
        details["phone"] = phone.as_str().into();
    }
    details
}

/// At most `length` characters, without the `|` that Alfamart cannot take and without control characters.
fn shortened(name: &str, length: usize) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c == '|' || c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let kept: String = words.join(" ").chars().take(length).collect();
    kept.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(first: &str, last: Option<&str>) -> Customer {
        Customer {
            first_name: first.into(),
            last_name: last.map(str::to_owned),
            email: "budi@example.com".parse().unwrap(),
            phone: Some("+628123456789".parse().unwrap()),
            by_card: true,
        }
    }

    #[test]
    fn the_items_add_up_to_the_amount() {
        let amount = Rupiah::try_from(40_000).unwrap();
        let body = request(
            "topup-1",
            amount,
            &customer("Budi", None),
            180,
            "https://panel.example.id/t/1",
        );
        assert_eq!(body["transaction_details"]["gross_amount"], 40_000);
        assert_eq!(body["item_details"][0]["price"], 40_000);
        assert_eq!(body["item_details"][0]["quantity"], 1);
        assert_eq!(
            body["page_expiry"],
            json!({ "duration": 180, "unit": "minutes" })
        );
        assert_eq!(body["callbacks"]["finish"], "https://panel.example.id/t/1");
    }

    #[test]
    fn whose_card_payment_was_charged_back_pays_by_anything_else() {
        let amount = Rupiah::try_from(40_000).unwrap();
        let body = |customer: &Customer| request("topup-1", amount, customer, 180, "https://x.id");
        let mut budi = customer("Budi", None);
        assert_eq!(body(&budi)["enabled_payments"], Value::Null);
        budi.by_card = false;
        let left = &body(&budi)["enabled_payments"];
        let left = left.as_array().unwrap();
        assert!(left.contains(&json!("bca_va")));
        assert!(!left.contains(&json!("credit_card")));
    }

    #[test]
    fn both_names_fit_in_thirty_characters_without_bars() {
        let details = customer_details(&customer(
            "Raden |Mas\nSoewardi",
            Some("Soerjaningrat Dewantara"),
        ));
        assert_eq!(details["first_name"], "Raden Mas Soewardi");
        assert_eq!(details["last_name"], "Soerjaningr");
        let details = customer_details(&customer(&"á".repeat(40), Some("Dewantara")));
        assert_eq!(details["first_name"].as_str().unwrap().chars().count(), 30);
        assert!(details.get("last_name").is_none());
        assert!(
            customer_details(&customer("Budi", Some(" | ")))
                .get("last_name")
                .is_none()
        );
    }

    #[test]
    fn a_foreign_phone_number_is_left_out() {
        let mut customer = customer("Budi", None);
        assert_eq!(customer_details(&customer)["phone"], "+628123456789");
        customer.phone = Some("+6591234567".parse().unwrap());
        assert!(customer_details(&customer).get("phone").is_none());
    }
}
