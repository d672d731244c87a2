//! The columns of a row, as its struct names them. Every select names what it reads: of a `*` a statement that was prepared
//! before a migration added a column is refused from then on, and a release that still runs beside the migration would
//! neither read nor project any more.

use crate::Row;
use serde::{
    Deserializer,
    de::{Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// The columns of a row.
pub(crate) fn columns<R: Row>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // A row asks for its fields by their names, and nobody wants to give it any.
    let _ = R::deserialize(Asked(&mut fields));
    fields
}

/// The columns of a row, as a select lists them.
pub(crate) fn list<R: Row>() -> String {
    columns::<R>().join(", ")
}

/// Selects rows of a table, so far as `rest` says which.
pub(crate) fn select<R: Row>(table: &str, rest: &str) -> String {
    format!("select {} from {table} {rest}", list::<R>())
}

/// Notes what is asked for, and refuses it.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("its names are noted"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a row is a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        story::{at, id},
        users::UserRow,
    };
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn the_columns_of_a_row_are_what_it_is_written_as() {
        let row = UserRow {
            id: id(1),
            roles: vec![],
            locale: "id".into(),
            active: true,
            erased: false,
            email_verified: false,
            second_factor: false,
            registered_at: at(1),
            version: 1,
            position: 1,
        };
        let written = serde_json::to_value(row).unwrap();
        let written: BTreeSet<&str> = written
            .as_object()
            .unwrap()
            .keys()
            .map(|it| &**it)
            .collect();
        let columns = columns::<UserRow>();
        assert_eq!(columns.len(), written.len());
        assert_eq!(columns.iter().copied().collect::<BTreeSet<_>>(), written);
        let select = select::<UserRow>("users", "where active");
        assert!(select.starts_with("select id, roles, locale"), "{select}");
        assert!(
            select.ends_with(", position from users where active"),
            "{select}"
        );
    }

    #[test]
    fn every_select_names_its_columns() {
        let stars = ["select ", "returning ", "."].map(|before| format!("{before}*"));
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                let starred = stars.iter().any(|star| text.contains(star));
                assert!(!starred, "{} reads whatever there is", path.display());
                read += 1;
            }
        }
        assert!(read > 20, "{read} files");
    }
}
