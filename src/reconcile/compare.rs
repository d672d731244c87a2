//! Where the books of an order differ. Pure.

use super::{OrderBooks, Paid, Told};
use crate::payments::{GatewayError, since_booked};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    case::{CaseKind, Matter},
    ids::{CaseId, PayoutId},
};
use std::collections::BTreeSet;

/// How long a refund may be on its way before somebody looks after it: the gateway takes the same key for as long. Whoever waits
/// for a payout by bank waits no longer.
pub(super) const REFUND_DAYS: i64 = 7;

/// One transaction of an order in all books; an order without one is a line as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub order_id: String,
    pub transaction_id: Option<String>,
    /// The gateway's status; `None` where it knows no such transaction.
    pub status: Option<String>,
    pub gateway_paid: i64,
    pub gateway_returned: i64,
    pub credited: i64,
    pub returned: i64,
    /// What the ledger booked for the whole order at the gateway, what went back taken off.
    pub ledger: i64,
    /// What moved in the wallet for the whole order, what went back taken off.
    pub wallet: i64,
    /// What the wallet's statement shows of the whole order; what of it is owed did not go from there. `None` where it was not
    /// compared.
    pub statement: Option<i64>,
    pub differences: Vec<Difference>,
}

impl Line {
    /// Every book was there to be compared, and all of them agree.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.statement.is_some()
    }
}

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub case_id: CaseId,
    pub matter: Matter,
}

/// The lines of an order.
pub fn compare(books: &OrderBooks, at: DateTime<Utc>) -> Vec<Line> {
    let told = books.told.iter().map(|told| told.transaction_id.as_str());
    let known: BTreeSet<&str> = told.chain(books.paid.keys().map(String::as_str)).collect();
    let mut lines: Vec<Line> = known
        .into_iter()
        .map(|transaction| books.line(transaction, at))
        .collect();
    if lines.is_empty() {
        lines.push(books.empty(None));
    }
    if let (Some(finding), Some(line)) = (books.disagreement(), lines.first_mut()) {
        line.differences
            .push(books.difference(CaseKind::Amount, None, None, finding));
    }
    lines
}

/// The line of an order of which the gateway says nothing that can be read: without its book nothing is compared.
pub fn unreadable(books: &OrderBooks, error: &GatewayError) -> Line {
    let mut line = books.empty(None);
    (line.credited, line.returned) = books.sums();
    let finding = format!("nobody can tell how it stands at the gateway: {error}");
    let difference = books.difference(CaseKind::Unreadable, None, None, finding);
    line.differences.push(difference);
    line
}

/// Whether of several orders none could be read: that is no matter of theirs.
pub fn is_silent(orders: &[Vec<Line>]) -> bool {
    let unreadable = |line: &Line| {
        let mut differences = line.differences.iter();
        differences.any(|it| it.matter.kind == CaseKind::Unreadable)
    };
    orders.len() > 1 && orders.iter().all(|lines| lines.iter().any(unreadable))
}

impl OrderBooks {
    /// What the top-up says that was credited in all, and what went back.
    fn sums(&self) -> (i64, i64) {
        let credited = self.paid.values().map(|paid| paid.credited).sum();
        let returned = self.paid.values().map(|paid| paid.returned).sum();
        (credited, returned)
    }

    /// What of our own books says something else than the top-up.
    fn disagreement(&self) -> Option<String> {
        let (credited, returned) = self.sums();
        let (booked, cleared) = (&self.booked, &self.cleared);
        let mut found = vec![];
        for (name, paid, back) in [
            ("the wallet", booked.credited, booked.returned),
            ("the ledger", cleared.paid, cleared.returned),
        ] {
            if (paid, back) != (credited, returned) {
                found.push(format!(
                    "the top-up says that {credited} was credited and {returned} went back, {name} {paid} and {back}"
                ));
            }
        }
        if let Some(shown) = &self.shown
            && (shown.credited, shown.gone) != (booked.credited, booked.gone)
        {
            found.push(format!(
                "{} was credited and {} of credit went, the statement shows {} and {}",
                booked.credited, booked.gone, shown.credited, shown.gone
            ));
        }
        (!found.is_empty()).then(|| found.join("; "))
    }

    fn empty(&self, transaction: Option<&str>) -> Line {
        Line {
            order_id: self.order_id.clone(),
            transaction_id: transaction.map(str::to_owned),
            status: None,
            gateway_paid: 0,
            gateway_returned: 0,
            credited: 0,
            returned: 0,
            ledger: self.cleared.paid - self.cleared.returned,
            wallet: self.booked.credited - self.booked.returned,
            statement: self.shown.map(|shown| shown.credited - shown.gone),
            differences: vec![],
        }
    }

