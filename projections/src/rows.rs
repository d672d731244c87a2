//! The rows that a batch of events works on, in memory.

use crate::Unprojectable;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{FromRow, postgres::PgRow};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A row of a read model, keyed by its column `id`. It is the API's answer as it stands. Its fields are the columns.
pub trait Row:
    Serialize
    + DeserializeOwned
    + for<'r> FromRow<'r, PgRow>
    + Clone
    + PartialEq
    + Send
    + Sync
    + Unpin
    + 'static
{
    fn id(&self) -> Uuid;
}

/// Rows by id, and which of them were changed.
#[derive(Debug)]
pub struct Rows<R> {
    rows: HashMap<Uuid, R>,
    changed: HashSet<Uuid>,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            changed: HashSet::new(),
        }
    }
}

impl<R: Row> Rows<R> {
    /// Rows as they were read, unchanged.
    pub fn loaded(rows: impl IntoIterator<Item = R>) -> Self {
        Self {
            rows: rows.into_iter().map(|row| (row.id(), row)).collect(),
            changed: HashSet::new(),
        }
    }

    /// Adds a row. An existing one means that the history says the same thing twice.
    ///
    /// # Errors
    /// [`Unprojectable::Exists`].
    pub fn insert(&mut self, row: R) -> Result<(), Unprojectable> {
        let id = row.id();
        if self.rows.contains_key(&id) {
            return Err(Unprojectable::Exists(id));
        }
        self.changed.insert(id);
        self.rows.insert(id, row);
        Ok(())
    }

    /// Changes a row that must be there.
    ///
    /// # Errors
    /// [`Unprojectable::Missing`].
    pub fn update(&mut self, id: Uuid, change: impl FnOnce(&mut R)) -> Result<(), Unprojectable> {
        let row = self.rows.get_mut(&id).ok_or(Unprojectable::Missing(id))?;
        change(row);
        self.changed.insert(id);
        Ok(())
    }

    pub fn get(&self, id: Uuid) -> Option<&R> {
        self.rows.get(&id)
    }

    /// Every row, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.rows.values()
    }

    /// The rows that were added or changed.
    pub fn changed(&self) -> impl Iterator<Item = &R> {
        self.changed.iter().filter_map(|id| self.rows.get(id))
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// These rows as they stand, for [`Rows::restore`].
    pub(crate) fn snapshot(&self, ids: &[Uuid]) -> Vec<(Uuid, Option<R>, bool)> {
        ids.iter()
            .map(|id| (*id, self.rows.get(id).cloned(), self.changed.contains(id)))
            .collect()
    }

    /// Takes back every change of these rows since the snapshot.
    pub(crate) fn restore(&mut self, snapshot: Vec<(Uuid, Option<R>, bool)>) {
        for (id, row, changed) in snapshot {
            match row {
                Some(row) => self.rows.insert(id, row),
                None => self.rows.remove(&id),
            };
            if !changed {
                self.changed.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{story::id, wallets::WalletRow};

    fn row(number: u128, balance: i64) -> WalletRow {
        WalletRow {
            id: id(number),
            user_id: id(0),
            balance,
            paid: 0,
            promotional: 0,
            held: 0,
            owed: 0,
            currency: "IDR".into(),
            version: 1,
            promotional_until: None,
            updated_at: crate::story::at(0),
            grants: vec![],
        }
    }

    fn changed(rows: &Rows<WalletRow>) -> Vec<(Uuid, i64)> {
        let mut changed: Vec<_> = rows.changed().map(|row| (row.id, row.balance)).collect();
        changed.sort_unstable();
        changed
    }

    #[test]
    fn only_what_was_added_or_changed_is_written() {
        let mut rows = Rows::loaded([row(1, 10), row(2, 20)]);
        assert_eq!(changed(&rows), []);
        rows.update(id(2), |row| row.balance = 25).unwrap();
        rows.insert(row(3, 30)).unwrap();
        assert_eq!(changed(&rows), [(id(2), 25), (id(3), 30)]);
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn a_row_is_neither_added_twice_nor_changed_where_it_is_not() {
        let mut rows = Rows::loaded([row(1, 10)]);
        assert_eq!(rows.insert(row(1, 11)), Err(Unprojectable::Exists(id(1))));
        let missing = rows.update(id(2), |row| row.balance = 0);
        assert_eq!(missing, Err(Unprojectable::Missing(id(2))));
        assert_eq!(changed(&rows), []);
        assert_eq!(rows.get(id(1)), Some(&row(1, 10)));
    }

    #[test]
    fn a_snapshot_takes_back_what_came_after_it() {
        let mut rows = Rows::loaded([row(1, 10), row(2, 20)]);
        rows.update(id(2), |row| row.balance = 21).unwrap();
        let before = rows.snapshot(&[id(1), id(2), id(3)]);
        rows.update(id(1), |row| row.balance = 11).unwrap();
        rows.update(id(2), |row| row.balance = 22).unwrap();
        rows.insert(row(3, 30)).unwrap();
        rows.restore(before);
        assert_eq!(changed(&rows), [(id(2), 21)]);
        assert_eq!(rows.get(id(1)), Some(&row(1, 10)));
        assert_eq!(rows.get(id(3)), None);
    }
}
