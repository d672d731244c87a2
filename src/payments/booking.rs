//! What is booked of the gateway's reports on an order. Pure: the reports of its transactions and the top-up as it stands
//! give decisions, each under a name by which it is given once.

use super::{Expected, Returned, StatusReport, Verdict};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Decision, Rupiah,
    decisions::{ConfirmRefund, DisputeTopUp, One, SettleTopUp, TakeBackTopUp},
    ids::{PayoutId, TopUpId, UserId, WalletId},
    text::Reason,
    top_up::{CloseCause, Payment, Taking, TopUp, TopUpCommand},
};

/// A decision that follows from a report.
pub struct Booking {
    /// The same for the same words of the gateway, another for others.
    pub name: String,
    pub decision: Box<dyn Decision>,
}

/// The order that the reports are about, as it stands.
pub struct Order<'a> {
    pub top_up_id: TopUpId,
    pub top_up: &'a TopUp,
    pub payer: UserId,
    pub expected: Expected,
    /// For how many minutes credit of a channel that takes payments back buys nothing new.
    pub wait_minutes: u32,
    pub at: DateTime<Utc>,
}

/// What to book. The first report is that of the order, which shows its latest transaction; the others are about
/// transactions that were heard of by name.
pub fn bookings(order: &Order<'_>, reports: &[StatusReport]) -> Vec<Booking> {
    let mut seen: Vec<&str> = vec![];
    let mut bookings = vec![];
    for report in reports {
        if seen.contains(&report.transaction_id.as_str()) {
            continue;
        }
        seen.push(&report.transaction_id);
        // What of ours is confirmed is gone before a chargeback takes what is left.
        bookings.extend(order.refunds(report));
        bookings.extend(order.book(report));
    }
    bookings.extend(order.ending(reports));
    bookings
}