    fn line(&self, transaction: &str, at: DateTime<Utc>) -> Line {
        let told = self
            .told
            .iter()
            .find(|told| told.transaction_id == transaction);
        let paid = self.paid.get(transaction).cloned().unwrap_or_default();
        let mut line = self.empty(Some(transaction));
        if let Some(told) = told {
            line.status = Some(told.status.clone());
            line.gateway_paid = told.paid;
            line.gateway_returned = told.returned;
        }
        line.credited = paid.credited;
        line.returned = paid.returned;
        let found = findings(told, &paid);
        let found =
            found.map(|(kind, finding)| self.difference(kind, Some(transaction), None, finding));
        line.differences.extend(found);
        let late = paid
            .under_way
            .iter()
            .filter(|(_, (_, since))| at - *since > Duration::days(REFUND_DAYS));
        let late = late.map(|(payout, (amount, since))| {
            let finding =
                format!("{amount} is on its way back since {since}, and no bank has confirmed it");
            let kind = CaseKind::UnfinishedPayout;
            self.difference(kind, Some(transaction), Some(*payout), finding)
        });
        line.differences.extend(late);
        line
    }

    /// Found again with the same words, it is the same case.
    fn difference(
        &self,
        kind: CaseKind,
        transaction: Option<&str>,
        payout_id: Option<PayoutId>,
        finding: String,
    ) -> Difference {
        let top_up = self.top_up_id.to_string();
        let payout = payout_id.map(|id| id.to_string()).unwrap_or_default();
        let named = transaction.unwrap_or_default();
        Difference {
            case_id: CaseId::of(&["reconciliation", &top_up, named, &payout, &finding]),
            matter: Matter {
                kind,
                finding,
                order_id: Some(self.order_id.clone()),
                transaction_id: transaction.map(str::to_owned),
                top_up_id: Some(self.top_up_id),
                wallet_id: Some(self.wallet_id),
                payout_id,
            },
        }
    }
}

/// Our own that the gateway counts as gone and no bank has confirmed: it is booked once one does.
fn on_its_way(told: &Told, paid: &Paid) -> i64 {
    let ours = paid.under_way.keys();
    let early = ours.filter_map(|payout| told.counted_early.get(&payout.to_string()));
    early.sum()
}

/// What differs between the gateway and the top-up on one transaction.
fn findings(told: Option<&Told>, paid: &Paid) -> impl Iterator<Item = (CaseKind, String)> {
    let (gateway, returned, unconfirmed) = told.map_or((0, 0, 0), |told| {
        (told.paid, told.returned, told.unconfirmed)
    });
    let on_its_way = told.map_or(0, |told| on_its_way(told, paid));
    let returned = returned - on_its_way;
    let status = told.map_or("unknown", |told| told.status.as_str());
    let kept = paid.credited - paid.returned;
    // The gateway's sum of refunds knows nothing of chargebacks; every other word of it is about all that went back.
    let (counted, given_back) = match status {
        "partial_refund" => (paid.returned - paid.charged_back, 0),
        _ => (paid.returned, paid.given_back),
    };
    let wrong = told.and_then(|told| Some((told.finding.clone()?, told.went_back.as_deref())));
    let wrong = wrong.and_then(|(finding, went_back)| match paid.by_hand {
        // All of it was taken back since: whatever the gateway says of it, nothing is left to decide.
        true if kept <= 0 => None,
        true => since_booked(status, went_back, &finding),
        false => Some(finding),
    });
    let wrong = wrong.map(|finding| (CaseKind::WrongPayment, finding));
    // Whether it is the one that the bank decided, or another one, nobody can tell from it.
    let taken_again = || {
        let (given_back, taken) = (paid.given_back, paid.returned);
        let finding = format!(
            "the gateway says {status}, and the bank gave back {given_back} of the {taken} that was taken back"
        );
        Some((CaseKind::Amount, finding))
    };
    let sums = match (gateway, paid.credited) {
        // Said already, or nobody has anything of it.
        _ if told.is_some_and(|told| told.finding.is_some()) => None,
        (0, _) if kept > 0 => Some((
            CaseKind::NotPaid,
            format!("{kept} of it is credited, and the gateway says {status}"),
        )),
        (paid_there, 0) if paid_there > returned + unconfirmed => Some((
            CaseKind::NotCredited,
            format!("the gateway says {status} of {paid_there}, and nothing is credited"),
        )),
        // It never was a payment, and the bank gave back what was taken.
        (0, _) if kept + paid.given_back > 0 => taken_again(),
        (_, 0) | (0, _) => None,
        // Staff took what the gateway says went back and no bank will confirm.
        _ if paid.refunded_by_hand > 0 && returned + unconfirmed == counted => None,
        // Whether the gateway takes off what the bank gave back, it does not say.
        _ if returned != counted && returned != counted - given_back => Some((
            CaseKind::Amount,
            format!("the gateway says that {returned} went back, the top-up {counted}"),
        )),
        // All of it is disputed.
        _ if status == "chargeback" && kept + paid.given_back > on_its_way => taken_again(),
        _ => None,
    };
    // Our own on its way has its own time to arrive.
    let own: i64 = paid.under_way.values().map(|(amount, _)| amount).sum();
    let open = (unconfirmed > own + paid.refunded_by_hand).then(|| {
        let finding =
            format!("{unconfirmed} is refunded at the gateway, and no bank has confirmed it");
        (CaseKind::UnconfirmedRefund, finding)
    });
    wrong.into_iter().chain(sums).chain(open)
}
