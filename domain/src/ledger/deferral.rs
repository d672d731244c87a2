//! What a charge is earned for, and when.
//! **Invariant:** the days of a charge are worth here what the subscription says that they are worth.

use crate::{Rupiah, period::Period, vat::VatRate};
use chrono::NaiveDate;

/// One charge: the part that was paid for, the period it buys, what came back of it, and the VAT in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deferral {
    /// When it was charged: nothing is earned before, also of days that were over by then.
    on: NaiveDate,
    paid: Rupiah,
    /// What of it is for which days; empty until it begins.
    days: Vec<Share>,
    /// `None` until it is invoiced with VAT.
    taxed: Option<Taxed>,
    /// What came back of days to come, or of all of it.
    returned: Vec<Back>,
    /// What came back of days that were lost, or otherwise of what is over.
    lost: Vec<Back>,
}

/// What of a charge is for a period, promotional credit included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    pub(super) period: Period,
    pub(super) amount: Rupiah,
}

/// The invoice of a charge.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Taxed {
    on: NaiveDate,
    total: Rupiah,
    rate: VatRate,
}

/// What came back at once, and the VAT in it, which comes back once it was invoiced.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Back {
    on: NaiveDate,
    amount: Rupiah,
    vat: Rupiah,
    vat_on: NaiveDate,
}

impl Back {
    /// What of it was revenue, at the end of a date.
    fn net(&self, date: NaiveDate) -> i128 {
        let until = |on: NaiveDate, amount: Rupiah| match on <= date {
            true => whole(amount),
            false => 0,
        };
        until(self.on, self.amount) - until(self.vat_on, self.vat)
    }
}

impl Deferral {
    pub(super) fn new(paid: Rupiah, on: NaiveDate) -> Self {
        Self {
            on,
            paid,
            days: vec![],
            taxed: None,
            returned: vec![],
            lost: vec![],
        }
    }

    pub(super) fn begin(&mut self, days: Vec<Share>) {
        self.days = days;
    }

    pub(super) fn covers(&self, day: NaiveDate) -> bool {
        self.days.iter().any(|share| share.period.contains(day))
    }

    /// What of this amount is for days that are over at the end of a date.
    fn over(&self, net: Rupiah, date: NaiveDate) -> i128 {
        if let [share] = self.days[..] {
            return whole(share.period.value_of(net, share.period.used_through(date)));
        }
        let (mut over, mut all) = (0, 0);
        for Share { period, amount } in &self.days {
            over += whole(period.value_of(*amount, period.used_through(date)));
            all += whole(*amount);
        }
        match all {
            0 => 0,
            all => whole(net) * over / all,
        }
    }

    /// It is invoiced. Says how much VAT is owed to the state from now on: of what came back by then and is in the invoice
    /// all the same, none is.
    pub(super) fn invoice(&mut self, on: NaiveDate, total: Rupiah, rate: VatRate) -> Rupiah {
        if self.taxed.is_some() {
            return Rupiah::ZERO;
        }
        self.taxed = Some(Taxed { on, total, rate });
        let back = rate.within(self.credited()).vat;
        let last = self.returned.last_mut().or(self.lost.last_mut());
        if let Some(last) = last.filter(|_| !back.is_zero()) {
            (last.vat, last.vat_on) = (back, on);
        }
        let vat = rate.within(total).vat;
        vat.checked_sub(back).unwrap_or_default()
    }

    /// Something of it came back. Says how much of that was VAT that is not owed any more.
    pub(super) fn give_back(&mut self, on: NaiveDate, amount: Rupiah) -> Rupiah {
        let before = self.credited();
        self.returned.push(Back {
            on,
            amount,
            vat: Rupiah::ZERO,
            vat_on: on,
        });
        let after = self.credited();
        let vat = self
            .taxed
            .map(|taxed| taxed.rate.between(before, after).vat);
        let vat = vat.unwrap_or_default();
        if let Some(back) = self.returned.last_mut() {
            back.vat = vat;
        }
        vat
    }

    /// What came back last was of what is over, not of days to come.
    pub(super) fn lose(&mut self) {
        self.lost.extend(self.returned.pop());
    }

    /// What of the invoice came back so far.
    fn credited(&self) -> Rupiah {
        let back = self.returned.iter().chain(&self.lost);
        let back: i128 = back.map(|back| whole(back.amount)).sum();
        let kept = i64::try_from(whole(self.paid) - back).unwrap_or_default();
        let kept = Rupiah::try_from(kept).unwrap_or_default();
        let total = self.taxed.map_or(Rupiah::ZERO, |taxed| taxed.total);
        total.checked_sub(kept).unwrap_or_default()
    }

    /// What of it is earned at the end of a date: the value of its days that are over without VAT, never more than what did
    /// not come back, and without the days that were lost.
    pub(super) fn earned(&self, date: NaiveDate) -> i128 {
        if self.on > date {
            return 0;
        }
        let taxed = self.taxed.filter(|taxed| taxed.on <= date);
        let vat = taxed.map(|taxed| taxed.rate.within(taxed.total).vat);
        let net = self.paid.checked_sub(vat.unwrap_or_default());
        let net = net.unwrap_or_default();
        let until = |list: &[Back]| -> i128 { list.iter().map(|back| back.net(date)).sum() };
        let stays = whole(net) - until(&self.returned);
        (self.over(net, date).min(stays) - until(&self.lost)).max(0)
    }
}

fn whole(amount: Rupiah) -> i128 {
    amount.get().into()
}
