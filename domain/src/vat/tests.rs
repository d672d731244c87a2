use super::{Ratio, VatPolicy, VatRate, VatShare};
use crate::story::rp;

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

/// 12 per cent of 11/12.
fn rate() -> VatRate {
    VatRate {
        percent: ratio("12"),
        base: ratio("11/12"),
    }
}

#[test]
fn the_worked_figures_come_out_as_written() {
    let share = |base, vat, net| VatShare {
        base: rp(base),
        vat: rp(vat),
        net: rp(net),
    };
    assert_eq!(rate().within(rp(40_000)), share(33_033, 3_964, 36_036));
    assert_eq!(rate().within(rp(25_000)), share(20_646, 2_478, 22_522));
    assert_eq!(rate().within(rp(0)), VatShare::default());
    assert_eq!(VatPolicy::Exclusive(rate()).charged(rp(40_000)), rp(44_400));
}

#[test]
fn only_vat_on_top_changes_what_is_charged() {
    for policy in [VatPolicy::None, VatPolicy::Inclusive(rate())] {
        assert_eq!(policy.charged(rp(40_000)), rp(40_000));
    }
    assert_eq!(VatPolicy::None.rate(), None);
    assert_eq!(VatPolicy::Inclusive(rate()).rate(), Some(rate()));
}

/// So that paper needs to know only the rate, and parts of what was charged are treated alike.
#[test]
fn the_vat_in_what_is_charged_is_the_vat_that_came_on_top() {
    let policy = VatPolicy::Exclusive(rate());
    for price in (0..200_000).chain((1..400).map(|n| n * 24_989)) {
        let price = rp(price);
        let share = rate().within(policy.charged(price));
        assert_eq!((share.vat, share.net), (rate().on(price), price));
    }
}

#[test]
fn parts_sum_to_the_whole() {
    for whole in (1..30_000_i64).step_by(37) {
        let cuts = [0, whole / 7, whole / 3, whole / 3 + 1, whole - whole / 9];
        let mut cuts: Vec<i64> = cuts.into_iter().filter(|cut| *cut <= whole).collect();
        cuts.push(whole);
        cuts.sort_unstable();
        let parts = cuts
            .windows(2)
            .map(|cut| rate().between(rp(cut[0]), rp(cut[1])));
        let sum = parts.fold((0, 0, 0), |sum, part| {
            let (base, vat, net) = (part.base.get(), part.vat.get(), part.net.get());
            (sum.0 + base, sum.1 + vat, sum.2 + net)
        });
        let all = rate().within(rp(whole));
        assert_eq!(sum, (all.base.get(), all.vat.get(), all.net.get()));
    }
}

#[test]
fn nobodys_price_rises_because_vat_comes_on_top_from_now_on() {
    use VatPolicy as P;
    let (inclusive, exclusive) = (P::Inclusive(rate()), P::Exclusive(rate()));
    for (agreed, now, then) in [
        (P::None, exclusive, inclusive),
        (inclusive, exclusive, inclusive),
        (exclusive, exclusive, exclusive),
        (P::None, inclusive, inclusive),
        (exclusive, inclusive, inclusive),
        (exclusive, P::None, P::None),
    ] {
        assert_eq!(agreed.renewed_under(now), then);
    }
}

#[test]
fn a_ratio_is_a_fraction_of_small_whole_numbers() {
    assert_eq!(ratio("11/12").to_string(), "11/12");
    assert_eq!(ratio(" 12 ").to_string(), "12");
    for text in ["", "0", "1/0", "-1", "1.1", "10001", "1/10001", "a/b"] {
        assert!(text.parse::<Ratio>().is_err(), "{text}");
    }
}

#[test]
fn the_largest_amount_has_its_vat() {
    let most = crate::Rupiah::MAX;
    let share = rate().within(most);
    assert_eq!(share.vat.checked_add(share.net), Some(most));
}

#[test]
fn policies_keep_their_stored_form() {
    let stored = serde_json::to_value(VatPolicy::Inclusive(rate())).unwrap();
    let expected = serde_json::json!({ "inclusive": { "percent": "12", "base": "11/12" } });
    assert_eq!(stored, expected);
    assert_eq!(serde_json::to_value(VatPolicy::None).unwrap(), "none");
}
