//! The words of the first version, in both languages.

use chrono::{Datelike, NaiveDate};
use purser_domain::{
    document::{BillCause, DocumentKind, ReturnCause},
    period::{BillingCycle, Period},
    user::Locale,
};

/// The words of a language.
pub(super) struct Words {
    pub(super) to: &'static str,
    pub(super) erased: &'static str,
    pub(super) tax_id: &'static str,
    pub(super) reference: &'static str,
    pub(super) paid_by: &'static str,
    pub(super) top_up: &'static str,
    pub(super) subscription: &'static str,
    pub(super) billing: &'static str,
    pub(super) paid_days: &'static str,
    pub(super) of_invoice: &'static str,
    pub(super) reason: &'static str,
    pub(super) coupon: &'static str,
    pub(super) promotional: &'static str,
    pub(super) returned: &'static str,
    pub(super) given_back: &'static str,
    pub(super) total: &'static str,
    pub(super) total_back: &'static str,
    pub(super) without_vat: &'static str,
    pub(super) base: &'static str,
    pub(super) vat: &'static str,
    pub(super) from_credit: &'static str,
    pub(super) to_credit: &'static str,
    pub(super) no_vat_here: &'static str,
    pub(super) stamp: &'static str,
    pub(super) by_machine: &'static str,
    months: [&'static str; 12],
}

const INDONESIAN: Words = Words {
    to: "Kepada",
    erased: "(data pribadi telah dihapus)",
    tax_id: "NPWP",
    reference: "Nomor pesanan",
    paid_by: "Dibayar melalui",
    top_up: "Isi ulang kredit",
    subscription: "Langganan",
    billing: "Tagihan",
    paid_days: "Masa berlaku",
    of_invoice: "Atas faktur",
    reason: "Alasan",
    coupon: "Potongan kupon",
    promotional: "Potongan kredit promosi",
    returned: "Telah dikembalikan",
    given_back: "Pengembalian",
    total: "Jumlah dibayar",
    total_back: "Jumlah dikembalikan",
    without_vat: "Harga tanpa PPN",
    base: "Dasar pengenaan pajak",
    vat: "PPN",
    from_credit: "Dibayar dari kredit prabayar.",
    to_credit: "Dikembalikan ke kredit asalnya.",
    no_vat_here: "Kredit prabayar belum dikenai PPN; PPN, bila ada, tercantum pada faktur setiap masa berlaku.",
    stamp: "Dokumen ini wajib dibubuhi e-meterai.",
    by_machine: "Dibuat oleh komputer dan sah tanpa tanda tangan.",
    months: [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
};

const ENGLISH: Words = Words {
    to: "To",
    erased: "(personal data erased)",
    tax_id: "Tax ID (NPWP)",
    reference: "Order number",
    paid_by: "Paid by",
    top_up: "Top-up of prepaid credit",
    subscription: "Subscription",
    billing: "Billed",
    paid_days: "Paid days",
    of_invoice: "Of invoice",
    reason: "Reason",
    coupon: "Coupon",
    promotional: "Promotional credit",
    returned: "Given back before",
    given_back: "Given back",
    total: "Total paid",
    total_back: "Total given back",
    without_vat: "Price without VAT",
    base: "Taxable base",
    vat: "VAT",
    from_credit: "Paid out of prepaid credit.",
    to_credit: "Given back to the credit that it was paid from.",
    no_vat_here: "Prepaid credit bears no VAT yet; VAT, if any, stands on the invoice of each period.",
    stamp: "This document needs an e-meterai (stamp duty).",
    by_machine: "Made by a computer, valid without a signature.",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

pub(super) const fn words(locale: Locale) -> &'static Words {
    match locale {
        Locale::Id => &INDONESIAN,
        Locale::En => &ENGLISH,
    }
}

pub(super) const fn title(kind: DocumentKind, locale: Locale) -> &'static str {
    match (kind, locale) {
        (DocumentKind::Receipt, Locale::Id) => "Kuitansi",
        (DocumentKind::Receipt, Locale::En) => "Receipt",
        (DocumentKind::Invoice, Locale::Id) => "Faktur",
        (DocumentKind::Invoice, Locale::En) => "Invoice",
        (DocumentKind::CreditNote, Locale::Id) => "Nota kredit",
        (DocumentKind::CreditNote, Locale::En) => "Credit note",
    }
}

pub(super) const fn cycle(cycle: BillingCycle, locale: Locale) -> &'static str {
    match (cycle, locale) {
        (BillingCycle::Monthly, Locale::Id) => "bulanan",
        (BillingCycle::Monthly, Locale::En) => "monthly",
        (BillingCycle::Yearly, Locale::Id) => "tahunan",
        (BillingCycle::Yearly, Locale::En) => "yearly",
    }
}

pub(super) const fn bill(cause: BillCause, locale: Locale) -> &'static str {
    match (cause, locale) {
        (BillCause::Order, Locale::Id) => "pesanan baru",
        (BillCause::Order, Locale::En) => "new order",
        (BillCause::Renewal, Locale::Id) => "perpanjangan",
        (BillCause::Renewal, Locale::En) => "renewal",
        (BillCause::Resumption, Locale::Id) => "pengaktifan kembali",
        (BillCause::Resumption, Locale::En) => "resumption",
        (BillCause::Grace, Locale::Id) => "masa tenggang",
        (BillCause::Grace, Locale::En) => "days of grace",
        (BillCause::PlanChange, Locale::Id) => "perubahan paket",
        (BillCause::PlanChange, Locale::En) => "change of plan",
    }
}

pub(super) fn cause(cause: ReturnCause, locale: Locale) -> String {
    let word = match (cause, locale) {
        (ReturnCause::Ended, Locale::Id) => "langganan diakhiri lebih awal",
        (ReturnCause::Ended, Locale::En) => "the subscription ended early",
        (ReturnCause::PlanChange, Locale::Id) => "paket diubah",
        (ReturnCause::PlanChange, Locale::En) => "the plan was changed",
        (ReturnCause::LostDay(day), Locale::Id) => {
            return format!("aplikasi tidak tersedia pada {}", date(day, locale));
        }
        (ReturnCause::LostDay(day), Locale::En) => {
            return format!("the app was down on {}", date(day, locale));
        }
        (ReturnCause::Other, Locale::Id) => "pengembalian",
        (ReturnCause::Other, Locale::En) => "refund",
    };
    word.to_owned()
}

/// `31 Januari 2027`, `31 January 2027`.
pub(super) fn date(day: NaiveDate, locale: Locale) -> String {
    let month = words(locale).months[day.month0() as usize];
    format!("{} {month} {}", day.day(), day.year())
}

/// The first day and the last one.
pub(super) fn days(period: Period, locale: Locale) -> String {
    let (first, last) = (period.start, period.last_day());
    format!("{} – {}", date(first, locale), date(last, locale))
}