impl Order<'_> {
    /// The booking that closes the order because nobody chose a method while its page was open.
    pub fn unpaid(&self) -> Booking {
        self.close(CloseCause::Expired)
    }

    /// An order ends with its page, as its latest transaction did, and not before: as long as the page is open its customer can
    /// try once more, in this way or another. What is on its way keeps it open for longer.
    fn ending(&self, reports: &[StatusReport]) -> Option<Booking> {
        let is_open = self.top_up.expires_at().is_none_or(|end| self.at < end);
        let verdicts = reports.iter().map(|report| report.verdict(&self.expected));
        let mut verdicts = verdicts.peekable();
        let cause = match verdicts.peek()? {
            Verdict::Expired | Verdict::Denied => CloseCause::Expired,
            Verdict::Cancelled => CloseCause::Cancelled,
            Verdict::Failed => CloseCause::Failed,
            // Of what was never credited; whatever was is settled.
            gone if gone.went_back_whole() && !self.top_up.is_settled() => CloseCause::Failed,
            _ => return None,
        };
        let waits = verdicts.any(|one| matches!(one, Verdict::Pending | Verdict::Challenged));
        (!is_open && !waits).then(|| self.close(cause))
    }

    fn book(&self, report: &StatusReport) -> Option<Booking> {
        let transaction = report.transaction_id.as_str();
        let credited = self.top_up.is_credited(transaction);
        match report.verdict(&self.expected) {
            Verdict::Paid(_) if credited => {
                let finding = self.top_up.paid_again(transaction);
                finding.map(|finding| self.dispute(transaction, finding))
            }
            Verdict::Paid(payment) => Some(self.settle(payment)),
            // The customer may go on on the same page, or the money is still on its way.
            Verdict::Pending | Verdict::Challenged => None,
            // A card that was only captured can still be cancelled.
            Verdict::Denied | Verdict::Reversed | Verdict::Cancelled if credited => {
                Some(self.take_back(report, None, vec![Taking::Reversal]))
            }
            Verdict::Expired | Verdict::Failed if credited => {
                let status = &report.transaction_status;
                Some(self.dispute(
                    transaction,
                    format!("it was paid and is reported as {status}"),
                ))
            }
            Verdict::Denied
            | Verdict::Reversed
            | Verdict::Expired
            | Verdict::Cancelled
            | Verdict::Failed => None,
            // Our own refund that is told without a list.
            Verdict::Refunded(returned) | Verdict::PartiallyRefunded(returned)
                if returned.reversals.is_empty() && self.sends_back(transaction) =>
            {
                None
            }
            Verdict::Refunded(returned) | Verdict::PartiallyRefunded(returned) => {
                self.returned(report, &returned, refunds(&returned))
            }
            Verdict::ChargedBack(returned) | Verdict::PartiallyChargedBack(returned) => {
                let total = self.beside_ours(transaction, &returned);
                self.returned(report, &returned, vec![Taking::Chargeback { total }])
            }
            Verdict::Mismatch(finding) if credited => {
                let (status, went_back) = (&report.transaction_status, report.went_back());
                let since = since_booked(status, went_back.as_deref(), &finding.to_string());
                since.map(|finding| self.dispute(transaction, finding))
            }
            Verdict::Mismatch(finding) => Some(self.dispute(transaction, finding.to_string())),
        }
    }

    /// What we sent back ourselves and the bank has confirmed.
    fn refunds(&self, report: &StatusReport) -> Vec<Booking> {
        let (returned, mut unlisted) = match report.verdict(&self.expected) {
            Verdict::Refunded(returned) | Verdict::PartiallyRefunded(returned) => {
                let before = self.top_up.refunded_of(&report.transaction_id);
                let unlisted = returned.total.checked_sub(before);
                (returned, unlisted)
            }
            // How much went back in all is no word of refunds any more.
            Verdict::ChargedBack(returned) | Verdict::PartiallyChargedBack(returned) => {
                (returned, None)
            }
            _ => return vec![],
        };
        let under_way = self.top_up.refunds_under_way(&report.transaction_id);
        under_way
            .filter_map(|(payout_id, amount)| {
                let at = match returned.reversals.is_empty() {
                    // A gateway that lists nothing has no other word for it than how much went back in all.
                    true => {
                        unlisted = unlisted?.checked_sub(amount);
                        unlisted.map(|_| self.at)
                    }
                    false => returned.confirmed_at(&payout_id.to_string()),
                };
                Some(self.confirm(payout_id, at?))
            })
            .collect()
    }

    fn confirm(&self, payout_id: PayoutId, at: DateTime<Utc>) -> Booking {
        Booking {
            name: format!("refunded-{payout_id}"),
            decision: Box::new(ConfirmRefund {
                payout_id,
                top_up_id: self.top_up_id,
                wallet_id: WalletId::of(self.payer),
                proof: Reason::quoted(&format!("confirmed by the payment gateway as {payout_id}")),
                at,
            }),
        }
    }

    /// What went back but for our own that no bank has confirmed: that is set aside already, and gone once one confirms it. What
    /// is confirmed is booked before.
    fn beside_ours(&self, transaction: &str, returned: &Returned) -> Rupiah {
        let ours = self.top_up.refunds_under_way(transaction);
        let ours: Vec<String> = ours.map(|(payout_id, _)| payout_id.to_string()).collect();
        let waiting = returned.reversals.iter().filter(|one| {
            one.confirmed_at.is_none() && one.key.as_ref().is_some_and(|key| ours.contains(key))
        });
        waiting.fold(returned.total, |total, one| {
            total.checked_sub(one.amount).unwrap_or(Rupiah::ZERO)
        })
    }

    fn sends_back(&self, transaction: &str) -> bool {
        self.top_up.refunds_under_way(transaction).next().is_some()
    }

    fn settle(&self, payment: Payment) -> Booking {
        let orders_from = payment.channel.is_reversible().then(|| {
            payment.settled_at.unwrap_or(self.at) + Duration::minutes(self.wait_minutes.into())
        });
        Booking {
            name: format!("paid-{}", payment.transaction_id),
            decision: Box::new(SettleTopUp {
                top_up_id: self.top_up_id,
                payer: self.payer,
                payment,
                orders_from,
            }),
        }
    }

    /// Of a payment that we never heard of and that went back whole, nothing is booked.
    fn returned(
        &self,
        report: &StatusReport,
        returned: &Returned,
        takings: Vec<Taking>,
    ) -> Option<Booking> {
        let payment = &returned.payment;
        let transaction = payment.transaction_id.as_str();
        if self.top_up.is_credited(transaction) {
            let refunds = takings.iter();
            let mut refunds = refunds.filter(|taking| matches!(taking, Taking::Refund { .. }));
            if self.top_up.was_refunded_by_hand(transaction) && refunds.next().is_some() {
                return self.beyond_what_was_refunded_by_hand(transaction, returned.total);
            }
            return (!takings.is_empty()).then(|| self.take_back(report, None, takings));
        }
        let left = returned.total < payment.amount;
        left.then(|| self.take_back(report, Some(payment.clone()), takings))
    }

    /// Which of the gateway's refunds staff took under the name of a case, nobody can tell: only whether all of them come to
    /// more than is taken back for refunds, ours on their way among it. Then staff looks at it again. Of a payment that went
    /// back whole the sum is all of it; what went by chargebacks was no refund.
    fn beyond_what_was_refunded_by_hand(
        &self,
        transaction: &str,
        total: Rupiah,
    ) -> Option<Booking> {
        let refunded = self.top_up.refunded_of(transaction);
        let rest = self.top_up.rest_of(transaction);
        let most = rest.checked_add(refunded).unwrap_or(Rupiah::MAX);
        let under_way = self.top_up.refunds_under_way(transaction);
        let known = under_way.fold(refunded, |sum, (_, amount)| {
            sum.checked_add(amount).unwrap_or(Rupiah::MAX)
        });
        (total.min(most) > known).then(|| {
            self.dispute(
                transaction,
                format!(
                    "{total} of it went back at the gateway, and {refunded} was taken back, some of it by staff"
                ),
            )
        })
    }

    fn take_back(
        &self,
        report: &StatusReport,
        payment: Option<Payment>,
        takings: Vec<Taking>,
    ) -> Booking {
        let names: Vec<String> = takings.iter().map(Taking::name).collect();
        Booking {
            name: format!("back-{}-{}", report.transaction_id, names.join("-")),
            decision: Box::new(TakeBackTopUp {
                top_up_id: self.top_up_id,
                payer: self.payer,
                transaction_id: report.transaction_id.clone(),
                payment,
                takings,
            }),
        }
    }

    fn close(&self, cause: CloseCause) -> Booking {
        Booking {
            name: "closed".into(),
            decision: Box::new(One::<TopUp> {
                id: self.top_up_id,
                command: TopUpCommand::Close { cause },
            }),
        }
    }

    fn dispute(&self, transaction: &str, finding: String) -> Booking {
        Booking {
            name: format!("disputed-{transaction}-{finding}"),
            decision: Box::new(DisputeTopUp {
                top_up_id: self.top_up_id,
                transaction_id: transaction.to_owned(),
                finding,
            }),
        }
    }
}

