//! What a document says, in words.

use super::words::{self, Words};
use crate::paper::sheet::{Pair, Sheet};
use purser_domain::{
    Rupiah,
    document::{Billed, Content, ContentVat, Matter, Numbered, Returned, ToppedUp},
    user::Locale,
};

pub(super) fn sheet(content: &Content, numbered: &Numbered, buyer: Option<&str>) -> Sheet {
    let locale = content.locale;
    let words = words::words(locale);
    let (facts, rows, note) = match &content.matter {
        Matter::TopUp(topped_up) => receipt(words, topped_up, content.total),
        Matter::Period(billed) => invoice(words, billed, locale),
        Matter::Return(returned) => credit_note(words, returned, numbered, content.total, locale),
    };
    let total = match &content.matter {
        Matter::Return(_) => words.total_back,
        Matter::TopUp(_) | Matter::Period(_) => words.total,
    };
    let stamp = content.e_meterai.then_some(words.stamp);
    let notes = [Some(note), stamp, Some(words.by_machine)];
    Sheet {
        locale,
        lang: locale.as_str(),
        title: words::title(content.kind(), locale).into(),
        number: numbered.number.to_string(),
        date: words::date(numbered.date, locale),
        seller: seller(words, content),
        buyer: vec![
            format!("{}:", words.to),
            buyer.unwrap_or(words.erased).into(),
        ],
        facts,
        rows,
        total: (total.into(), content.total.to_string()),
        vat: content
            .vat
            .map(|vat| vat_of(words, vat))
            .unwrap_or_default(),
        notes: notes.into_iter().flatten().map(str::to_owned).collect(),
    }
}

fn seller(words: &Words, content: &Content) -> Vec<String> {
    let seller = &content.seller;
    let tax_id = seller.tax_id.as_ref();
    let tax_id = tax_id.map(|id| format!("{}: {id}", words.tax_id));
    let name = std::iter::once(seller.name.clone());
    name.chain(seller.address.iter().cloned())
        .chain(tax_id)
        .collect()
}

type Parts = (Vec<Pair>, Vec<Pair>, &'static str);

fn pair(label: &str, text: impl ToString) -> Pair {
    (label.to_owned(), text.to_string())
}

fn receipt(words: &Words, topped_up: &ToppedUp, total: Rupiah) -> Parts {
    let facts = vec![
        pair(words.reference, &topped_up.order_id),
        pair(words.paid_by, &topped_up.payment_type),
    ];
    let rows = vec![pair(words.top_up, total)];
    (facts, rows, words.no_vat_here)
}

fn invoice(words: &Words, billed: &Billed, locale: Locale) -> Parts {
    let cycle = words::cycle(billed.billing_cycle, locale);
    let cause = words::bill(billed.cause, locale);
    let facts = vec![
        pair(words.subscription, billed.subscription_id),
        pair(words.billing, format!("{cycle}, {cause}")),
        pair(words.paid_days, words::days(billed.period, locale)),
    ];
    let what = format!("{} – {}", billed.service, billed.plan);
    let off = [
        (words.coupon, billed.discount),
        (words.promotional, billed.promotional),
        (words.returned, billed.returned),
    ];
    let off = off.into_iter().filter(|(_, amount)| !amount.is_zero());
    let off = off.map(|(label, amount)| pair(label, format!("-{amount}")));
    let price = std::iter::once(pair(&what, billed.price));
    (facts, price.chain(off).collect(), words.from_credit)
}

fn credit_note(
    words: &Words,
    returned: &Returned,
    numbered: &Numbered,
    total: Rupiah,
    locale: Locale,
) -> Parts {
    let invoice = numbered.invoice.map(|number| number.to_string());
    let facts = vec![
        pair(words.of_invoice, invoice.unwrap_or_default()),
        pair(words.subscription, returned.subscription_id),
        pair(words.paid_days, words::days(returned.period, locale)),
        pair(words.reason, words::cause(returned.cause, locale)),
    ];
    let (service, plan) = (&returned.service, &returned.plan);
    let what = format!("{}: {service} – {plan}", words.given_back);
    (facts, vec![pair(&what, total)], words.to_credit)
}

fn vat_of(words: &Words, vat: ContentVat) -> Vec<Pair> {
    let (rate, share) = (vat.rate, vat.share);
    let of = match rate.base.to_string().as_str() {
        "1" => String::new(),
        base => format!(" × {base}"),
    };
    vec![
        pair(words.without_vat, share.net),
        pair(&format!("{}{of}", words.base), share.base),
        pair(&format!("{} {}%", words.vat, rate.percent), share.vat),
    ]
}
