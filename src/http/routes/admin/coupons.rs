use crate::{
    http::{
        Parts,
        acting::Asked,
        answer::{Accepted, Created, Listed},
        body::Body,
        caller::{Admin, Auditor},
        dates::Day,
        error::{self, ApiError, Command},
        fields::Fields,
        idempotency::Keyed,
        problem::Problem,
        routes::{PREFIX, Tag, coupons::known},
    },
    store::Committed,
};
use chrono::NaiveDate;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Rupiah,
    approval::Deed,
    coupon::{Coupon, CouponCode, CouponCommand, Gives, Limits, Off, Percent},
    decisions::One,
    ids::{PlanId, ServiceId},
};
use purser_projections::{
    Projection as _,
    coupons::{self, CouponKind, CouponRow, CouponStatus, Coupons},
    pages::Page,
    plans::{self, Plans},
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct CreateCouponRequest {
    /// What customers type, in either case: 4 to 32 of A to Z, 0 to 9 and single hyphens.
    #[oai(validator(max_length = 40))]
    code: String,
    /// What it gives: `credit` needs `amount` and `days`, `fixed` needs `amount`, `percentage` needs `percent`, `free_days`
    /// needs `days`.
    kind: CouponKind,
    /// In whole rupiah: the credit, or what comes off a period.
    amount: Option<i64>,
    /// What comes off a period, in hundredths of its price: 1 to 100.
    percent: Option<u8>,
    /// Off how many periods something comes; off all of them where it is not given.
    #[oai(validator(minimum(value = "1"), maximum(value = "1200")))]
    periods: Option<u32>,
    /// How many days are free, or for how many days the credit can be spent: 1 to 3,660.
    #[oai(validator(minimum(value = "1"), maximum(value = "3660")))]
    days: Option<u32>,
    /// The first date on which it counts, in Asia/Jakarta.
    valid_from: Option<Day>,
    /// The last date on which it counts, in Asia/Jakarta.
    valid_until: Option<Day>,
    /// How often it can be used in all; `credit` needs it.
    #[oai(validator(minimum(value = "1")))]
    max_uses: Option<u32>,
    /// Whether a customer uses it once at most; so where it is not given.
    once_per_customer: Option<bool>,
    /// Whether it is only for those who never had a subscription that became ready, and were never charged for anything that
    /// they did not get back. Nobody uses such a coupon twice.
    new_customers: Option<bool>,
    /// The services it is for; for all where neither these nor `plans` are given.
    #[oai(validator(max_items = 100))]
    services: Option<Vec<Uuid>>,
    /// The plans it is for besides.
    #[oai(validator(max_items = 100))]
    plans: Option<Vec<Uuid>>,
}

impl Example for CreateCouponRequest {
    fn example() -> Self {
        Self {
            code: "HEMAT20".into(),
            kind: CouponKind::Percentage,
            amount: None,
            percent: Some(20),
            periods: Some(3),
            days: None,
            valid_from: None,
            valid_until: NaiveDate::from_ymd_opt(2027, 6, 30).map(Day),
            max_uses: Some(500),
            once_per_customer: Some(true),
            new_customers: Some(true),
            services: None,
            plans: None,
        }
    }
}

impl CreateCouponRequest {
    fn parse(self) -> Result<(CouponCode, Gives, Box<Limits>), Problem> {
        let mut fields = Fields::default();
        let code: Option<CouponCode> = fields.parse("/code", &self.code);
        let gives = self.gives(&mut fields);
        let (code, gives) = fields.done(code.zip(gives))?;
        let ids = |ids: Option<Vec<Uuid>>| ids.unwrap_or_default().into_iter();
        let limits = Limits {
            valid_from: self.valid_from.map(|day| day.0),
            valid_until: self.valid_until.map(|day| day.0),
            uses: self.max_uses,
            repeatable: self.once_per_customer == Some(false),
            new_customers: self.new_customers == Some(true),
            services: ids(self.services).map(ServiceId::new).collect(),
            plans: ids(self.plans).map(PlanId::new).collect(),
        };
        Ok((code, gives, Box::new(limits)))
    }

    fn gives(&self, fields: &mut Fields) -> Option<Gives> {
        let off = match self.kind {
            CouponKind::Credit => {
                let amount = self.amount(fields);
                let (amount, days) = amount.zip(needed(fields, "/days", self.days))?;
                return Some(Gives::Credit { amount, days });
            }
            CouponKind::FreeDays => {
                let days = needed(fields, "/days", self.days)?;
                return Some(Gives::FreeDays { days });
            }
            CouponKind::Fixed => Off::Fixed(self.amount(fields)?),
            CouponKind::Percentage => {
                let percent = needed(fields, "/percent", self.percent)?;
                Off::Percent(fields.take("/percent", Percent::try_from(percent))?)
            }
        };
        let periods = self.periods;
        Some(Gives::Discount { off, periods })
    }

    fn amount(&self, fields: &mut Fields) -> Option<Rupiah> {
        let amount = needed(fields, "/amount", self.amount)?;
        fields.take("/amount", Rupiah::try_from(amount))
    }
}

fn needed<T>(fields: &mut Fields, pointer: &str, value: Option<T>) -> Option<T> {
    if value.is_none() {
        fields.wrong(pointer, "is needed for a coupon of this kind");
    }
    value
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct WithdrawCouponRequest {
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for WithdrawCouponRequest {
    fn example() -> Self {
        Self {
            reason: "the campaign is over".into(),
        }
    }
}

/// A coupon that was created or changed.
#[derive(Object)]
struct ChangedCoupon {
    /// What customers type.
    code: String,
    /// The position of the commit.
    position: i64,
    /// The version of the coupon.
    version: i64,
}

impl ChangedCoupon {
    fn new(code: &CouponCode, committed: &Committed) -> Self {
        Self {
            code: code.to_string(),
            position: committed.position,
            version: committed.version,
        }
    }
}

pub(in crate::http) struct AdminCouponRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/coupons", tag = "Tag::Administration")]
impl AdminCouponRoutes {
    /// Create a coupon. What it gives and its limits stay as they are; it can be withdrawn.
    ///
    /// Where it could cost more than you may give by yourself within a day, or nothing bounds that, it is held for another
    /// one's approval.
    #[oai(path = "/", method = "post", operation_id = "create_coupon")]
    async fn create(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<CreateCouponRequest>,
    ) -> Result<Asked<ChangedCoupon, 201>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "create_coupon", &[], &body.0)?;
        let (code, gives, limits) = body.0.parse()?;
        let create = Deed::CreateCoupon {
            code: code.clone(),
            gives,
            dearest: self.dearest(&limits).await?,
            limits,
        };
        let outcome = self.0.act(&admin, &context, None, create).await?;
        Ok(Asked::new(outcome, |done| {
            let body = ChangedCoupon::new(&code, done);
            Created::new(done, body).at(format!("{PREFIX}/admin/coupons/{code}"))
        }))
    }

    /// List the coupons, with how often each was used.
    #[oai(path = "/", method = "get", operation_id = "list_coupons")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// Those open or those withdrawn; all where it is not given.
        status: Query<Option<CouponStatus>>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<CouponRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[Coupons::NAME], min_position.0).await?;
        let found = coupons::page(&mut views, status.0, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a coupon.
    #[oai(path = "/:code", method = "get", operation_id = "get_coupon")]
    async fn get(
        &self,
        _auditor: Auditor,
        /// The coupon's code, in either case.
        code: Path<String>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<CouponRow>, ApiError<error::Query>> {
        let code = known(&code.0)?;
        let mut views = self.0.at(&[Coupons::NAME], min_position.0).await?;
        let found = coupons::by_code(&mut views, &code).await;
        let coupon = found.map_err(ViewsError::from)?;
        let missing = || Problem::not_found("coupon.unknown", "there is no such coupon");
        Ok(Json(coupon.ok_or_else(missing)?))
    }

    /// Withdraw a coupon: nobody redeems it any more. What was redeemed keeps what it gave.
    #[oai(
        path = "/:code/withdraw",
        method = "post",
        operation_id = "withdraw_coupon"
    )]
    async fn withdraw(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The coupon's code, in either case.
        code: Path<String>,
        body: Body<WithdrawCouponRequest>,
    ) -> Result<Accepted<ChangedCoupon>, ApiError<Command>> {
        let id = known(&code.0)?;
        let mut fields = Fields::default();
        let reason = fields.parse("/reason", &body.0.reason);
        let at = self.0.clock.now();
        let command = CouponCommand::Withdraw {
            reason: fields.done(reason)?,
            at,
        };
        let (keys, path) = (self.0.vault.keys(), [coupons::id_of(&id)]);
        let context = ask.context(keys, admin.actor(), "withdraw_coupon", &path, &body.0)?;
        let withdraw = One::<Coupon> {
            id: id.clone(),
            command,
        };
        let committed = self.0.appender.execute(context.command(withdraw)).await?;
        Ok(Accepted::new(
            &committed,
            ChangedCoupon::new(&id, &committed),
        ))
    }
}

impl AdminCouponRoutes {
    /// What the dearest period costs, with VAT, that it could take something off.
    async fn dearest(&self, limits: &Limits) -> Result<Option<Rupiah>, Problem> {
        let head = self.0.states.head().await?;
        let mut views = self.0.at(&[Plans::NAME], Some(head)).await?;
        let services: Vec<Uuid> = limits.services.iter().map(|id| id.uuid()).collect();
        let only: Vec<Uuid> = limits.plans.iter().map(|id| id.uuid()).collect();
        let dearest = plans::dearest(&mut views, &services, &only).await;
        let dearest = dearest.map_err(ViewsError::from)?;
        let price = dearest.and_then(|price| Rupiah::try_from(price).ok());
        Ok(price.map(|price| self.0.policy.vat.charged(price)))
    }
}