impl Returned {
    /// When the bank confirmed the refund of this key.
    pub fn confirmed_at(&self, key: &str) -> Option<DateTime<Utc>> {
        let mut reversals = self.reversals.iter();
        let found = reversals.find(|reversal| reversal.key.as_deref() == Some(key));
        found.and_then(|reversal| reversal.confirmed_at)
    }
}

/// What about a payment that does not fit, and that staff booked all the same, is for them again: nothing while the gateway
/// still has the money, and something new with everything more that went back.
pub fn since_booked(status: &str, went_back: Option<&str>, finding: &str) -> Option<String> {
    let is_there = matches!(status, "capture" | "settlement");
    let of = went_back.map(|amount| format!(" of {amount}"));
    let of = of.unwrap_or_default();
    (!is_there)
        .then(|| format!("it was booked by staff and is reported as {status}{of}: {finding}"))
}

/// The refunds that the bank has confirmed: each is told twice, and only the second word is final. One of which the
/// gateway lists nothing has no other word to wait for.
fn refunds(returned: &Returned) -> Vec<Taking> {
    if returned.reversals.is_empty() {
        let total = returned.total;
        return vec![Taking::Refunded { total }];
    }
    let confirmed = returned.reversals.iter().enumerate();
    let confirmed = confirmed.filter(|(_, one)| one.confirmed_at.is_some());
    confirmed
        .map(|(index, one)| Taking::Refund {
            key: one.key.clone().unwrap_or_else(|| format!("place-{index}")),
            amount: one.amount,
            confirmed_at: one.confirmed_at,
        })
        .collect()
}
