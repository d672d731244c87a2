//! Read models: what queries are answered from. Each is folded from events alone and can be built
//! again at any time; none sends, calls or reads a clock.

pub mod approvals;
pub mod cases;
pub mod checkpoint;
mod columns;
pub mod coupons;
pub mod documents;
mod facts;
mod owned;
pub mod pages;
pub mod payouts;
pub mod plans;
pub mod pods;
mod read_model;
mod rows;
pub mod services;
#[cfg(test)]
mod story;
pub mod subscriptions;
mod table;
pub mod top_ups;
pub mod usage;
pub mod users;
pub mod views;
pub mod wallet_transactions;
pub mod wallets;
pub mod workers;

pub use read_model::{Difference, Fold, ProjectionError, ReadModel, Unprojectable};
pub use rows::{Row, Rows};
pub use table::{Projection, Table};

/// Every read model, in the order in which they are listed to people.
pub fn all() -> Vec<std::sync::Arc<dyn ReadModel>> {
    vec![
        Table::<users::Users>::model(),
        Table::<wallets::Wallets>::model(),
        Table::<wallet_transactions::WalletTransactions>::model(),
        Table::<top_ups::TopUps>::model(),
        Table::<services::Services>::model(),
        Table::<plans::Plans>::model(),
        Table::<subscriptions::Subscriptions>::model(),
        Table::<pods::Pods>::model(),
        Table::<workers::Workers>::model(),
        Table::<cases::Cases>::model(),
        Table::<payouts::Payouts>::model(),
        Table::<documents::Documents>::model(),
        Table::<approvals::Approvals>::model(),
        Table::<coupons::Coupons>::model(),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn every_read_model_has_a_name_and_a_table_of_its_own() {
        let models = super::all();
        let names: HashSet<_> = models.iter().map(|model| model.name()).collect();
        let tables: HashSet<_> = models.iter().map(|model| model.table()).collect();
        assert_eq!((names.len(), tables.len()), (models.len(), models.len()));
        for model in models {
            assert_eq!(model.name(), format!("{}_v1", model.table()));
        }
    }
}
