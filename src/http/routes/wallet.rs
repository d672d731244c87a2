use super::Tag;
use crate::http::{
    Parts,
    answer::Listed,
    caller::Customer,
    error::{self, ApiError},
    problem::Problem,
};
use poem_openapi::{OpenApi, param::Query, payload::Json};
use purser_domain::ids::WalletId;
use purser_projections::{
    Projection as _,
    pages::Page,
    views::ViewsError,
    wallet_transactions::{self, Transaction, WalletTransactions},
    wallets::{self, WalletRow, Wallets},
};
use std::sync::Arc;

pub(in crate::http) struct WalletRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/wallet", tag = "Tag::Wallet")]
impl WalletRoutes {
    /// Read your balance.
    #[oai(path = "/", method = "get", operation_id = "get_wallet")]
    async fn get(
        &self,
        customer: Customer,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<WalletRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Wallets::NAME], min_position.0).await?;
        let found = wallets::of_user(&mut views, customer.id()).await;
        let wallet = found.map_err(ViewsError::from)?;
        let missing = || Problem::not_found("wallet.not_found", "there is no such wallet");
        Ok(Json(wallet.ok_or_else(missing)?))
    }

    /// List every movement of your wallet, with its cause and the balance after it.
    #[oai(
        path = "/transactions",
        method = "get",
        operation_id = "list_wallet_transactions"
    )]
    async fn transactions(
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
    ) -> Result<Json<Listed<Transaction>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let models = &[WalletTransactions::NAME];
        let mut views = self.0.at(models, min_position.0).await?;
        let wallet = WalletId::of(customer.id());
        let found = wallet_transactions::page_of_wallet(&mut views, wallet, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }
}
