//! Coupons, and how often each was used.

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::moment,
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    coupon::{CouponCode, CouponEvent, Gives, Limits, Off},
    ids::derived,
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// What a coupon gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CouponKind {
    /// Promotional credit of `amount` rupiah for `days` days.
    Credit,
    /// `amount` rupiah off the price of a period.
    Fixed,
    /// `percent` hundredths off the price of a period, rounded down to a rupiah.
    Percentage,
    /// `days` days at no price.
    FreeDays,
}

/// Whether a coupon can still be redeemed, as far as staff is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CouponStatus {
    Open,
    Withdrawn,
}

/// A coupon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Coupon", skip_serializing_if_is_none)]
pub struct CouponRow {
    #[oai(skip)]
    pub id: Uuid,
    /// What customers type, in upper case.
    pub code: String,
    /// What it gives.
    pub kind: CouponKind,
    /// In whole rupiah: the credit, or what comes off a period.
    pub amount: Option<i64>,
    /// What comes off a period, in hundredths of its price.
    pub percent: Option<i64>,
    /// For how many periods something comes off; absent where it is all of them.
    pub periods: Option<i64>,
    /// How many days are free, or for how many days the credit can be spent.
    pub days: Option<i64>,
    /// The first date on which it counts, in Asia/Jakarta.
    pub valid_from: Option<NaiveDate>,
    /// The last date on which it counts, in Asia/Jakarta.
    pub valid_until: Option<NaiveDate>,
    /// How often it can be used in all.
    pub max_uses: Option<i64>,
    /// Whether a customer uses it once at most.
    pub once_per_customer: bool,
    /// Whether it is only for those who never had a subscription that became ready, and were never charged for anything that
    /// they did not get back. Nobody uses such a coupon twice.
    pub new_customers: bool,
    /// The services it is for; of all where these and `plans` are empty.
    #[sqlx(json)]
    pub services: Vec<Uuid>,
    /// The plans it is for besides.
    #[sqlx(json)]
    pub plans: Vec<Uuid>,
    /// How many uses of it stand.
    pub uses: i64,
    /// Whether it was withdrawn.
    pub status: CouponStatus,
    /// Why it was withdrawn.
    pub withdrawal: Option<String>,
    /// Who created it: `staff:` and the id.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The version of the coupon's stream: grows by one with every event.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for CouponRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for CouponRow {
    const TABLE: &'static str = Coupons::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `coupons`.
pub struct Coupons;

impl Projection for Coupons {
    const NAME: &'static str = "coupons_v1";
    const TABLE: &'static str = "coupons";
    type Row = CouponRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Coupon(_) => vec![row_of(&event.stream.id)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<CouponRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Coupon(fact) = &event.event else {
            return Ok(());
        };
        let id = row_of(&event.stream.id);
        match fact {
            CouponEvent::Created {
                code,
                gives,
                limits,
                at,
            } => rows.insert(created(event, code, *gives, limits, *at)),
            CouponEvent::Withdrawn { reason, .. } => rows.update(id, |row| {
                row.version = event.sequence;
                row.status = CouponStatus::Withdrawn;
                row.withdrawal = Some(reason.to_string());
            }),
            CouponEvent::Redeemed { .. } => rows.update(id, |row| {
                row.version = event.sequence;
                row.uses += 1;
            }),
            CouponEvent::Returned { .. } => rows.update(id, |row| {
                row.version = event.sequence;
                row.uses -= 1;
            }),
        }
    }
}

fn created(
    event: &Recorded,
    code: &CouponCode,
    gives: Gives,
    limits: &Limits,
    at: DateTime<Utc>,
) -> CouponRow {
    let (kind, amount, percent, periods, days) = match gives {
        Gives::Credit { amount, days } => {
            (CouponKind::Credit, Some(amount), None, None, Some(days))
        }
        Gives::Discount { off, periods } => match off {
            Off::Fixed(amount) => (CouponKind::Fixed, Some(amount), None, periods, None),
            Off::Percent(percent) => (CouponKind::Percentage, None, Some(percent), periods, None),
        },
        Gives::FreeDays { days } => (CouponKind::FreeDays, None, None, None, Some(days)),
    };
    CouponRow {
        id: row_of(code.as_str()),
        code: code.to_string(),
        kind,
        amount: amount.map(|amount| amount.get()),
        percent: percent.map(|percent| percent.get().into()),
        periods: periods.map(i64::from),
        days: days.map(i64::from),
        valid_from: limits.valid_from,
        valid_until: limits.valid_until,
        max_uses: limits.uses.map(i64::from),
        once_per_customer: !limits.repeatable,
        new_customers: limits.new_customers,
        services: limits.services.iter().map(|id| id.uuid()).collect(),
        plans: limits.plans.iter().map(|id| id.uuid()).collect(),
        uses: 0,
        status: CouponStatus::Open,
        withdrawal: None,
        created_by: event.metadata.actor.clone(),
        created_at: moment(at),
        version: event.sequence,
        position: event.position,
    }
}

/// Rows are keyed by UUIDs, and the stream's name is the code.
fn row_of(code: &str) -> Uuid {
    derived(&["coupon", code])
}

/// What names a coupon where a UUID is asked for.
pub fn id_of(code: &CouponCode) -> Uuid {
    row_of(code.as_str())
}

/// The coupons of this status, or all of them; newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    status: Option<CouponStatus>,
    page: &Page,
) -> sqlx::Result<(Vec<CouponRow>, Option<String>)> {
    owned::page_of_status(rows, status, page).await
}

