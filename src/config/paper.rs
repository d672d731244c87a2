//! Who issues paper, and what VAT is charged: what the law asks of an operator is his to know.

use super::{Environment, rules::rupiah};
use crate::paper::Issuer;
use purser_domain::{
    document::Seller,
    vat::{Ratio, VatPolicy, VatRate},
};

/// For how many years invoices and what was booked by them have to be kept: UU 8/1997 on documents of companies, article 11,
/// and UU 28/2007 on taxes, article 28(11). Keys that are dropped before come back from nowhere.
const LAW_YEARS: u32 = 10;

pub(super) fn issuer(env: &mut Environment) -> Issuer {
    let name = env.get("SELLER_NAME").or(env.get("OPERATOR_NAME"));
    let address = env.get("SELLER_ADDRESS").unwrap_or_default();
    let lines = address.split('|').map(str::trim);
    let seller = Seller {
        name: name.unwrap_or("Purser").to_owned(),
        address: lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        tax_id: env.get("SELLER_TAX_ID").map(str::to_owned),
    };
    Issuer {
        seller,
        e_meterai_above: rupiah(env, "E_METERAI_ABOVE", 5_000_000),
        kept_years: env.within("PAPER_KEPT_YEARS", LAW_YEARS, LAW_YEARS..=100),
    }
}

pub(super) fn vat(env: &mut Environment) -> VatPolicy {
    let ratio = |env: &mut Environment, name: &str, default: &str| -> Option<Ratio> {
        let text = env.get(name).unwrap_or(default).to_owned();
        let ratio = text.parse().ok();
        if ratio.is_none() {
            env.problem(format!(
                "{name} is {text:?}; it is a fraction like 12 or 11/12"
            ));
        }
        ratio
    };
    let percent = ratio(env, "VAT_PERCENT", "12");
    let base = ratio(env, "VAT_BASE", "11/12");
    let Some((percent, base)) = percent.zip(base) else {
        return VatPolicy::None;
    };
    let rate = VatRate { percent, base };
    let words = [
        ("none", VatPolicy::None),
        ("inclusive", VatPolicy::Inclusive(rate)),
        ("exclusive", VatPolicy::Exclusive(rate)),
    ];
    let policy = env.choose("VAT_POLICY", VatPolicy::None, &words);
    if !policy.is_none() && env.get("SELLER_TAX_ID").is_none() {
        env.problem("SELLER_TAX_ID is missing: without an NPWP no VAT may be charged");
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(values: &[(&str, &str)]) -> Environment {
        let values = values.iter().map(|(name, value)| {
            let (name, value) = (*name, *value);
            (name.to_owned(), value.to_owned())
        });
        Environment::new("", values)
    }

    fn problems(mut env: Environment) -> String {
        vat(&mut env);
        issuer(&mut env);
        env.finish().unwrap_err().to_string()
    }

    #[test]
    fn without_settings_no_vat_is_charged() {
        let mut env = environment(&[("OPERATOR_NAME", "Contoh")]);
        assert_eq!(vat(&mut env), VatPolicy::None);
        let issuer = issuer(&mut env);
        assert_eq!(issuer.seller.name, "Contoh");
        assert_eq!(issuer.e_meterai_above.get(), 5_000_000);
        env.finish().unwrap();
    }

    #[test]
    fn a_seller_with_vat_stands_with_address_and_tax_id() {
        let mut env = environment(&[
            ("SELLER_NAME", "PT Contoh"),
            ("SELLER_ADDRESS", "Jalan Merdeka 1 | Jakarta 10110"),
            ("SELLER_TAX_ID", "01.234"),
            ("VAT_POLICY", "inclusive"),
        ]);
        let rate = VatRate {
            percent: "12".parse().unwrap(),
            base: "11/12".parse().unwrap(),
        };
        assert_eq!(vat(&mut env), VatPolicy::Inclusive(rate));
        let seller = issuer(&mut env).seller;
        assert_eq!(seller.address, ["Jalan Merdeka 1", "Jakarta 10110"]);
        assert_eq!(seller.tax_id.as_deref(), Some("01.234"));
        env.finish().unwrap();
    }

    #[test]
    fn what_cannot_be_is_said() {
        let without = environment(&[("VAT_POLICY", "exclusive")]);
        assert!(problems(without).contains("SELLER_TAX_ID"));
        let odd = environment(&[("VAT_BASE", "0"), ("E_METERAI_ABOVE", "-1")]);
        let problems = problems(odd);
        assert!(problems.contains("VAT_BASE"), "{problems}");
        assert!(problems.contains("E_METERAI_ABOVE"), "{problems}");
    }
}
