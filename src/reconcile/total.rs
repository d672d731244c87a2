//! The total of a day: what the gateway's balance grew by, against what the history knows (billing rule 45).
//!
//! Line by line only what belongs to an order of ours is found; money that belongs to none is seen in the total alone. A payment
//! near midnight is no trouble: it is counted by the gateway's own time of settlement, which its event keeps, whenever it was
//! observed, and what can have changed the balance on either of two days is allowed for on both. Sums since a beginning would
//! do without such times, but the gateway's fees, which no book has by the day, would hide more and more in them.

use super::{Difference, ReconcileError, Reconciler};
use crate::payments::{Balance, GatewayError, Sen};
use chrono::{DateTime, Days, NaiveDate, Utc};
use purser_domain::{
    case::{CaseKind, Matter},
    ids::CaseId,
    ledger::GatewayDay,
    period::day_begins,
};

/// A date is compared so many days after its beginning (billing rule 45).
pub(super) const PATIENCE: Days = Days::new(2);
/// What came in is whole rupiah: less than one is no payment.
const LEAST: Sen = Sen::of_rupiah(1);

/// One Jakarta date at the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    pub day: NaiveDate,
    /// Why it was not compared, in words, where it was not.
    pub compared: Result<Compared, String>,
}

/// What the gateway tells of a day, and what the history knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    pub opening: Sen,
    pub closing: Sen,
    /// What is known to have come in less what went back, where each is counted on one day.
    pub known: Sen,
    /// The most by which it can have grown by what is known.
    pub at_most: Sen,
}

impl Compared {
    pub fn new(balance: Balance, known: GatewayDay) -> Self {
        Self {
            opening: balance.opening,
            closing: balance.closing,
            known: Sen::of_rupiah(known.moved),
            at_most: Sen::of_rupiah(known.at_most),
        }
    }

    pub fn change(&self) -> Sen {
        self.closing.less(self.opening)
    }

    /// Less than nothing where the gateway kept, or handed over, what no book has by the day.
    pub fn not_explained(&self) -> Sen {
        self.change().less(self.known)
    }

    /// The money that nobody knows, if there is any.
    pub fn unknown(&self) -> Option<Sen> {
        let unknown = self.change().less(self.at_most);
        (unknown >= LEAST).then_some(unknown)
    }
}

impl Total {
    pub fn not_compared(day: NaiveDate, why: impl Into<String>) -> Self {
        Self {
            day,
            compared: Err(why.into()),
        }
    }

    /// Nothing was found. Where the gateway tells nothing, nothing can be.
    pub fn agrees(&self) -> bool {
        self.finding().is_none()
    }

    /// What has to be said of it beside its amounts.
    pub fn note(&self) -> String {
        match &self.compared {
            Err(why) => format!("not compared: {why}"),
            Ok(_) if !self.agrees() => self.finding().unwrap_or_default(),
            Ok(compared) if compared.not_explained() < Sen::default() => {
                "fees and payouts are not booked by the day".into()
            }
            Ok(compared) if compared.not_explained() > Sen::default() => {
                "of what is known, some is counted on a day beside it".into()
            }
            Ok(_) => String::new(),
        }
    }

    /// All of it in one line, for a log.
    pub fn words(&self) -> String {
        let note = self.note();
        match &self.compared {
            Err(_) => note,
            Ok(compared) => {
                let amounts = format!(
                    "{} at its beginning, {} at its end, {} known to the history, {} not explained",
                    compared.opening,
                    compared.closing,
                    compared.known,
                    compared.not_explained(),
                );
                match note.is_empty() {
                    true => amounts,
                    false => format!("{amounts}: {note}"),
                }
            }
        }
    }

    /// A day has one case, however often it is compared and whatever is found.
    pub fn difference(&self) -> Option<Difference> {
        Some(Difference {
            case_id: CaseId::of(&["gateway-balance", &self.day.to_string()]),
            matter: Matter {
                kind: CaseKind::UnknownMoney,
                finding: self.finding()?,
                order_id: None,
                transaction_id: None,
                top_up_id: None,
                wallet_id: None,
                payout_id: None,
            },
        })
    }

    fn finding(&self) -> Option<String> {
        let compared = self.compared.as_ref().ok()?;
        let unknown = compared.unknown()?;
        let (day, change, at_most) = (self.day, compared.change(), compared.at_most);
        Some(format!(
            "on {day} the gateway's balance grew by {change}, where all that is known explains {at_most} at most: {unknown} belongs to no payment that is booked"
        ))
    }
}

impl Reconciler {
    /// What the gateway's balance did on this Jakarta date, against the history as it stands at this moment. A day after it is
    /// waited for: of a payment that was made late on this one, word may yet come.
    ///
    /// # Errors
    /// Who could not be asked. A gateway that does not tell its balance, or in a way that cannot be read, is none: it is told.
    pub async fn total(&self, day: NaiveDate, at: DateTime<Utc>) -> Result<Total, ReconcileError> {
        let later = day.checked_add_days(PATIENCE);
        if later.is_none_or(|later| at < day_begins(later)) {
            let why = "word of its payments may come until the day after it is over";
            return Ok(Total::not_compared(day, why));
        }
        let Some(known) = self.books.gateway_day(day).await? else {
            return Ok(Total::not_compared(day, "the history begins later"));
        };
        match self.gateway.balance(known.from, known.until).await {
            Ok(balance) => Ok(Total {
                day,
                compared: Ok(Compared::new(balance, known)),
            }),
            Err(
                error @ (GatewayError::Unreachable(_)
                | GatewayError::RateLimited
                | GatewayError::Unavailable { .. }),
            ) => Err(error.into()),
            Err(error) => Ok(Total::not_compared(
                day,
                format!("the gateway does not tell its balance: {error}"),
            )),
        }
    }
}