/// One coupon.
///
/// # Errors
/// The database's error.
pub async fn by_code(
    rows: &mut PgConnection,
    code: &CouponCode,
) -> sqlx::Result<Option<CouponRow>> {
    owned::any(rows, id_of(code)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, id, rp};
    use purser_domain::{
        coupon::{Coupon, Percent},
        ids::{PlanId, RedemptionId, UserId},
    };

    fn code() -> CouponCode {
        "HEMAT20".parse().unwrap()
    }

    fn then(story: Story, fact: CouponEvent) -> Story {
        story.then::<Coupon>(&code(), fact)
    }

    fn with(gives: Gives) -> Story {
        let limits = Limits {
            valid_until: Some("2027-06-30".parse().unwrap()),
            uses: Some(5),
            new_customers: true,
            plans: vec![PlanId::new(id(9))],
            ..Limits::default()
        };
        let created = CouponEvent::Created {
            code: code(),
            gives,
            limits: Box::new(limits),
            at: at(1),
        };
        then(Story::default(), created)
    }

    fn redeemed(number: u128) -> CouponEvent {
        CouponEvent::Redeemed {
            redemption_id: RedemptionId::new(id(number)),
            user_id: UserId::new(id(2)),
            at: at(2),
        }
    }

    #[test]
    fn a_coupon_shows_what_it_gives_and_the_uses_that_stand() {
        let fifth = Gives::Discount {
            off: Off::Percent(Percent::try_from(20).unwrap()),
            periods: Some(3),
        };
        let returned = CouponEvent::Returned {
            redemption_id: RedemptionId::new(id(3)),
            at: at(3),
        };
        let withdrawn = CouponEvent::Withdrawn {
            reason: "the campaign is over".parse().unwrap(),
            at: at(4),
        };
        let facts = [redeemed(3), redeemed(4), returned, withdrawn];
        let story = facts.into_iter().fold(with(fifth), then);
        let expected = CouponRow {
            id: id_of(&code()),
            code: "HEMAT20".into(),
            kind: CouponKind::Percentage,
            amount: None,
            percent: Some(20),
            periods: Some(3),
            days: None,
            valid_from: None,
            valid_until: "2027-06-30".parse().ok(),
            max_uses: Some(5),
            once_per_customer: true,
            new_customers: true,
            services: vec![],
            plans: vec![id(9)],
            uses: 1,
            status: CouponStatus::Withdrawn,
            withdrawal: Some("the campaign is over".into()),
            created_by: "system:test".into(),
            created_at: at(1),
            version: 5,
            position: 1,
        };
        assert_eq!(story.row::<Coupons>(id_of(&code())), Some(expected));
    }

    #[test]
    fn every_kind_is_told_apart() {
        let shown = |gives| {
            let row = with(gives).row::<Coupons>(id_of(&code())).unwrap();
            (row.kind, row.amount, row.days)
        };
        let credit = Gives::Credit {
            amount: rp(20_000),
            days: 30,
        };
        let fixed = Gives::Discount {
            off: Off::Fixed(rp(5_000)),
            periods: None,
        };
        assert_eq!(shown(credit), (CouponKind::Credit, Some(20_000), Some(30)));
        assert_eq!(shown(fixed), (CouponKind::Fixed, Some(5_000), None));
        assert_eq!(
            shown(Gives::FreeDays { days: 7 }),
            (CouponKind::FreeDays, None, Some(7))
        );
    }
}
