use super::Tag;
use crate::{
    http::{
        Parts,
        answer::{Accepted, Created, Listed},
        body::Body,
        caller::Customer,
        error::{self, ApiError, OpeningPage, Paying},
        fields::Fields,
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
    },
    payments::OpenTopUp,
};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{Rupiah, ids::TopUpId};
use purser_projections::{
    Projection as _,
    pages::Page,
    top_ups::{self, TopUpRow, TopUps},
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct TopUpRequest {
    /// Whole rupiah: 10,000 to 10,000,000.
    amount: i64,
}

impl Example for TopUpRequest {
    fn example() -> Self {
        Self { amount: 50_000 }
    }
}

/// A top-up that can be paid.
#[derive(Object)]
struct OpenedTopUp {
    top_up_id: Uuid,
    /// What the payment gateway knows it by.
    order_id: String,
    /// Whole rupiah.
    amount: i64,
    /// Send the customer there to pay.
    redirect_url: String,
    /// The position of the commit.
    position: i64,
    /// The version of the top-up.
    version: i64,
}

impl OpenedTopUp {
    fn answer(opened: OpenTopUp) -> Created<Self> {
        let OpenTopUp {
            top_up_id,
            order_id,
            amount,
            redirect_url,
            committed,
        } = opened;
        let body = Self {
            top_up_id: top_up_id.uuid(),
            order_id,
            amount: amount.get(),
            redirect_url,
            position: committed.position,
            version: committed.version,
        };
        Created::new(&committed, body).at(format!("{}/top-ups/{top_up_id}", super::PREFIX))
    }
}

/// A top-up that is not paid any more.
#[derive(Object)]
struct CancelledTopUp {
    top_up_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the top-up.
    version: i64,
}

pub(in crate::http) struct TopUpRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/top-ups", tag = "Tag::Payments")]
impl TopUpRoutes {
    /// Order credit: opens a page of the payment gateway.
    ///
    /// Where the gateway is away the answer is 503; repeating the request with the same key goes on
    /// from there, for as long as the page was to be open: after that it is refused with 409. Thirty new pages are opened
    /// within an hour at most.
    #[oai(path = "/", method = "post", operation_id = "create_top_up")]
    async fn create(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<TopUpRequest>,
    ) -> Result<Created<OpenedTopUp>, ApiError<OpeningPage>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, customer.actor(), "create_top_up", &[], &body.0)?;
        let mut fields = Fields::default();
        let amount = fields.take("/amount", Rupiah::try_from(body.0.amount));
        let amount = fields.done(amount)?;
        if self.0.is_new(&context).await? {
            self.0.accounts.opens_page(customer.id()).await?;
        }
        let opened = self.0.top_ups.open(&context, customer.id(), amount).await?;
        Ok(OpenedTopUp::answer(opened))
    }

    /// Give up a top-up that is not paid: its page is closed.
    ///
    /// One that is paid or being paid is refused with 409. Where the gateway is away the answer is 503; repeating the
    /// request with the same key goes on from there.
    #[oai(path = "/:id/cancel", method = "post", operation_id = "cancel_top_up")]
    async fn cancel(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The top-up's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<CancelledTopUp>, ApiError<Paying>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "cancel_top_up", &[id.0], &NO_BODY)?;
        let top_up_id = TopUpId::new(id.0);
        let committed = self
            .0
            .top_ups
            .cancel(&context, customer.id(), top_up_id)
            .await?;
        let body = CancelledTopUp {
            top_up_id: id.0,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }

    /// List your top-ups.
    #[oai(path = "/", method = "get", operation_id = "list_top_ups")]
    async fn list(
        &self,
        customer: Customer,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<TopUpRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[TopUps::NAME], min_position.0).await?;
        let found = top_ups::page_of_user(&mut views, customer.id(), &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a top-up and what became of it.
    #[oai(path = "/:id", method = "get", operation_id = "get_top_up")]
    async fn get(
        &self,
        customer: Customer,
        /// The top-up's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<TopUpRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[TopUps::NAME], min_position.0).await?;
        let found = top_ups::of_user(&mut views, customer.id(), TopUpId::new(id.0)).await;
        let top_up = found.map_err(ViewsError::from)?;
        let missing = || Problem::not_found("top_up.not_found", "there is no such top-up");
        Ok(Json(top_up.ok_or_else(missing)?))
    }
}
